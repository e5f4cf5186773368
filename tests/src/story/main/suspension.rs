//! The hospital is suspended, and resumed.

use crate::story::{
    Failed, Stage, Who,
    client::TokenRole,
    import::{Broken, Done, import},
    operator::Act,
    rules,
};

const REASON: &str = "receipts under inspection";

pub(in crate::story) async fn play(stage: &mut Stage) -> Result<(), Failed> {
    stage.report.chapter("Suspension · 暂停");
    let hospital = stage.network.client(Who::Hospital)?;
    let finance = stage.network.client_as(Who::Finance, TokenRole::Admin)?;
    let file = stage.receipts.write_one(None)?;

    stage.report.begin("Finance suspends the hospital");
    let act = Act::Suspend(Who::Hospital.id(), REASON);
    let signed = stage.network.sign(Who::Finance, &act)?;
    stage.report.accepted(finance.send(signed).await)?;

    stage.report.begin("The suspended hospital tries to issue");
    let naming = [Who::Hospital.id().to_string(), REASON.to_owned()];
    match import(hospital.clone(), vec![file.clone()], 1, Done::default()).await {
        Err(Broken::Call(status)) => {
            let answer: Result<(), _> = Err(status);
            stage
                .report
                .refused(&hospital, rules::SUSPENDED, &naming, answer)
                .await?;
        }
        Err(Broken::File(failed)) => return Err(failed),
        Ok(mut imported) => {
            let refused = imported.refused.pop();
            stage
                .report
                .refused_by(refused, imported.place, rules::SUSPENDED, &naming)?;
        }
    }

    stage.report.begin("Finance resumes the hospital");
    let act = Act::Resume(Who::Hospital.id(), "inspection over");
    let signed = stage.network.sign(Who::Finance, &act)?;
    stage.report.accepted(finance.send(signed).await)?;

    stage
        .report
        .begin("The hospital imports the same file again");
    let imported = import(hospital, vec![file], 1, Done::default()).await?;
    let issued = imported.issued.len() == 1;
    stage
        .report
        .seen_at("it is issued", [imported.counts()], imported.place, issued)
}
