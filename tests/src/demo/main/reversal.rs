//! Reversal (冲红): a booked receipt is never reversed, and a reversed receipt is never booked.

use piaolian_proto::v1::ReceiptStatus;

use super::{
    reimbursement::{Case, EMPLOYERS_VOUCHER, INSURERS_VOUCHER},
    second_payment::prior_booking,
};
use crate::demo::{DemoError, Harness, Member, display::receipt, rules};

const REASON: &str = "settled under the wrong insurance";

pub(in crate::demo) async fn run(harness: &mut Harness, case: &Case) -> Result<(), DemoError> {
    let hospital = harness.network.client(Member::Hospital)?;
    let insurer = harness.network.client(Member::Insurer)?;
    let employer = harness.network.client(Member::Employer)?;
    let report = &mut harness.report;
    let original = &case.presented.receipt;
    report.chapter("Reversal · 冲红");

    report.begin("The hospital tries to reverse the booked receipt");
    let reversal = hospital.reverse(original, "CH-1", REASON).await;
    let naming = prior_booking(case, Member::Hospital);
    report
        .rejected(&hospital, rules::BOOKED, &naming, reversal)
        .await?;

    for (payer, client, voucher) in [
        (Member::Insurer, &insurer, INSURERS_VOUCHER),
        (Member::Employer, &employer, EMPLOYERS_VOUCHER),
    ] {
        report.begin(format!("The booking of {} is taken back", payer.title()));
        report.accepted(client.unbook(original, voucher, REASON).await)?;
    }

    report.begin("Now the hospital reverses it");
    let reversal = report.accepted(hospital.reverse(original, "CH-1", REASON).await)?;
    let reversal = reversal
        .reversal
        .ok_or_else(|| DemoError::missing("reversal receipt"))?;

    harness.network.wait_until_level().await?;
    report.begin("Both receipts tell of each other");
    let view = insurer.receipt(original).await?;
    let red = insurer.receipt(&reversal).await?;
    let linked = view.record.unwrap_or_default().reversed_by.as_ref() == Some(&reversal)
        && red.record.clone().unwrap_or_default().reverses.as_ref() == Some(original);
    let total = red.record.unwrap_or_default().total_fen;
    let happened = format!(
        "{} is reversed by {}, over {}",
        receipt(original),
        receipt(&reversal),
        crate::demo::display::yuan(total)
    );
    report.check(
        "linked both ways, amounts negated",
        [happened],
        linked
            && total == -case.presented.total_fen
            && view.status == ReceiptStatus::Reversed as i32,
    )?;

    report.begin("The insurer tries to book the reversed receipt");
    let naming = [receipt(original), receipt(&reversal)];
    let booking = insurer
        .book(&case.presented, "YB-2026-0002", case.insurers_fen)
        .await;
    report
        .rejected(&insurer, rules::REVERSED, &naming, booking)
        .await
}
