//! The same receipt again: to the same payers, and to one that comes later.

use piaolian_contracts::types::Fen;

use super::reimbursement::{Case, EMPLOYERS_VOUCHER, INSURERS_VOUCHER};
use crate::story::{
    Failed, Stage, Who,
    common::joining,
    display::{capital, receipt},
    rules,
};

pub(in crate::story) async fn play(stage: &mut Stage, case: &Case) -> Result<(), Failed> {
    stage.report.chapter("The same receipt again · 重复报销");
    for who in [Who::Insurer, Who::Employer] {
        present_again(stage, case, who).await?;
    }
    joining::play(stage, Who::SecondInsurer).await?;
    present_again(stage, case, Who::SecondInsurer).await
}

/// Refused with the prior booking, its own where it has one: who, which voucher, how much.
async fn present_again(stage: &mut Stage, case: &Case, who: Who) -> Result<(), Failed> {
    let client = stage.network.client(who)?;
    let naming = prior_booking(case, who);
    stage.report.begin(format!(
        "It is presented again to {}, which tries to lock it",
        who.title()
    ));
    let lock = client.lock(&case.presented, "AGAIN-1").await;
    stage
        .report
        .refused(&client, rules::BOOKED, &naming, lock)
        .await?;
    stage
        .report
        .begin(format!("{} tries to book it", capital(who.title())));
    let booking = client
        .book(&case.presented, "AGAIN-1", case.employers_fen)
        .await;
    stage
        .report
        .refused(&client, rules::BOOKED, &naming, booking)
        .await
}

/// What a refusal of the reimbursed receipt names to `who`: its own booking, and the
/// last, the employer's, to those who booked nothing.
pub(super) fn prior_booking(case: &Case, who: Who) -> Vec<String> {
    let (payer, voucher, fen) = match who {
        Who::Insurer => (Who::Insurer, INSURERS_VOUCHER, case.insurers_fen),
        Who::Finance
        | Who::Hospital
        | Who::Employer
        | Who::SecondInsurer
        | Who::Police
        | Who::Bank
        | Who::Centre
        | Who::SecondBank => (Who::Employer, EMPLOYERS_VOUCHER, case.employers_fen),
    };
    vec![
        receipt(&case.presented.receipt),
        payer.id().to_string(),
        voucher.to_owned(),
        Fen::new(fen).to_string(),
    ]
}
