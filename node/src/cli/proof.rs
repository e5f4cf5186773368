//! `piaolian proof verify`: a proof file, checked without a node.

use std::path::PathBuf;

use clap::Args;
use piaolian_genesis::Genesis;
use piaolian_proto::v1::{NoticeRecord, ReceiptRecord};
use piaolian_verifier::{
    FILE_BYTES_MAX, ProofFile, Proven, ProvenReceipt, ShownEvent, ShownSeal, Trust,
};
use serde_json::{Value as Json, json};

use super::{
    Failure, files, generated::ReceiptArgument, json::to_json, output::Output, verb::Verb,
};

#[derive(Debug, Args)]
struct Arguments {
    /// The file that `piaolian receipt proof` wrote; `-` for stdin.
    proof: PathBuf,
    /// The chain's founding document: the only thing that is trusted.
    #[arg(long, default_value = "genesis.json")]
    genesis: PathBuf,
    /// The receipt that the proof must be about: CODE-NUMBER.
    #[arg(long)]
    receipt: Option<ReceiptArgument>,
}

pub(super) fn verb() -> Verb {
    Verb::of(
        "proof verify",
        "Checks a proof file, with no node and no network, and shows what it proves. Exits with 6 when it does not \
         hold.",
        &[
            "piaolian proof verify receipt.proof --genesis genesis.json --receipt 11010125-0000000042",
        ],
        |arguments, output| run(&arguments, output),
    )
}

fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let genesis = Genesis::read(&arguments.genesis)?;
    let bytes = files::read_up_to(&arguments.proof, FILE_BYTES_MAX as u64)?;
    let trust = Trust {
        chain_id: genesis.chain_id().clone(),
        validators_hash: genesis.validators().hash(),
    };
    let not_proven = |error: &dyn std::fmt::Display| Failure::NotProven(error.to_string());
    let file = ProofFile::decode(bytes.into()).map_err(|error| not_proven(&error))?;
    let proven = file.verify(&trust).map_err(|error| not_proven(&error))?;
    let wanted = arguments.receipt.as_ref();
    if wanted.is_some_and(|wanted| wanted.0 != proven.id) {
        return Err(Failure::NotProven(format!(
            "it is about receipt {}",
            proven.id
        )));
    }
    output.say(&as_json(&proven), &proven.to_string())
}

fn as_json(proven: &Proven) -> Json {
    let header = &proven.header;
    let signers = proven.signers.organisations.iter().map(ToString::to_string);
    let mut data = json!({
        "receipt": proven.id.to_string(),
        "present": proven.receipt.is_some(),
        "chainId": header.chain_id.as_str(),
        "height": header.height.get().to_string(),
        "blockTimeMs": header.time.as_ms().to_string(),
        "blockHash": header.hash().to_string(),
        "stateRoot": header.state_root.to_string(),
        "signers": signers.collect::<Vec<_>>(),
        "validators": proven.signers.validator_count,
    });
    if let (Some(receipt), Some(data)) = (&proven.receipt, data.as_object_mut()) {
        data.extend(of_receipt(receipt));
    }
    data
}

fn of_receipt(receipt: &ProvenReceipt) -> serde_json::Map<String, Json> {
    let record = ReceiptRecord::from(&receipt.receipt);
    let notice = receipt.notice.as_ref().map(NoticeRecord::from);
    let data = [
        ("status", json!(receipt.status.to_string())),
        ("issuerName", json!(receipt.issuer_name)),
        ("record", to_json(&record)),
        ("seal", json!(receipt.seal.as_ref().map(of_seal))),
        ("notice", json!(notice.as_ref().map(to_json))),
        ("events", receipt.events.iter().map(of_event).collect()),
        ("details", json!(receipt.details.as_ref().map(to_json))),
    ];
    data.map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
}

fn of_seal(seal: &ShownSeal) -> Json {
    json!({
        "bureau": seal.bureau.to_string(),
        "bureauName": seal.bureau_name,
        "receipts": seal.receipts.to_string(),
    })
}

fn of_event(event: &ShownEvent) -> Json {
    json!({
        "height": event.height.get().to_string(),
        "blockTimeMs": event.time.as_ms().to_string(),
        "transactionId": event.transaction.to_string(),
        "organisation": event.organisation.to_string(),
        "operator": event.operator,
        "action": event.action,
        "code": event.code,
        "arguments": event.arguments,
    })
}
