//! `piaolian verify`: evidence, checked without a node.

use std::path::PathBuf;

use clap::Args;
use piaolian_contracts::{receipts::Receipt, state::Table, storage::Record as _, types::ReceiptId};
use piaolian_proto::v1::{ReceiptRecord, StateEvidence};
use prost::Message as _;
use serde_json::json;

use super::{Failure, files, json::to_json, output::Output, query::ReceiptArgument, text::moment};
use crate::service::evidence::{Shown, Trust, receipt_key, verify};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// What `piaolian query proof` wrote; `-` for stdin.
    evidence: PathBuf,
    /// The chain's founding document: all that is trusted.
    #[arg(long, default_value = "genesis.json")]
    genesis: PathBuf,
    /// The receipt that the evidence must be about: CODE-NUMBER.
    #[arg(long)]
    receipt: Option<ReceiptArgument>,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let genesis = files::read_genesis(&arguments.genesis)?;
    let evidence = files::read(&arguments.evidence)?;
    let evidence = StateEvidence::decode(evidence.as_slice())
        .map_err(|error| Failure::NotProven(format!("no StateEvidence: {error}")))?;
    let trust = Trust {
        chain_id: genesis.chain_id().clone(),
        validators_hash: genesis.validators().hash(),
    };
    let shown = verify(&trust, &evidence).map_err(|error| Failure::NotProven(error.to_string()))?;
    let receipt = receipt_of(&shown.key)?;
    if arguments
        .receipt
        .as_ref()
        .is_some_and(|wanted| wanted.0 != receipt)
    {
        return Err(Failure::NotProven(format!("it is about receipt {receipt}")));
    }
    tell(&shown, &receipt, output)
}

/// The receipt whose record stands at a key.
fn receipt_of(key: &[u8]) -> Result<ReceiptId, Failure> {
    let id = key
        .strip_prefix(&[Table::Receipts.prefix()])
        .and_then(|key| ReceiptId::from_key(key).ok())
        .filter(|id| receipt_key(id) == key);
    id.ok_or_else(|| Failure::NotProven("it is not about a receipt".to_owned()))
}

fn tell(shown: &Shown, receipt: &ReceiptId, output: &Output) -> Result<(), Failure> {
    let header = &shown.header;
    let record = shown
        .value
        .as_deref()
        .map(|value| Receipt::decode(value).map_err(|error| Failure::NotProven(error.to_string())));
    let record = record.transpose()?;
    let found = if record.is_some() {
        "stands"
    } else {
        "does not stand"
    };
    let time = moment(header.time.as_ms());
    let text = format!(
        "receipt {receipt} {found} on {} after block {} of {time}, state root {}",
        header.chain_id, header.height, header.state_root,
    );
    let record = record.as_ref().map(ReceiptRecord::from);
    let json = json!({
        "receipt": receipt.to_string(),
        "present": record.is_some(),
        "chain_id": header.chain_id.as_str(),
        "height": header.height.get(),
        "block_time_ms": header.time.as_ms(),
        "block_hash": header.hash().to_string(),
        "state_root": header.state_root.to_string(),
        "record": record.as_ref().map(to_json).transpose()?,
    });
    output.say(&json, &text)?;
    match record {
        Some(record) if !output.is_json() => output.show(&record),
        _ => Ok(()),
    }
}
