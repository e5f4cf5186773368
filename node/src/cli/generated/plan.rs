//! Arguments of a message, and the message from their values.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args as _, Command, FromArgMatches as _};
use piaolian_proto::v1::CallOptions;
use prost::Name as _;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

use super::{
    argument::{self, Argument},
    options::CallArguments,
    value::{Given, ValueForm},
};
use crate::cli::{
    Failure, files,
    json::{dynamic, dynamic_from_json},
};

/// Private fields, which must not be on a command line.
const PRIVATE_FIELDS: [&str; 2] = ["payer_name", "identity_tail"];

/// Messages with private fields.
const PRIVATE_MESSAGES: [&str; 3] = ["Holder", "NewReceipt", "ReceiptDetails"];

/// The noun whose verbs are about one receipt, or several.
const RECEIPT: &str = "receipt";

/// Fields by which a list is asked for page after page.
const PAGES: [&str; 2] = ["page_size", "page_token"];

/// Fields that a noun names although their names differ from it.
const NOUNS: [(&str, &str); 5] = [
    ("member", "organisation"),
    ("policy", "policy_code"),
    ("notice", "decision_number"),
    ("header", "height"),
    ("validator", "height"),
];

/// Arguments of a message.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    message: MessageDescriptor,
    /// The fields down to the message that `--file` has; none: the message itself.
    subject: Vec<FieldDescriptor>,
    pub(super) arguments: Vec<Argument>,
    options: Option<FieldDescriptor>,
    /// Whether the message is an action itself, to be signed as it is.
    is_action: bool,
    /// Whether the message asks for a page of a list.
    pub(super) is_paged: bool,
    /// Whether it has fields that only a file may hold.
    pub(super) is_private: bool,
}

impl Plan {
    /// Plans the arguments of a call's request; `action` is the field of the action that the call submits, if any.
    pub(super) fn of_request(noun: &str, request: MessageDescriptor, action: Option<&str>) -> Self {
        let mut plan = Self::empty(request.clone());
        plan.is_paged = request.get_field_by_name("page_token").is_some();
        for field in request.fields() {
            let kind = field.kind();
            let is_options = kind
                .as_message()
                .is_some_and(|message| message.name() == CallOptions::NAME);
            if is_options {
                plan.options = Some(field);
            } else if action == Some(field.name()) && kind.as_message().is_some() {
                plan.flatten(noun, &field);
                plan.subject = vec![field];
            } else if let (Some(_), true, Some(forms)) =
                (action, is_flat(&field), field.containing_oneof())
            {
                // Of several forms of an action, the first is the one for people.
                if forms.fields().next().as_ref() == Some(&field) {
                    plan.flatten(noun, &field);
                }
            } else {
                plan.add(noun, vec![field], 0, None);
            }
        }
        plan.place_positional(noun);
        plan
    }

    /// Plans the arguments of a message that is signed as it is.
    pub(super) fn of_action(noun: &str, action: MessageDescriptor) -> Self {
        let mut plan = Self::empty(action.clone());
        plan.is_action = true;
        for field in action.fields() {
            plan.add(noun, vec![field], 0, None);
        }
        plan.place_positional(noun);
        plan
    }

    const fn empty(message: MessageDescriptor) -> Self {
        Self {
            message,
            subject: Vec::new(),
            arguments: Vec::new(),
            options: None,
            is_action: false,
            is_paged: false,
            is_private: false,
        }
    }

    /// Adds the fields of a message as if they were the request's own.
    fn flatten(&mut self, noun: &str, field: &FieldDescriptor) {
        let Kind::Message(message) = field.kind() else {
            return;
        };
        for inner in message.fields() {
            self.add(noun, vec![field.clone(), inner], 1, None);
        }
    }

    /// Adds an argument for a field. If the field is a message that cannot be written as one value, adds an argument
    /// for each of its fields.
    fn add(
        &mut self,
        noun: &str,
        path: Vec<FieldDescriptor>,
        hidden: usize,
        owner: Option<&FieldDescriptor>,
    ) {
        let field = path.last().expect("a path has a field").clone();
        if is_private(&field) {
            self.is_private = true;
            return;
        }
        if PAGES.contains(&field.name()) {
            return;
        }
        let is_nested = is_flat(&field) && owner.is_none();
        if let (true, Kind::Message(message)) = (is_nested, field.kind()) {
            for inner in message.fields() {
                let inner = [path.clone(), vec![inner]].concat();
                self.add(noun, inner, hidden, Some(&field));
            }
            return;
        }
        self.arguments
            .push(Argument::new(path, hidden, owner, noun));
    }

    /// Makes the argument that the noun names positional, or else the first receipt. For a verb of the noun `receipt`,
    /// the receipt has priority.
    fn place_positional(&mut self, noun: &str) {
        let alias = NOUNS
            .iter()
            .find(|(it, _)| *it == noun)
            .map(|(_, field)| *field);
        let names = ["", "s", "_number", "_id"].map(|ending| format!("{noun}{ending}"));
        let is_named = |argument: &Argument| {
            let name = argument.field().name();
            alias == Some(name) || names.iter().any(|it| it == name)
        };
        let is_shallow =
            |argument: &Argument| !argument.name.starts_with(&format!("{noun}-{noun}"));
        let named = self
            .arguments
            .iter()
            .position(|it| is_named(it) && is_shallow(it));
        let receipt = || {
            self.arguments
                .iter()
                .position(|it| matches!(it.form, ValueForm::Receipt))
        };
        let place = if noun == RECEIPT {
            receipt().or(named)
        } else {
            named.or_else(receipt)
        };
        if let Some(place) = place {
            self.arguments[place].is_positional = true;
        }
    }

    /// Returns whether the message changes the ledger: an action, or a call with options for signing.
    pub(super) const fn is_change(&self) -> bool {
        self.is_action || self.options.is_some()
    }

    /// Returns the message that `--file` has.
    pub(super) fn subject(&self) -> MessageDescriptor {
        let field = self.subject.last();
        let message = field.and_then(|field| field.kind().as_message().cloned());
        message.unwrap_or_else(|| self.message.clone())
    }

    /// Adds the arguments to a command.
    pub(super) fn command(&self, mut command: Command) -> Command {
        let subject = self.subject();
        for argument in &self.arguments {
            let mut arg = argument.arg();
            if argument.is_required(self.is_change()) {
                arg = arg.required_unless_present("file");
            }
            let others = self
                .arguments
                .iter()
                .filter(|other| excludes(argument, other));
            for other in others {
                arg = arg.conflicts_with(other.name.clone());
            }
            command = command.arg(arg);
        }
        if !self.arguments.is_empty() || subject.fields().len() > 0 {
            let help = format!(
                "JSON of a `{}` message, `-` for stdin; flags are set over it",
                subject.name()
            );
            let file = Arg::new("file").long("file").value_name("FILE").help(help);
            command = command.arg(file.value_parser(clap::value_parser!(PathBuf)));
        }
        if self.options.is_some() {
            command = CallArguments::augment_args(command);
        }
        command
    }

    /// Makes the message from the values that were given.
    pub(super) fn message(&self, matches: &ArgMatches) -> Result<DynamicMessage, Failure> {
        let mut message = DynamicMessage::new(self.message.clone());
        if let Ok(Some(path)) = matches.try_get_one::<PathBuf>("file") {
            let read = dynamic_from_json(&self.subject(), &files::read_text(path)?)
                .map_err(|failure| Failure::Usage(format!("{}: {failure}", path.display())))?;
            if self.subject.is_empty() {
                message = read;
            } else {
                argument::set(&mut message, &self.subject, Value::Message(read));
            }
        }
        let options = self.options(matches)?;
        for argument in &self.arguments {
            if argument.is_switch() {
                if matches.get_flag(&argument.name) {
                    let value = Value::Bool(true);
                    argument.set(
                        &mut message,
                        vec![Given {
                            value,
                            by_clock: false,
                        }],
                    );
                }
                continue;
            }
            let Some(given) = matches.get_many::<Given>(&argument.name) else {
                continue;
            };
            let given: Vec<Given> = given.cloned().collect();
            let is_named = options.as_ref().is_some_and(CallArguments::is_named);
            if is_named && given.iter().any(|given| given.by_clock) {
                // A client id stands for one request. A time that is read from the clock would make a repetition a
                // different request.
                return Err(Failure::Usage(format!(
                    "--client-id needs the time of --{} in full, not from now",
                    argument.name
                )));
            }
            argument.set(&mut message, given);
        }
        if let (Some(field), Some(options)) = (&self.options, options) {
            message.set_field(field, Value::Message(dynamic(&options.options())));
        }
        Ok(message)
    }

    /// Returns the options that were given; `None` where the message has none.
    pub(super) fn options(&self, matches: &ArgMatches) -> Result<Option<CallArguments>, Failure> {
        let options = self
            .options
            .as_ref()
            .map(|_| CallArguments::from_arg_matches(matches));
        options.transpose().map_err(|error| Failure::usage(&error))
    }
}

/// Returns whether a field is private, or a message with private fields.
fn is_private(field: &FieldDescriptor) -> bool {
    let message = field.kind().as_message().cloned();
    PRIVATE_FIELDS.contains(&field.name())
        || message.is_some_and(|message| PRIVATE_MESSAGES.contains(&message.name()))
}

/// Returns whether a field is a message that cannot be written as one value.
fn is_flat(field: &FieldDescriptor) -> bool {
    !field.is_list()
        && matches!(
            ValueForm::of(field),
            ValueForm::Json(_) | ValueForm::Pair(..)
        )
}

/// Returns whether two arguments are of different members of one choice.
fn excludes(one: &Argument, other: &Argument) -> bool {
    match (one.choice(), other.choice()) {
        (Some(one), Some(other)) => {
            one != other && one.containing_oneof() == other.containing_oneof()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
