//! `piaolian receipt proof`: a proof file, for anyone to check without a node.

use clap::Args;
use piaolian_proto::v1::{GetReceiptDetailsRequest, GetReceiptProofRequest, GrantPurpose};
use piaolian_verifier::ProofFile;

use super::{
    Failure,
    connection::NodeArguments,
    generated::ReceiptArgument,
    output::{Output, note},
    verb::{Verb, wait_for},
};

#[derive(Debug, Args)]
struct Arguments {
    /// The receipt.
    #[arg(value_name = "CODE-NUMBER")]
    receipt: ReceiptArgument,
    /// Include the actions on it, the rejected ones too, each with its whole transaction: one that issued a batch names
    /// the whole batch.
    #[arg(long)]
    events: bool,
    /// Include its details, names and fee lines in clear: only for readers whom its holder allowed. Works on the node of
    /// an organisation that may read them.
    #[arg(long)]
    details: bool,
    /// Purpose of reading the details, where an authorisation allows it; not on the nodes of the receipt's issuer and of
    /// the finance bureau that granted its number.
    #[arg(long, requires = "details", value_parser = purpose, value_name = "WORD")]
    purpose: Option<GrantPurpose>,
    /// 经办: the reader of the details, for the node's access log.
    #[arg(
        long,
        requires = "details",
        default_value = "",
        hide_default_value = true
    )]
    operator: String,
    #[command(flatten)]
    node: NodeArguments,
}

fn purpose(text: &str) -> Result<GrantPurpose, String> {
    [
        ("claim", GrantPurpose::Claim),
        ("verify", GrantPurpose::Verify),
        ("audit", GrantPurpose::Audit),
        ("other", GrantPurpose::Other),
    ]
    .into_iter()
    .find_map(|(word, purpose)| (word == text).then_some(purpose))
    .ok_or_else(|| "must be claim, verify, audit or other".to_owned())
}

pub(super) fn verb() -> Verb {
    Verb::of(
        "receipt proof",
        "Writes a proof file to stdout: what the ledger has of a receipt, or that it has none. `piaolian proof verify` \
         checks it.",
        &["piaolian receipt proof 11010125-0000000042 > receipt.proof"],
        |arguments, output| wait_for(run(arguments, output)),
    )
}

async fn run(arguments: Arguments, output: &Output) -> Result<(), Failure> {
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
        let request = GetReceiptDetailsRequest {
            receipt: Some(arguments.receipt.into()),
            with_xml: false,
            purpose: arguments.purpose.unwrap_or_default().into(),
            operator: arguments.operator,
        };
        let details = receipts.get_receipt_details(request).await?.into_inner();
        proof.details = details.details;
    }
    if output.is_json() {
        output.show(&proof)
    } else {
        output.bytes(&ProofFile::from(proof).encode())
    }
}
