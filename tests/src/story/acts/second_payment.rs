//! The same receipt again: to the same payers, and to one that comes later.

use piaolian_contracts::types::Fen;

use super::reimbursement::{Case, EMPLOYERS_VOUCHER, INSURERS_VOUCHER};
use crate::story::{Failed, Stage, Who, client::TokenRole, display::receipt, operator::Act, rules};

pub(in crate::story) async fn play(stage: &mut Stage, case: &Case) -> Result<(), Failed> {
    stage.report.chapter("The same receipt again · 重复报销");
    for who in [Who::Insurer, Who::Employer] {
        present_again(stage, case, who).await?;
    }
    admit(stage).await?;
    follow(stage).await?;
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
        Who::Finance | Who::Hospital | Who::Employer | Who::SecondInsurer => {
            (Who::Employer, EMPLOYERS_VOUCHER, case.employers_fen)
        }
    };
    vec![
        receipt(&case.presented.receipt),
        payer.id().to_string(),
        voucher.to_owned(),
        Fen::new(fen).to_string(),
    ]
}

async fn admit(stage: &mut Stage) -> Result<(), Failed> {
    let who = Who::SecondInsurer;
    let name = who.presentation().name;
    stage.report.begin(format!(
        "A second insurer, {name}, makes its keys; finance admits it"
    ));
    stage.network.settle(who).await?;
    let act = Act::Admit(stage.network.home(who)?.entry());
    let signed = stage.network.sign(Who::Finance, &act)?;
    let finance = stage.network.client_as(Who::Finance, TokenRole::Admin)?;
    stage.report.accepted(finance.send(signed).await)?;
    Ok(())
}

async fn follow(stage: &mut Stage) -> Result<(), Failed> {
    let who = Who::SecondInsurer;
    let tip = stage.network.status(Who::Finance).await?.height;
    stage
        .report
        .begin("The second insurer's own node starts, and follows");
    stage.network.start(who)?;
    stage.network.wait_for_height(who, tip).await?;
    let status = stage.network.status(who).await?;
    let happened = format!(
        "at height {}, validator: {}",
        status.height, status.validator
    );
    stage.report.seen(
        &format!("it has the whole chain, up to height {tip}, and does not validate"),
        [happened],
        !status.validator,
    )
}

fn capital(title: &str) -> String {
    let mut letters = title.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}
