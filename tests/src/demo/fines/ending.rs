//! The fines scenario ends: every node has the same state, and the report lists commands to try.

use super::{Fine, REGION, account_day};
use crate::demo::{
    DemoError, Harness, Member,
    common::{agreement, commands},
    instructions::Commands,
};

pub(super) async fn run(harness: &mut Harness, fines: &[Fine]) -> Result<(), DemoError> {
    harness.report.chapter("What is left · 全程留痕");
    agreement::run(harness).await?;
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
        Commands::of(&harness.network, Member::Finance, finances)?,
        Commands::of(&harness.network, Member::Police, polices)?,
    ];
    commands::run(harness, commands)
}
