//! The same receipt is presented again to the same payers and to a later payer.

use piaolian_contracts::types::Fen;

use super::reimbursement::{Case, EMPLOYERS_VOUCHER, INSURERS_VOUCHER};
use crate::demo::{
    DemoError, Harness, Member,
    common::joining,
    display::{capital, receipt},
    rules,
};

pub(in crate::demo) async fn run(harness: &mut Harness, case: &Case) -> Result<(), DemoError> {
    harness.report.chapter("The same receipt again · 重复报销");
    for member in [Member::Insurer, Member::Employer] {
        present_again(harness, case, member).await?;
    }
    joining::run(harness, Member::SecondInsurer).await?;
    present_again(harness, case, Member::SecondInsurer).await
}

/// Checks that a rejection names the prior booking (payer, voucher and amount), the payer's own if it
/// has one.
async fn present_again(
    harness: &mut Harness,
    case: &Case,
    member: Member,
) -> Result<(), DemoError> {
    let client = harness.network.client(member)?;
    let naming = prior_booking(case, member);
    harness.report.begin(format!(
        "It is presented again to {}, which tries to lock it",
        member.title()
    ));
    let lock = client.lock(&case.presented, "AGAIN-1").await;
    harness
        .report
        .rejected(&client, rules::BOOKED, &naming, lock)
        .await?;
    harness
        .report
        .begin(format!("{} tries to book it", capital(member.title())));
    let booking = client
        .book(&case.presented, "AGAIN-1", case.employers_fen)
        .await;
    harness
        .report
        .rejected(&client, rules::BOOKED, &naming, booking)
        .await
}

/// Booking that a rejection of the reimbursed receipt names to `who`: its own, or the last one (the
/// employer's) if it booked nothing.
pub(super) fn prior_booking(case: &Case, member: Member) -> Vec<String> {
    let (payer, voucher, fen) = match member {
        Member::Insurer => (Member::Insurer, INSURERS_VOUCHER, case.insurers_fen),
        Member::Finance
        | Member::Hospital
        | Member::Employer
        | Member::SecondInsurer
        | Member::Police
        | Member::Bank
        | Member::Centre
        | Member::SecondBank => (Member::Employer, EMPLOYERS_VOUCHER, case.employers_fen),
    };
    vec![
        receipt(&case.presented.receipt),
        payer.id().to_string(),
        voucher.to_owned(),
        Fen::new(fen).to_string(),
    ]
}
