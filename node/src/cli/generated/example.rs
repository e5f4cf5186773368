//! Examples of generated verbs, for their help.

use super::{argument::Argument, plan::Plan, value::Form};
use crate::cli::descriptors::words_of;

/// Most flags of an example: it shows the form, and is no list.
const FLAGS_MAX: usize = 5;

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

/// Writes the example of a verb.
pub(super) fn of(path: &str, plan: &Plan, is_signed: bool) -> String {
    let mut line = format!("piaolian {path}");
    let positional = plan.arguments.iter().filter(|it| it.is_positional);
    for argument in positional {
        line.push_str(&format!(" {}", sample(argument)));
    }
    let mut choice_taken = plan
        .arguments
        .iter()
        .any(|it| it.is_positional && it.choice().is_some());
    let mut count = 0;
    let mut taken = None;
    for argument in plan.arguments.iter().filter(|it| !it.is_positional) {
        if let Some(choice) = argument.choice() {
            choice_taken |= taken.as_ref().is_some_and(|taken| taken != choice);
            if choice_taken {
                continue;
            }
            taken = Some(choice.clone());
        }
        let is_wanted = argument.is_required()
            || argument.choice().is_some()
            || !argument.is_optional() && !argument.is_switch();
        if !is_wanted || count == FLAGS_MAX || matches!(argument.form, Form::Json(_)) {
            continue;
        }
        line.push_str(&format!(" --{} {}", argument.name, sample(argument)));
        count += 1;
    }
    let has_json = |it: &Argument| matches!(it.form, Form::Json(_)) && !it.is_optional();
    if plan.is_private || plan.arguments.iter().any(has_json) {
        line = format!("piaolian {path} --file request.json");
    }
    if is_signed {
        line.push_str(" --as 11320000014000199B --out signed.tx");
    }
    line
}

/// Returns a value of an argument's form.
fn sample(argument: &Argument) -> String {
    let name = argument.field().name();
    match &argument.form {
        Form::Receipt => "11010125-0000000042".to_owned(),
        Form::Yuan(_) => "120.50".to_owned(),
        Form::Moment => "2026-12-31".to_owned(),
        Form::Duration => "24h".to_owned(),
        Form::Date => "20261130".to_owned(),
        Form::Hex => "9f".repeat(32),
        Form::Word(description) => {
            let words = words_of(description);
            words
                .first()
                .map_or_else(String::new, |(word, _)| word.clone())
        }
        Form::Bool => "true".to_owned(),
        Form::Number(_) => "1".to_owned(),
        Form::Text => text(name),
        Form::Single(..) => "/ip4/10.0.0.1/tcp/26600".to_owned(),
        Form::Pair(..) => "11010125-0000000042=2026/PJ-7".to_owned(),
        Form::Json(_) => "{}".to_owned(),
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
