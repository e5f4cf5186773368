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
        "piaolian node status".to_owned(),
        format!("piaolian notice show {}", fine.decision_number),
        format!("piaolian payment reconciliation --day {day} --region {REGION}"),
        format!("piaolian payment mismatches --day {day} --region {REGION}"),
        format!("piaolian payment allocations --day {day} --region {REGION}"),
    ];
    let polices = vec![format!(
        "echo '{{\"decisionNumber\": \"{}\", \"payerName\": \"{}\"}}' | piaolian receipt pick-up --file -",
        fine.decision_number, payer.name
    )];
    let commands = vec![
        Commands::of(&stage.network, Who::Finance, finances)?,
        Commands::of(&stage.network, Who::Police, polices)?,
    ];
    trying::play(stage, commands)
}
