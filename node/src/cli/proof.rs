//! `piaolian proof`: a proof file, for anyone to check with no node.

use clap::Args;
use piaolian_proto::v1::GetReceiptProofRequest;
use piaolian_verifier::ProofFile;

use super::{
    Failure,
    client::NodeArguments,
    output::{Output, note},
    query::ReceiptArgument,
    reading::Reading,
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    node: NodeArguments,
    /// CODE-NUMBER
    receipt: ReceiptArgument,
    /// Also what was done to it, and tried and refused, each transaction whole: one that
    /// issued a batch names the whole batch.
    #[arg(long)]
    events: bool,
    /// Also its details, names and fee lines in clear: for those alone whom its holder allows
    /// to read them. On the node of an organisation that may.
    #[arg(long)]
    details: bool,
    #[command(flatten)]
    reading: Reading,
}

pub(super) async fn run(arguments: Arguments, output: &Output) -> Result<(), Failure> {
    let node = arguments.node.connect().await?;
    let mut receipts = node.receipts();
    let request = GetReceiptProofRequest {
        receipt: Some(arguments.receipt.into()),
        with_events: arguments.events,
    };
    let answer = receipts.get_receipt_proof(request).await?.into_inner();
    let mut proof = answer.proof.unwrap_or_default();
    if answer.more_events {
        note("there are more events than a proof file has: it shows the oldest");
    }
    if arguments.details {
        let request = arguments.reading.request(arguments.receipt.into(), false);
        let details = receipts.get_receipt_details(request).await?.into_inner();
        proof.details = details.details;
    }
    if output.is_json() {
        output.show(&proof)
    } else {
        output.bytes(&ProofFile::from(proof).encode())
    }
}
