//! Who may read the fee list: whom the patient authorised, and finance, and nobody else.

use piaolian_details::Details;
use piaolian_proto::v1::{GetReceiptDetailsRequest, GetReceiptDetailsResponse, GrantPurpose};
use tonic::Status;

use crate::story::{
    Failed, Stage, Who,
    client::{Client, Presented, reasons},
    display::{capital, receipt, yuan},
    rules,
};

pub(super) async fn play(stage: &mut Stage, stays: &[Presented]) -> Result<(), Failed> {
    stage.report.chapter("Reading · 授权查看明细");
    let stay = &stays[0];
    for (who, purpose) in [
        (Who::Insurer, GrantPurpose::Claim),
        (Who::Finance, GrantPurpose::Unspecified),
    ] {
        stage.report.begin(format!(
            "{} opens the fee list of {} on its own node",
            capital(who.title()),
            receipt(&stay.receipt)
        ));
        let client = stage.network.client(who)?;
        let answer = open(&client, stay, purpose).await;
        let answer = answer.map_err(Failed::unanswered("the details"))?;
        let (line, as_told) = fee_list(answer, stay)?;
        stage
            .report
            .seen("the details that were committed to", [line], as_told)?;
    }

    let bank = stage.network.client(Who::Bank)?;
    for (purpose, told) in [
        (GrantPurpose::Claim, rules::NOT_AUTHORISED.code),
        (GrantPurpose::Unspecified, rules::NOT_ENCRYPTED_FOR_US),
    ] {
        stage.report.begin(match purpose {
            GrantPurpose::Claim => "The bank asks its node for the same, for a claim",
            _ => "The bank asks without naming a purpose",
        });
        let refusal = open(&bank, stay, purpose).await.err();
        let reason = refusal.and_then(|status| reasons(&status).into_iter().next());
        let lines = reason
            .iter()
            .map(|reason| format!("{}: {}", reason.code, reason.message_en));
        let as_told = reason.as_ref().is_some_and(|reason| reason.code == told);
        stage
            .report
            .seen("refused", lines.collect::<Vec<_>>(), as_told)?;
    }
    Ok(())
}

async fn open(
    client: &Client,
    stay: &Presented,
    purpose: GrantPurpose,
) -> Result<GetReceiptDetailsResponse, Status> {
    let request = GetReceiptDetailsRequest {
        receipt: Some(stay.receipt.clone()),
        with_xml: false,
        purpose: purpose.into(),
        operator: String::new(),
    };
    let answer = client.receipts().get_receipt_details(request).await?;
    Ok(answer.into_inner())
}

/// What the fee list says, and whether it is the receipt's.
fn fee_list(answer: GetReceiptDetailsResponse, stay: &Presented) -> Result<(String, bool), Failed> {
    let details = Details::decode(answer.details);
    let details = details.map_err(|_| Failed::absent("fee list"))?;
    let lines = details.message().lines.len();
    let sum = details
        .message()
        .items
        .iter()
        .map(|item| item.amount_fen)
        .sum::<i64>();
    let is_committed = details.commitment().as_bytes()[..] == answer.details_commitment[..];
    let line = format!("{lines} fee lines, together {}", yuan(sum));
    Ok((line, is_committed && lines > 0 && sum == stay.total_fen))
}
