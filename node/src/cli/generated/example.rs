//! Examples of generated verbs, for their help.

use super::{argument::Argument, plan::Plan, value::ValueForm};
use crate::cli::descriptors::words_of;

/// Names of fields that hold an organisation's code.
const ORGANISATIONS: [&str; 9] = [
    "organisation",
    "issuer",
    "insurer",
    "grantee",
    "grantor",
    "agency",
    "bank",
    "owner",
    "payer",
];

/// Writes the example of a verb; an action that is signed offline names its signer.
pub(super) fn of(path: &str, plan: &Plan, is_signed: bool) -> String {
    let has_json = |it: &Argument| matches!(it.form, ValueForm::Json(_)) && !it.is_optional();
    let mut words = vec![format!("piaolian {path}")];
    if plan.is_private || plan.arguments.iter().any(has_json) {
        words.push("--file request.json".to_owned());
    } else {
        words.extend(positional(plan).map(sample));
        words.extend(flags(plan));
    }
    if is_signed {
        words.push("--as 11320000014000199X --out signed.tx".to_owned());
    }
    words.join(" ")
}

fn positional(plan: &Plan) -> impl Iterator<Item = &Argument> {
    plan.arguments.iter().filter(|it| it.is_positional)
}

/// Writes the flags that an example needs. Of a choice, writes those of its first member.
fn flags(plan: &Plan) -> impl Iterator<Item = String> {
    let mut choices = positional(plan)
        .chain(&plan.arguments)
        .filter_map(Argument::choice);
    let chosen = choices.next();
    let flags = plan.arguments.iter().filter(move |it| {
        let is_wanted = match it.choice() {
            Some(choice) => chosen == Some(choice),
            None => it.is_required(plan.is_change()) || !it.is_optional() && !it.is_switch(),
        };
        is_wanted && !it.is_positional && !matches!(it.form, ValueForm::Json(_))
    });
    flags.map(|it| {
        if it.is_switch() {
            format!("--{}", it.name)
        } else {
            format!("--{} {}", it.name, sample(it))
        }
    })
}

fn sample(argument: &Argument) -> String {
    value(&argument.form, argument.field().name())
}

/// Returns a value of a form, for a field of this name.
fn value(form: &ValueForm, name: &str) -> String {
    match form {
        ValueForm::Receipt => "11010125-0000000042".to_owned(),
        ValueForm::Yuan(_) => "120.50".to_owned(),
        ValueForm::Moment => "2026-12-31".to_owned(),
        ValueForm::Duration => "24h".to_owned(),
        ValueForm::Date => "20261130".to_owned(),
        ValueForm::Hex => "9f".repeat(32),
        ValueForm::Word(description) => {
            let words = words_of(description);
            // The first word is often the state before a decision.
            let word = words.get(1).or(words.first());
            word.map_or_else(String::new, |(word, _)| word.clone())
        }
        ValueForm::Bool => "true".to_owned(),
        ValueForm::Number(_) => "1".to_owned(),
        ValueForm::Text => text(name),
        ValueForm::Single(..) => "/ip4/10.0.0.1/tcp/26600".to_owned(),
        ValueForm::Pair(_, fields) => {
            let [first, second] = fields.as_ref();
            let [first, second] = [first, second].map(|(field, form)| value(form, field.name()));
            format!("{first}={second}")
        }
        ValueForm::Json(_) => "{}".to_owned(),
    }
}

fn text(name: &str) -> String {
    let text = match name {
        "region" => "990100",
        "receipt_code" | "code" => "11010125",
        "check_code" => "k7x2m9",
        "kind" => "0101",
        "reason" | "text" => "'entered twice'",
        "reviewer" => "clerk-8",
        _ if ORGANISATIONS.contains(&name) => "12320900E875065319",
        _ => "A-1001",
    };
    text.to_owned()
}
