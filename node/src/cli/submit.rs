//! `piaolian transaction submit`: a transaction that was signed elsewhere.

use std::path::PathBuf;

use clap::Args;
use piaolian_client::{Client, describe};
use piaolian_proto::v1::{SubmitAndWaitRequest, SubmitRequest, TransactionView};

use super::{
    Failure,
    connection::NodeArguments,
    files,
    output::Output,
    verb::{Verb, wait_for},
};

#[derive(Debug, Args)]
struct Arguments {
    #[command(flatten)]
    node: NodeArguments,
    /// A file with an encoded Transaction, raw or in hexadecimal; `-` for stdin.
    file: PathBuf,
    /// Return as soon as the transaction waits for a block, without its outcome.
    #[arg(long)]
    no_wait: bool,
}

pub(super) fn verb() -> Verb {
    Verb::of(
        "transaction submit",
        "Submits a transaction that was signed elsewhere, and waits for its outcome. \
         Exits with 1 when it was refused or rejected.",
        &["piaolian transaction submit signed.tx"],
        |arguments, output| wait_for(run(arguments, output)),
    )
}

async fn run(arguments: Arguments, output: &Output) -> Result<(), Failure> {
    let transaction = decode(files::read(&arguments.file)?);
    let node = arguments.node.connect().await?;
    if !arguments.no_wait {
        return send(&node, transaction, output).await;
    }
    let request = SubmitRequest {
        transaction: transaction.into(),
    };
    output.show(node.transactions().submit(request).await?.get_ref())
}

/// Sends a transaction and shows its outcome; a rejection is the command's failure.
pub(super) async fn send(
    node: &Client,
    transaction: Vec<u8>,
    output: &Output,
) -> Result<(), Failure> {
    let request = SubmitAndWaitRequest {
        transaction: transaction.into(),
    };
    let decided = node
        .transactions()
        .submit_and_wait(request)
        .await?
        .into_inner();
    let view = decided.transaction.unwrap_or_default();
    output.show(&view)?;
    expect_accepted(&view)
}

fn expect_accepted(view: &TransactionView) -> Result<(), Failure> {
    let outcome = view.outcome.clone().unwrap_or_default();
    let rejected: Vec<_> = outcome
        .rejection
        .iter()
        .chain(&outcome.item_rejections)
        .map(describe)
        .collect();
    if rejected.is_empty() {
        Ok(())
    } else {
        Err(Failure::Refused(rejected.join("; ")))
    }
}

/// Decodes hexadecimal text, and returns other bytes unchanged. They cannot be confused, because an encoded transaction
/// begins with a byte with which no text begins.
fn decode(bytes: Vec<u8>) -> Vec<u8> {
    let text = std::str::from_utf8(&bytes).ok().map(str::trim);
    text.and_then(|text| hex::decode(text).ok())
        .unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_is_taken_raw_or_in_hexadecimal() {
        assert_eq!(decode(vec![0x0a, 0x01, 0xff]), [0x0a, 0x01, 0xff]);
        assert_eq!(decode(b"0a01ff\n".to_vec()), [0x0a, 0x01, 0xff]);
    }
}
