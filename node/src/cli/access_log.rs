//! `piaolian access-log check`: a node's log of read receipt details, checked from the first line on.

use std::path::PathBuf;

use clap::Args;
use piaolian_client::Client;
use piaolian_contracts::{chain::Hash, disclosure::AccessLogAnchor, types::OrganisationId};
use piaolian_custody::access_log::{
    self, Access, AccessLogError, Entry, ForHolder, Ground, Head, Lines, LogHeader,
};
use piaolian_proto::v1::GetAccessLogAnchorRequest;
use serde_json::{Value, json};
use tonic::Code;

use super::{
    Failure,
    connection::NodeArguments,
    generated::ReceiptArgument,
    output::{Output, note},
    text::moment,
    verb::{Verb, wait_for},
};

#[derive(Debug, Args)]
struct Arguments {
    /// A node's `access.log`, or a copy of it; the node may run.
    log: PathBuf,
    /// Only the entries of this receipt: CODE-NUMBER. All are checked.
    #[arg(long)]
    receipt: Option<ReceiptArgument>,
    /// A head that was noted earlier, 64 hexadecimal digits: it must be among the hashes.
    #[arg(long, value_parser = head)]
    head: Option<Hash>,
    /// The organisation that the log must be of: unified social credit code.
    #[arg(long, value_parser = organisation)]
    organisation: Option<OrganisationId>,
    /// Ask a node for the log's anchor on the ledger: the file must have its entries.
    #[arg(long)]
    anchored: bool,
    #[command(flatten)]
    node: NodeArguments,
}

fn head(text: &str) -> Result<Hash, String> {
    let parsed = text.parse::<Hash>();
    parsed.map_err(|error| error.problem().to_owned())
}

fn organisation(text: &str) -> Result<OrganisationId, String> {
    let parsed = OrganisationId::parse("organisation", text);
    parsed.map_err(|error| error.problem().to_owned())
}

/// A line that must be there.
struct Wanted {
    /// After so many entries; `None`: anywhere.
    entries: Option<u64>,
    hash: Hash,
    /// The problem when it is not there.
    missing: String,
    is_there: bool,
}

impl Wanted {
    fn check(&mut self, head: Head) {
        let is_its_place = self.entries.is_none_or(|entries| entries == head.entries);
        self.is_there |= is_its_place && self.hash == head.hash;
    }
}

pub(super) fn verb() -> Verb {
    Verb::of(
        "access-log check",
        "Checks a node's log of read receipt details, and shows its entries. Exits with 6 when the log was cut or \
         written anew.",
        &[
            "piaolian access-log check data/access.log --anchored",
            "piaolian access-log check data/access.log --receipt 11010125-0000000042",
        ],
        |arguments, output| wait_for(run(arguments, output)),
    )
}

async fn run(arguments: Arguments, output: &Output) -> Result<(), Failure> {
    let file = arguments.log.display();
    let header = read(&arguments)?.header().clone();
    let anchor = if arguments.anchored {
        Some(anchor_of(&header, &arguments.node).await?)
    } else {
        None
    };
    let noted = arguments.head.map(|hash| Wanted {
        entries: None,
        hash,
        missing: format!("{file}: no line has the hash {hash}"),
        is_there: false,
    });
    let anchored = anchor.as_ref().map(|anchor| Wanted {
        entries: Some(anchor.entries),
        hash: anchor.head,
        missing: format!(
            "{file}: it has not the {} entries with the hash {} that were anchored at height {}",
            anchor.entries, anchor.head, anchor.height
        ),
        is_there: false,
    });
    let mut wanted: Vec<Wanted> = noted.into_iter().chain(anchored).collect();
    // The file is opened again, so that it has the entries that the node anchored in the meantime.
    show(
        read(&arguments)?,
        &arguments,
        anchor.as_ref(),
        &mut wanted,
        output,
    )?;
    match wanted.iter().find(|wanted| !wanted.is_there) {
        Some(Wanted { missing, .. }) => Err(Failure::NotProven(format!(
            "{missing}: entries were cut off, or all were written anew"
        ))),
        None => Ok(()),
    }
}

/// Opens the file, which must be of the organisation that is expected.
fn read(arguments: &Arguments) -> Result<Lines, Failure> {
    let lines = access_log::read(&arguments.log).map_err(failure)?;
    let header = lines.header();
    match arguments.organisation {
        Some(organisation) if organisation != header.organisation => Err(Failure::NotProven(
            format!("{} is {header}", arguments.log.display()),
        )),
        Some(_) | None => Ok(lines),
    }
}

/// Asks the node, which the caller trusts, for the log's anchor on the ledger.
async fn anchor_of(header: &LogHeader, node: &NodeArguments) -> Result<AccessLogAnchor, Failure> {
    let node = node.clone().connect().await?;
    let anchor = ask(&node, header, header.log.get()).await?;
    let newest = ask(&node, header, 0).await?;
    if newest.log > header.log {
        let LogHeader { log, .. } = header;
        note(&format!(
            "log {} was begun since: nothing comes after log {log} here",
            newest.log
        ));
    }
    Ok(anchor)
}

async fn ask(node: &Client, header: &LogHeader, log: u32) -> Result<AccessLogAnchor, Failure> {
    let request = GetAccessLogAnchorRequest {
        organisation: header.organisation.to_string(),
        log,
    };
    let answer = match node.disclosure().get_access_log_anchor(request).await {
        Err(status) if status.code() == Code::NotFound => {
            let nothing = format!("nothing is anchored of {header}");
            return Err(Failure::NotProven(nothing));
        }
        answer => answer?.into_inner(),
    };
    if answer.chain_id != header.chain.as_str() {
        let chain = answer.chain_id;
        return Err(Failure::NotProven(format!(
            "the node is of chain {chain}, the file is {header}"
        )));
    }
    let anchor = answer.anchor.unwrap_or_default();
    AccessLogAnchor::try_from(anchor).map_err(|error| Failure::trouble(&error))
}

/// Shows the wanted entries and the end, and looks for the lines that must be there.
fn show(
    mut lines: Lines,
    arguments: &Arguments,
    anchor: Option<&AccessLogAnchor>,
    wanted: &mut [Wanted],
    output: &Output,
) -> Result<(), Failure> {
    let receipt = arguments.receipt.as_ref();
    let receipt = receipt.map(|receipt| receipt.0.to_string());
    // The head of a log without entries is its header's hash.
    let header = lines.head();
    for wanted in &mut *wanted {
        wanted.check(header);
    }
    while let Some(line) = lines.next() {
        let line = line.map_err(failure)?;
        let head = lines.head();
        for wanted in &mut *wanted {
            wanted.check(head);
        }
        let shown = &line.entry.access.receipt;
        if receipt.as_ref().is_none_or(|receipt| receipt == shown) {
            let mut data = json!(line.entry);
            data["hash"] = json!(line.hash.to_string());
            output.say(&data, &text(&line.entry))?;
        }
    }
    if lines.unfinished_bytes() > 0 {
        note("the last line has no end yet, and is left out");
    }
    let (data, text) = end(lines.header(), lines.head(), anchor);
    output.say(&data, &text)
}

/// Returns the log's organisation and length, as data and as text.
fn end(header: &LogHeader, head: Head, anchor: Option<&AccessLogAnchor>) -> (Value, String) {
    let Head { entries, hash } = head;
    let mut data = json!({
        "chain": header.chain.as_str(),
        "organisation": header.organisation.to_string(),
        "log": header.log.get(),
        "entries": entries,
        "head": hash.to_string(),
    });
    let mut text = format!("{header}: {entries} entries, head {hash}");
    if let Some(anchor) = anchor {
        let AccessLogAnchor {
            entries, height, ..
        } = anchor;
        let time_ms = anchor.time.as_ms();
        data["anchored"] = json!({ "entries": entries, "height": height.get(), "timeMs": time_ms });
        text.push_str(&format!(
            "; {entries} anchored at height {height}, {}",
            moment(time_ms)
        ));
    }
    (data, text)
}

fn failure(error: AccessLogError) -> Failure {
    match error {
        AccessLogError::Broken { .. } => Failure::NotProven(error.to_string()),
        AccessLogError::System { .. }
        | AccessLogError::OpenToOthers { .. }
        | AccessLogError::InUse(_)
        | AccessLogError::Another { .. }
        | AccessLogError::TooLong { .. }
        | AccessLogError::Touched(_)
        | AccessLogError::Failed(_) => Failure::usage(&error),
    }
}

/// Writes an entry on one line: place, time, receipt, client, ground.
fn text(entry: &Entry) -> String {
    let Entry {
        number,
        time_ms,
        access,
    } = entry;
    let Access {
        receipt,
        client,
        operator,
        ..
    } = access;
    let operator = match operator.as_str() {
        "" => String::new(),
        operator => format!(" ({operator})"),
    };
    let ground = match &access.ground {
        Ground::Issuer => "issuer".to_owned(),
        Ground::Supervision => "supervision".to_owned(),
        Ground::Grant {
            purpose,
            grantor,
            life,
        } => format!("granted by {grantor} for {purpose}, life {life}"),
    };
    let for_holder = match &access.for_holder {
        None => "",
        Some(ForHolder::Collecting) => ", to collect for the holder",
        Some(ForHolder::Authorising) => ", to authorise for the holder",
    };
    let time = moment(*time_ms);
    let line = format!("{number} {time} {receipt} {client}{operator} {ground}{for_holder}");
    // A hostile file must not control the reader's terminal.
    line.replace(char::is_control, "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_one_line_with_receipt_reader_and_ground() {
        let mut entry = Entry {
            number: 7,
            time_ms: 1_795_344_000_123,
            access: Access {
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
        entry.access.operator = "\u{1b}[2J\u{9b}".to_owned();
        entry.access.ground = Ground::Supervision;
        entry.access.for_holder = Some(ForHolder::Collecting);
        let hostile = text(&entry);
        assert!(
            hostile
                .ends_with("claims (\u{fffd}[2J\u{fffd}) supervision, to collect for the holder"),
            "{hostile}"
        );
    }
}
