//! The medical scenario ends: every node has the same state, and the report lists commands to try.

use super::CLAIM;
use crate::demo::{
    DemoError, Harness, Member,
    client::Presented,
    common::{agreement, commands},
    display::receipt,
    instructions::Commands,
};

pub(super) async fn run(harness: &mut Harness, stays: &[Presented]) -> Result<(), DemoError> {
    harness.report.chapter("What is left · 全程留痕");
    agreement::run(harness).await?;
    let told = receipt(&stays[0].receipt);
    let insurers = vec![
        "piaolian node status".to_owned(),
        format!("piaolian claim show {CLAIM}"),
        "piaolian policy list".to_owned(),
        format!("piaolian access list {told}"),
        format!("piaolian receipt history {told}"),
    ];
    let finances = vec![
        format!("piaolian receipt show {told}"),
        format!("piaolian claim list --insurer {}", Member::Insurer.id()),
    ];
    let commands = vec![
        Commands::of(&harness.network, Member::Insurer, insurers)?,
        Commands::of(&harness.network, Member::Finance, finances)?,
    ];
    commands::run(harness, commands)
}
