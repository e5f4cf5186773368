//! Arguments made from fields.

use clap::{Arg, ArgAction};
use prost_reflect::{DynamicMessage, FieldDescriptor, Value};

use super::value::{Given, ValueForm};
use crate::cli::{
    descriptors::comment_of_field,
    unit::{Unit, unit_of},
};

/// Flags that generated verbs use for other purposes.
const RESERVED: [&str; 16] = [
    "json",
    "node",
    "token-file",
    "file",
    "limit",
    "help",
    "version",
    "client-id",
    "no-wait",
    "valid-for",
    "as",
    "admin-keys",
    "genesis",
    "out",
    "valid-minutes",
    "operator",
];

/// Boolean fields that are decisions. They must be given as true or false, because an omission must not be a decision.
const EXPLICIT_BOOLEANS: [(&str, &str); 2] = [("CastVote", "in_favour"), ("SetMandate", "active")];

/// An argument that sets a field.
#[derive(Clone, Debug)]
pub(super) struct Argument {
    /// Fields from the request down to the one that is set.
    path: Vec<FieldDescriptor>,
    /// Number of fields at the path's beginning that the command line does not show.
    hidden: usize,
    /// Name of the flag, also of a positional argument.
    pub(super) name: String,
    pub(super) form: ValueForm,
    pub(super) is_positional: bool,
}

impl Argument {
    /// Makes the argument that sets the last field of a path, of which the first `hidden` fields are not shown; `owner` is
    /// the message that the flag must name, if any.
    pub(super) fn new(
        path: Vec<FieldDescriptor>,
        hidden: usize,
        owner: Option<&FieldDescriptor>,
        noun: &str,
    ) -> Self {
        let field = path.last().expect("a path has a field");
        let own = flag(field);
        let name = match owner.map(flag) {
            Some(owner) if !own.starts_with(&format!("{owner}-")) && own != owner => {
                format!("{owner}-{own}")
            }
            Some(_) | None => own,
        };
        // A request with an operator of its own has no options of a call.
        let is_own_operator = name == "operator" && path.len() == 1;
        let name = if RESERVED.contains(&name.as_str()) && !is_own_operator {
            format!("{noun}-{name}")
        } else {
            name
        };
        Self {
            form: ValueForm::of(field),
            path,
            hidden,
            name,
            is_positional: false,
        }
    }

    pub(super) fn field(&self) -> &FieldDescriptor {
        self.path.last().expect("a path has a field")
    }

    /// Returns the member of a choice that this argument sets or lies in, where it does.
    pub(super) fn choice(&self) -> Option<&FieldDescriptor> {
        self.path[self.hidden..]
            .iter()
            .find(|field| is_choice(field))
    }

    /// Returns whether the value may be absent: it is a member of a choice, or the comment of a field on its path says
    /// what its absence means.
    pub(super) fn is_optional(&self) -> bool {
        self.choice().is_some()
            || self.field().supports_presence() && self.field().kind().as_message().is_none()
            || self.path[self.hidden..].iter().any(says_absence)
    }

    /// Returns whether it is a switch: there, or not.
    pub(super) fn is_switch(&self) -> bool {
        let field = self.field();
        let decides = EXPLICIT_BOOLEANS.contains(&(field.parent_message().name(), field.name()));
        matches!(self.form, ValueForm::Bool) && !field.is_list() && !decides
    }

    /// Returns whether the argument is required. A verb that changes the ledger (`is_change`) requires every value for
    /// which no comment says what its absence means, because an omitted number would be sent as 0. A query requires
    /// only its positional argument.
    pub(super) fn is_required(&self, is_change: bool) -> bool {
        let decides = matches!(self.form, ValueForm::Bool) && !self.is_switch();
        let is_value = !self.is_switch() && !matches!(self.form, ValueForm::Json(_));
        decides || (self.is_positional || is_change && is_value) && !self.is_optional()
    }

    /// Makes the argument. The plan says whether it is required.
    pub(super) fn arg(&self) -> Arg {
        let field = self.field();
        let arg = Arg::new(self.name.clone()).help(help(field));
        if self.is_switch() {
            return arg.long(self.name.clone()).action(ArgAction::SetTrue);
        }
        let placeholder = if self.is_positional && !matches!(self.form, ValueForm::Receipt) {
            self.name.to_uppercase()
        } else {
            self.form.placeholder()
        };
        let arg = arg
            .value_name(placeholder)
            .value_parser(self.form.parser())
            .allow_hyphen_values(matches!(self.form, ValueForm::Yuan(_)));
        let arg = if self.is_positional {
            arg
        } else {
            arg.long(self.name.clone())
        };
        if field.is_list() {
            let arg = arg.action(ArgAction::Append);
            return if self.is_positional {
                arg.num_args(1..)
            } else {
                arg
            };
        }
        arg.action(ArgAction::Set)
    }

    /// Sets the field to what was given.
    pub(super) fn set(&self, message: &mut DynamicMessage, given: Vec<Given>) {
        let mut values = given.into_iter().map(|given| given.value);
        let value = if self.field().is_list() {
            Value::List(values.collect())
        } else {
            match values.next() {
                Some(value) => value,
                None => return,
            }
        };
        set(message, &self.path, value);
    }
}

/// Returns whether the comment of a field says what its absence means.
fn says_absence(field: &FieldDescriptor) -> bool {
    const PHRASES: [&str; 7] = [
        "mpty",
        "0:",
        "0 means",
        "Unset",
        "Absent",
        "Unspecified",
        "where given",
    ];
    let comment = comment_of_field(field);
    PHRASES.iter().any(|phrase| comment.contains(phrase))
}

/// Returns whether a field is one of a choice of several.
fn is_choice(field: &FieldDescriptor) -> bool {
    let choice = field.containing_oneof();
    choice.is_some_and(|choice| choice.fields().count() > 1)
}

/// Sets the field at the end of a path, and the messages on the way to it.
pub(super) fn set(message: &mut DynamicMessage, path: &[FieldDescriptor], value: Value) {
    match path {
        [] => {}
        [field] => message.set_field(field, value),
        [field, rest @ ..] => {
            if let Value::Message(inner) = message.get_field_mut(field) {
                set(inner, rest, value);
            }
        }
    }
}

/// Returns the name of a field's flag: with dashes, without the unit.
fn flag(field: &FieldDescriptor) -> String {
    let name = field.name();
    let name = match unit_of(field) {
        Some(Unit::Fen) => name.trim_end_matches("_fen").to_owned(),
        Some(Unit::Duration) => name.trim_end_matches("_ms").to_owned(),
        Some(Unit::Moment) => {
            let name = name.trim_end_matches("_ms");
            let is_moment = ["time", "until", "since", "from"]
                .iter()
                .any(|it| name.ends_with(it));
            if is_moment {
                name.to_owned()
            } else {
                format!("{name}_at")
            }
        }
        None => name.to_owned(),
    };
    name.replace('_', "-")
}

/// Returns the help of a field: its comment, or its name in words.
fn help(field: &FieldDescriptor) -> String {
    let comment = comment_of_field(field);
    if comment.is_empty() {
        let name = flag(field).replace('-', " ");
        let mut letters = name.chars();
        let first = letters
            .next()
            .map(|letter| letter.to_uppercase().to_string());
        return format!("{}{}", first.unwrap_or_default(), letters.as_str());
    }
    let comment = comment.trim_end_matches('.');
    match unit_of(field) {
        Some(Unit::Moment) => {
            format!("{comment}. Such as 2026-11-30T17:00 (Beijing), or +30d from now")
        }
        Some(Unit::Fen | Unit::Duration) | None => comment.to_owned(),
    }
}
