//! Verbs that sign an action with the offline admin key.

use clap::{ArgMatches, Args as _, Command, FromArgMatches as _};
use piaolian_proto::{
    api::{ACTIONS, ActionInfo, Origin},
    v1::{TransactionBody, transaction_body::Action},
};
use prost_reflect::{DynamicMessage, Value};

use super::{example, plan::Plan};
use crate::cli::{
    Failure, descriptors,
    json::typed,
    offline::Offline,
    output::Output,
    verb::{Verb, wait_for},
};

/// Returns the verbs of all actions that an administrator signs.
pub(in crate::cli) fn verbs() -> Vec<Verb> {
    ACTIONS.iter().filter_map(verb).collect()
}

fn verb(action: &'static ActionInfo) -> Option<Verb> {
    let Origin::Offline { cli: path } = action.origin else {
        return None;
    };
    let (noun, name) = path.split_once(' ')?;
    let message = descriptors::message(action.message);
    let comment = descriptors::comment_of_message(&message);
    let plan = Plan::of_action(noun, message);
    let example = example::of(path, &plan, true);
    let command = Offline::augment_args(plan.command(Command::new(name)));
    let run = Box::new(move |matches: &ArgMatches, output: &Output| {
        let offline = Offline::from_arg_matches(matches).map_err(|error| Failure::usage(&error))?;
        let action = action_of(action, plan.message(matches)?)?;
        wait_for(offline.run(action, output))
    });
    Some(Verb::new(path, command, comment, &[example.as_str()], run))
}

/// Returns an action's message as the action of a transaction.
fn action_of(info: &ActionInfo, message: DynamicMessage) -> Result<Action, Failure> {
    let mut body = DynamicMessage::new(descriptors::message_of::<TransactionBody>());
    body.set_field_by_number(info.number, Value::Message(message));
    let body: TransactionBody = typed(&body);
    body.action
        .ok_or_else(|| Failure::Usage("there is no action".to_owned()))
}

#[cfg(test)]
mod tests {
    use piaolian_proto::v1::RevokeKey;

    use super::*;
    use crate::cli::json::dynamic;

    #[test]
    fn every_action_goes_into_a_transaction() {
        let info = piaolian_proto::api::action("RevokeKey").unwrap();
        let revoke = RevokeKey {
            key_id: 3,
            reason: "lost".to_owned(),
        };
        let action = action_of(info, dynamic(&revoke)).unwrap();
        assert_eq!(action, Action::RevokeKey(revoke));
    }
}
