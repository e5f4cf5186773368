//! Only the patient's authorised payer and finance can read the fee list.

use piaolian_details::Details;
use piaolian_proto::v1::{GetReceiptDetailsRequest, GetReceiptDetailsResponse, GrantPurpose};
use tonic::Status;

use crate::demo::{
    DemoError, Harness, Member,
    client::{Client, Presented, reasons},
    display::{capital, receipt, yuan},
    rules,
};

pub(super) async fn run(harness: &mut Harness, stays: &[Presented]) -> Result<(), DemoError> {
    harness.report.chapter("Reading · 授权查看明细");
    let stay = &stays[0];
    for (member, purpose) in [
        (Member::Insurer, GrantPurpose::Claim),
        (Member::Finance, GrantPurpose::Unspecified),
    ] {
        harness.report.begin(format!(
            "{} opens the fee list of {} on its own node",
            capital(member.title()),
            receipt(&stay.receipt)
        ));
        let client = harness.network.client(member)?;
        let answer = open(&client, stay, purpose).await;
        let answer = answer.map_err(DemoError::no_answer("the details"))?;
        let (line, as_told) = fee_list(answer, stay)?;
        harness
            .report
            .check("the details that were committed to", [line], as_told)?;
    }

    let bank = harness.network.client(Member::Bank)?;
    for (purpose, told) in [
        (GrantPurpose::Claim, rules::NOT_AUTHORISED.code),
        (GrantPurpose::Unspecified, rules::NOT_ENCRYPTED_FOR_US),
    ] {
        harness.report.begin(match purpose {
            GrantPurpose::Claim => "The bank asks its node for the same, for a claim",
            _ => "The bank asks without naming a purpose",
        });
        let refusal = open(&bank, stay, purpose).await.err();
        let reason = refusal.and_then(|status| reasons(&status).into_iter().next());
        let lines = reason
            .iter()
            .map(|reason| format!("{}: {}", reason.code, reason.message_en));
        let as_told = reason.as_ref().is_some_and(|reason| reason.code == told);
        harness
            .report
            .check("refused", lines.collect::<Vec<_>>(), as_told)?;
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

/// Description of the fee list, and whether it matches the receipt.
fn fee_list(
    answer: GetReceiptDetailsResponse,
    stay: &Presented,
) -> Result<(String, bool), DemoError> {
    let details = Details::decode(answer.details);
    let details = details.map_err(|_| DemoError::missing("fee list"))?;
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
