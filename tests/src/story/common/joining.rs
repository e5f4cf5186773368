//! An organisation comes later: finance admits it, and its own node follows.

use crate::story::{Failed, Stage, Who, client::TokenRole, display::capital, operator::Act};

/// Admits an organisation and starts its node.
pub(in crate::story) async fn play(stage: &mut Stage, who: Who) -> Result<(), Failed> {
    admit(stage, who).await?;
    follow(stage, who).await
}

async fn admit(stage: &mut Stage, who: Who) -> Result<(), Failed> {
    let name = who.presentation().name;
    stage.report.begin(format!(
        "{}, {name}, makes its keys; finance admits it",
        capital(who.title())
    ));
    stage.network.settle(who).await?;
    let act = Act::Admit(stage.network.home(who)?.entry());
    let signed = stage.network.sign(Who::Finance, &act)?;
    let finance = stage.network.client_as(Who::Finance, TokenRole::Admin)?;
    stage.report.accepted(finance.send(signed).await)?;
    Ok(())
}

async fn follow(stage: &mut Stage, who: Who) -> Result<(), Failed> {
    let tip = stage.network.status(Who::Finance).await?.height;
    stage.report.begin(format!(
        "The own node of {} starts, and follows",
        who.title()
    ));
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
