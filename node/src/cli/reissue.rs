//! `piaolian receipt reissue`: a receipt reversed, and another issued in its place.

use std::path::PathBuf;

use clap::Args;
use piaolian_proto::v1::{
    CallOptions, NewReissue, ReissueReceiptRequest, reissue_receipt_request::Form,
};

use super::{
    Failure,
    connection::NodeArguments,
    files,
    generated::ReceiptArgument,
    output::Output,
    text,
    verb::{Verb, wait_for},
};

#[derive(Debug, Args)]
struct Arguments {
    /// The receipt to reissue.
    #[arg(value_name = "CODE-NUMBER")]
    original: ReceiptArgument,
    /// National XML of the new receipt, with a business number of its own.
    #[arg(value_name = "FILE")]
    xml: PathBuf,
    /// The issuer's business number of the reversal.
    #[arg(long)]
    business_number: String,
    /// The reason, which goes on chain: no personal data.
    #[arg(long)]
    reason: String,
    /// 经办: the operator's login or staff number, never an identity number. It goes on chain.
    #[arg(long, default_value = "")]
    operator: String,
    #[command(flatten)]
    node: NodeArguments,
}

pub(super) fn verb() -> Verb {
    Verb::of(
        "receipt reissue",
        "Reissues a receipt (冲红重开), for example after a partial refund: reverses it and issues a new one for less in \
         its place, from national XML. Bookings are carried to the new receipt.",
        &[
            "piaolian receipt reissue 11010125-0000000042 refunded.xml --business-number R-42 --reason 'drugs returned'",
        ],
        |arguments, output| wait_for(run(arguments, output)),
    )
}

async fn run(arguments: Arguments, output: &Output) -> Result<(), Failure> {
    let bytes = files::read(&arguments.xml)?;
    let xml = String::from_utf8(bytes)
        .map_err(|_| Failure::Usage(format!("{} is not UTF-8", arguments.xml.display())))?;
    let request = ReissueReceiptRequest {
        form: Some(Form::Reissue(NewReissue {
            original: Some(arguments.original.into()),
            business_number: arguments.business_number,
            reason: arguments.reason,
            xml,
        })),
        options: Some(CallOptions {
            operator: arguments.operator,
            ..CallOptions::default()
        }),
    };
    let node = arguments.node.connect().await?;
    let answer = node.receipts().reissue_receipt(request).await?.into_inner();
    if output.is_json() {
        return output.show(&answer);
    }
    let receipt = |id: Option<&_>| id.map(text::receipt).unwrap_or_default();
    output.text(&format!(
        "reversal {}  new receipt {}  check code {}",
        receipt(answer.reversal.as_ref()),
        receipt(answer.replacement.as_ref()),
        answer.check_code
    ))
}
