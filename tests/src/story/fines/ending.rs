//! One state everywhere, and commands to try.

use super::{Fine, REGION, account_day};
use crate::story::{
    Failed, Stage, Who,
    common::{agreement, trying},
    farewell::Commands,
};

pub(super) async fn play(stage: &mut Stage, fines: &[Fine]) -> Result<(), Failed> {
    stage.report.chapter("What is left · 全程留痕");
    agreement::play(stage).await?;
    let fine = &fines[1];
    let payer = fine.details.payer_party.clone().unwrap_or_default();
    let day = account_day();
    let finances = vec![
        "piaolian status".to_owned(),
        format!("piaolian query notice {}", fine.decision_number),
        format!("piaolian query reconciliation {day} {REGION}"),
        format!("piaolian query mismatches {day} {REGION}"),
        format!("piaolian query allocations {day} {REGION}"),
    ];
    let polices = vec![format!(
        "piaolian query pick-up {} --name {}",
        fine.decision_number, payer.name
    )];
    let commands = vec![
        Commands::of(&stage.network, Who::Finance, finances)?,
        Commands::of(&stage.network, Who::Police, polices)?,
    ];
    trying::play(stage, commands)
}
