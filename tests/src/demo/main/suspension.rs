//! The hospital is suspended and resumed.

use crate::demo::{
    DemoError, Harness, Member,
    client::TokenRole,
    import::{Broken, Done, import},
    operator::AdminAction,
    rules,
};

const REASON: &str = "receipts under inspection";

pub(in crate::demo) async fn run(harness: &mut Harness) -> Result<(), DemoError> {
    harness.report.chapter("Suspension · 暂停");
    let hospital = harness.network.client(Member::Hospital)?;
    let finance = harness
        .network
        .client_as(Member::Finance, TokenRole::Admin)?;
    let file = harness.receipts.write_one(None)?;

    harness.report.begin("Finance suspends the hospital");
    let action = AdminAction::Suspend(Member::Hospital.id(), REASON);
    let signed = harness.network.sign(Member::Finance, &action)?;
    harness.report.accepted(finance.send(signed).await)?;

    harness
        .report
        .begin("The suspended hospital tries to issue");
    let naming = [Member::Hospital.id().to_string(), REASON.to_owned()];
    match import(hospital.clone(), vec![file.clone()], 1, Done::default()).await {
        Err(Broken::Call(status)) => {
            let answer: Result<(), _> = Err(status);
            harness
                .report
                .rejected(&hospital, rules::SUSPENDED, &naming, answer)
                .await?;
        }
        Err(Broken::File(failed)) => return Err(failed),
        Ok(mut imported) => {
            let refused = imported.refused.pop();
            harness
                .report
                .rejected_by(refused, imported.place, rules::SUSPENDED, &naming)?;
        }
    }

    harness.report.begin("Finance resumes the hospital");
    let action = AdminAction::Resume(Member::Hospital.id(), "inspection over");
    let signed = harness.network.sign(Member::Finance, &action)?;
    harness.report.accepted(finance.send(signed).await)?;

    harness
        .report
        .begin("The hospital imports the same file again");
    let imported = import(hospital, vec![file], 1, Done::default()).await?;
    let issued = imported.issued.len() == 1;
    harness
        .report
        .check_at("it is issued", [imported.counts()], imported.place, issued)
}
