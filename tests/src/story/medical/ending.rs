//! One state everywhere, and commands to try.

use super::CLAIM;
use crate::story::{
    Failed, Stage, Who,
    client::Presented,
    common::{agreement, trying},
    display::receipt,
    farewell::Commands,
};

pub(super) async fn play(stage: &mut Stage, stays: &[Presented]) -> Result<(), Failed> {
    stage.report.chapter("What is left · 全程留痕");
    agreement::play(stage).await?;
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
        format!("piaolian claim list --insurer {}", Who::Insurer.id()),
    ];
    let commands = vec![
        Commands::of(&stage.network, Who::Insurer, insurers)?,
        Commands::of(&stage.network, Who::Finance, finances)?,
    ];
    trying::play(stage, commands)
}
