//! Verbs that call a method.

use clap::{Arg, ArgMatches, Args as _, Command, FromArgMatches as _};
use piaolian_client::Client;
use piaolian_proto::{
    api::{METHODS, Method},
    v1::{ErrorDetail, Event},
};
use prost::{Message as _, Name as _};
use prost_reflect::{
    DynamicMessage, FieldDescriptor, MessageDescriptor, MethodDescriptor, ReflectMessage as _,
    Value,
};

use super::{example, pages, plan::Plan};
use crate::cli::{
    Failure,
    connection::NodeArguments,
    descriptors,
    failure::none_refused,
    json::typed,
    output::{Output, note},
    verb::{Verb, wait_for},
};

/// Returns the verbs of all methods but those that stream.
pub(in crate::cli) fn verbs() -> Vec<Verb> {
    let methods = METHODS.iter().filter(|method| !method.streams);
    methods.filter_map(verb).collect()
}

fn verb(method: &'static Method) -> Option<Verb> {
    let path = method.cli?;
    let (noun, name) = path.split_once(' ')?;
    let descriptor = descriptors::method(method);
    let plan = Plan::of_request(noun, descriptor.input(), method.action);
    let example = example::of(path, &plan, false);
    let mut command = plan.command(Command::new(name));
    if plan.is_paged {
        let limit = Arg::new("limit").long("limit").value_name("NUMBER");
        command = command.arg(
            limit
                .value_parser(clap::value_parser!(usize))
                .help("Items to show at most; all unless given"),
        );
    }
    command = NodeArguments::augment_args(command);
    let comment = descriptors::comment_of_method(&descriptor);
    let call = Call {
        method,
        descriptor,
        plan,
    };
    let run =
        Box::new(move |matches: &ArgMatches, output: &Output| wait_for(call.run(matches, output)));
    Some(Verb::new(path, command, comment, &[example.as_str()], run))
}

/// A call of a method.
struct Call {
    method: &'static Method,
    descriptor: MethodDescriptor,
    plan: Plan,
}

impl Call {
    async fn run(&self, matches: &ArgMatches, output: &Output) -> Result<(), Failure> {
        let request = self.plan.message(matches)?;
        let node =
            NodeArguments::from_arg_matches(matches).map_err(|error| Failure::usage(&error))?;
        let client = node.connect().await?;
        let options = self.plan.options(matches)?;
        let is_repeatable =
            self.method.reads_only || options.is_some_and(|options| options.is_named());
        match (self.plan.is_paged, listed(&self.descriptor.output())) {
            (true, Some(items)) => {
                let limit = matches.get_one("limit").copied();
                let ask = async |page: &DynamicMessage| {
                    self.ask(&client, page, self.method.reads_only).await
                };
                let show = |item: &DynamicMessage| output.item(item);
                if pages::show_items(request, &items, limit, ask, show).await? {
                    note("there are more; --limit says how many are shown");
                }
                Ok(())
            }
            _ => {
                let answer = self.ask(&client, &request, is_repeatable).await?;
                output.answer(&answer)?;
                if self.method.reads_only {
                    return Ok(());
                }
                none_refused(&refusals(&answer))
            }
        }
    }

    async fn ask(
        &self,
        client: &Client,
        request: &DynamicMessage,
        is_repeatable: bool,
    ) -> Result<DynamicMessage, Failure> {
        let encoded = request.encode_to_vec().into();
        let answer = if is_repeatable {
            client.call_repeatable(self.method.path, encoded).await?
        } else {
            client.call(self.method.path, encoded).await?
        };
        DynamicMessage::decode(self.descriptor.output(), answer)
            .map_err(|error| Failure::trouble(&error))
    }
}

/// Returns the field of a page's items: the only list of the message.
fn listed(response: &MessageDescriptor) -> Option<FieldDescriptor> {
    let mut lists = response.fields().filter(FieldDescriptor::is_list);
    let first = lists.next()?;
    lists.next().is_none().then_some(first)
}

/// Returns why items of a batch were refused or rejected.
fn refusals(answer: &DynamicMessage) -> Vec<ErrorDetail> {
    let lists = answer
        .descriptor()
        .fields()
        .filter(FieldDescriptor::is_list)
        .collect::<Vec<_>>();
    let mut refusals = Vec::new();
    for list in lists {
        let values = answer.get_field(&list);
        let items = values
            .as_list()
            .unwrap_or_default()
            .iter()
            .filter_map(Value::as_message);
        refusals.extend(items.filter_map(refusal));
    }
    refusals
}

fn refusal(item: &DynamicMessage) -> Option<ErrorDetail> {
    if item.descriptor().name() == ErrorDetail::NAME {
        return Some(typed(item));
    }
    let descriptor = item.descriptor();
    let field = ["refusal", "rejection"].map(|name| descriptor.get_field_by_name(name));
    let field = field.into_iter().flatten().next()?;
    let refusal = item.has_field(&field).then(|| item.get_field(&field))?;
    refusal.as_message().map(typed)
}

/// Returns whether a message is an event.
pub(in crate::cli) fn is_event(message: &DynamicMessage) -> bool {
    message.descriptor().name() == Event::NAME
}

#[cfg(test)]
mod tests {
    use piaolian_proto::v1::{BatchActionResponse, ReceiptVerdict};

    use super::*;
    use crate::cli::json::dynamic;

    #[test]
    fn a_batch_with_a_rejected_item_tells_why() {
        let refused = ErrorDetail {
            code: 1407,
            ..ErrorDetail::default()
        };
        let verdict = |rejection| ReceiptVerdict {
            rejection,
            ..ReceiptVerdict::default()
        };
        let answer = BatchActionResponse {
            verdicts: vec![verdict(None), verdict(Some(refused.clone()))],
            ..BatchActionResponse::default()
        };
        assert_eq!(refusals(&dynamic(&answer)), [refused]);
    }

    #[test]
    fn every_method_for_people_has_a_verb() {
        for method in METHODS.iter().filter(|method| !method.streams) {
            assert_eq!(
                verb(method).is_some(),
                method.cli.is_some(),
                "{}",
                method.path
            );
        }
        assert!(piaolian_proto::api::method(METHODS[0].path).is_some());
    }
}
