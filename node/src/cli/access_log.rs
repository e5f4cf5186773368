//! `piaolian access-log`: who was shown which receipt's details, checked from the first line on.

use std::path::PathBuf;

use clap::Args;
use piaolian_contracts::chain::Hash;
use serde_json::json;

use super::{
    Failure,
    output::{Output, note},
    query::ReceiptArgument,
    text::moment,
};
use crate::access_log::{self, AccessLogError, Entry, ForHolder, Ground, Head, Opening};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A node's `access.log`, or a copy of it; the node may run.
    log: PathBuf,
    /// Only the entries of this receipt: CODE-NUMBER. All are checked.
    #[arg(long)]
    receipt: Option<ReceiptArgument>,
    /// A head that was noted earlier, 64 hexadecimal digits: it must be among the hashes.
    #[arg(long, value_parser = head)]
    head: Option<Hash>,
}

fn head(text: &str) -> Result<Hash, String> {
    let parsed = text.parse::<Hash>();
    parsed.map_err(|error| error.problem().to_owned())
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let Arguments { log, receipt, head } = arguments;
    let receipt = receipt.as_ref().map(|receipt| receipt.0.to_string());
    // The head of an empty log is in every log.
    let mut is_there = head.is_none_or(|head| head == Head::EMPTY.hash);
    let mut lines = access_log::read(log).map_err(failure)?;
    for line in &mut lines {
        let line = line.map_err(failure)?;
        is_there |= *head == Some(line.hash);
        let shown = &line.entry.opening.receipt;
        if receipt.as_ref().is_none_or(|receipt| receipt == shown) {
            let mut data = json!(line.entry);
            data["hash"] = json!(line.hash.to_string());
            output.say(&data, &text(&line.entry))?;
        }
    }
    if lines.unfinished_bytes() > 0 {
        note("the last line has no end yet, and is left out");
    }
    let Head { entries, hash } = lines.head();
    let data = json!({ "entries": entries, "head": hash.to_string() });
    output.say(&data, &format!("{entries} entries, head {hash}"))?;
    match head {
        Some(head) if !is_there => Err(Failure::NotProven(format!(
            "{}: no entry has the hash {head}: entries were cut off, or all were written anew",
            log.display()
        ))),
        Some(_) | None => Ok(()),
    }
}

fn failure(error: AccessLogError) -> Failure {
    match error {
        AccessLogError::Broken { .. } => Failure::NotProven(error.to_string()),
        AccessLogError::System { .. }
        | AccessLogError::OpenToOthers { .. }
        | AccessLogError::InUse(_)
        | AccessLogError::TooLong { .. }
        | AccessLogError::Touched(_)
        | AccessLogError::Failed(_) => Failure::usage(&error),
    }
}

/// An entry on one line: place, time, which receipt, who, why.
fn text(entry: &Entry) -> String {
    let Entry {
        number,
        time_ms,
        opening,
    } = entry;
    let Opening {
        receipt,
        client,
        operator,
        ..
    } = opening;
    let operator = match operator.as_str() {
        "" => String::new(),
        operator => format!(" ({operator})"),
    };
    let ground = match &opening.ground {
        Ground::Issuer => "issuer".to_owned(),
        Ground::Supervision => "supervision".to_owned(),
        Ground::Grant {
            purpose,
            grantor,
            life,
        } => format!("granted by {grantor} for {purpose}, life {life}"),
    };
    let for_holder = match &opening.for_holder {
        None => "",
        Some(ForHolder::Collecting) => ", to collect for the holder",
        Some(ForHolder::Authorising) => ", to authorise for the holder",
    };
    let time = moment(*time_ms);
    let line = format!("{number} {time} {receipt} {client}{operator} {ground}{for_holder}");
    // A file of a stranger's must not speak to the reader's terminal.
    line.replace(char::is_control, "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_says_on_one_line_who_was_shown_what_and_why() {
        let mut entry = Entry {
            number: 7,
            time_ms: 1_795_344_000_123,
            opening: Opening {
                receipt: "99060126-0000000042".to_owned(),
                details_commitment: "00".repeat(32),
                client: "claims".to_owned(),
                operator: "张三".to_owned(),
                ground: Ground::Grant {
                    purpose: "claim".to_owned(),
                    grantor: "12320900E875065319".to_owned(),
                    life: 2,
                },
                for_holder: None,
            },
        };
        assert_eq!(
            text(&entry),
            "7 2026-11-22 18:40:00.123 99060126-0000000042 claims (张三) granted by \
             12320900E875065319 for claim, life 2"
        );
        entry.time_ms = u64::MAX;
        entry.opening.operator = "\u{1b}[2J\u{9b}".to_owned();
        entry.opening.ground = Ground::Supervision;
        entry.opening.for_holder = Some(ForHolder::Collecting);
        let hostile = text(&entry);
        assert!(
            hostile
                .ends_with("claims (\u{fffd}[2J\u{fffd}) supervision, to collect for the holder"),
            "{hostile}"
        );
    }
}
