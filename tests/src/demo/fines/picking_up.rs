//! The payer picks up the receipt online with the decision number and a second factor.

use piaolian_proto::v1::{
    PickUpReceiptRequest, PickUpReceiptResponse, pick_up_receipt_request::Factor,
};
use tonic::{Code, Response, Status};

use super::Fine;
use crate::demo::{
    DemoError, Harness, Member,
    client::Client,
    display::{receipt, yuan},
};

pub(super) async fn run(harness: &mut Harness, fines: &[Fine]) -> Result<(), DemoError> {
    harness.report.chapter("Pick-up · 网上取票");
    harness.network.wait_until_level().await?;
    let police = harness.network.client(Member::Police)?;
    let fine = &fines[0];
    let payer = fine.details.payer_party.clone().unwrap_or_default();

    harness
        .report
        .begin("Somebody who knows the decision number alone guesses a name");
    let guess = Factor::PayerName("测试无名".to_owned());
    let answer = pick_up(&police, &fine.decision_number, guess).await;
    let status = answer.err();
    let refused = status
        .as_ref()
        .is_some_and(|status| status.code() == Code::NotFound);
    let said = status.map(|status| status.message().to_owned());
    harness.report.check(
        "the same answer as for an unknown decision",
        [said.unwrap_or_default()],
        refused,
    )?;

    harness
        .report
        .begin("The payer gives the end of the own identity number");
    let tail = payer.code[payer.code.len() - 4..].to_owned();
    let picked_up = pick_up(&police, &fine.decision_number, Factor::IdentityTail(tail)).await;
    let picked_up = picked_up.map_err(DemoError::no_answer("the pick-up"))?;
    let view = picked_up.receipt.clone().unwrap_or_default();
    let record = view.record.unwrap_or_default();
    let is_whole = record.agency == Member::Police.id().as_str()
        && record.issuer == Member::Centre.id().as_str()
        && record.total_fen == fine.amount_fen
        && picked_up.xml.contains(&payer.name);
    let id = record.receipt.unwrap_or_default();
    let happened = format!(
        "receipt {} over {}, check code {}, {} bytes of XML",
        receipt(&id),
        yuan(record.total_fen),
        picked_up.check_code,
        picked_up.xml.len()
    );
    harness.report.check(
        "the receipt, issued by the centre for the police, with its check code",
        [happened],
        is_whole,
    )
}

async fn pick_up(
    police: &Client,
    decision_number: &str,
    factor: Factor,
) -> Result<PickUpReceiptResponse, Status> {
    let request = PickUpReceiptRequest {
        decision_number: decision_number.to_owned(),
        factor: Some(factor),
    };
    let answer = police.payments().pick_up_receipt(request).await;
    answer.map(Response::into_inner)
}
