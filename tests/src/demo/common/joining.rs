//! An organisation joins later: finance admits it, and its node follows.

use crate::demo::{
    DemoError, Harness, Member, client::TokenRole, display::capital, operator::AdminAction,
};

/// Admits an organisation and starts its node.
pub(in crate::demo) async fn run(harness: &mut Harness, member: Member) -> Result<(), DemoError> {
    admit(harness, member).await?;
    follow(harness, member).await
}

async fn admit(harness: &mut Harness, member: Member) -> Result<(), DemoError> {
    let name = member.presentation().name;
    harness.report.begin(format!(
        "{}, {name}, makes its keys; finance admits it",
        capital(member.title())
    ));
    harness.network.prepare(member).await?;
    let action = AdminAction::Admit(harness.network.home(member)?.entry());
    let signed = harness.network.sign(Member::Finance, &action)?;
    let finance = harness
        .network
        .client_as(Member::Finance, TokenRole::Admin)?;
    harness.report.accepted(finance.send(signed).await)?;
    Ok(())
}

async fn follow(harness: &mut Harness, member: Member) -> Result<(), DemoError> {
    let tip = harness.network.status(Member::Finance).await?.height;
    harness.report.begin(format!(
        "The own node of {} starts, and follows",
        member.title()
    ));
    harness.network.start(member)?;
    harness.network.wait_for_height(member, tip).await?;
    let status = harness.network.status(member).await?;
    let happened = format!(
        "at height {}, validator: {}",
        status.height, status.validator
    );
    harness.report.check(
        &format!("it has the whole chain, up to height {tip}, and does not validate"),
        [happened],
        !status.validator,
    )
}
