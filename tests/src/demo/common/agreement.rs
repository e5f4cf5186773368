//! Checks that all nodes have the same state.

use std::time::Duration;

use piaolian_proto::v1::GetStatusResponse;

use crate::demo::{DemoError, Harness, Member, client::Client, wait::until};

/// Time limit for all nodes to be at the same height.
const AGREEMENT_TIMEOUT: Duration = Duration::from_secs(60);

pub(in crate::demo) async fn run(harness: &mut Harness) -> Result<(), DemoError> {
    let all: Vec<Member> = harness.network.homes().map(|home| home.member).collect();
    harness
        .report
        .begin(format!("All {} nodes hold the same state", all.len()));
    let clients = all.iter().map(|member| harness.network.client(*member));
    let clients: Vec<Client> = clients.collect::<Result<_, _>>()?;
    let statuses = until(
        "all nodes to be at one height",
        AGREEMENT_TIMEOUT,
        async || {
            let mut statuses: Vec<GetStatusResponse> = Vec::new();
            for client in &clients {
                statuses.push(
                    client
                        .status()
                        .await
                        .map_err(DemoError::no_answer("a node"))?,
                );
            }
            let height = statuses[0].height;
            Ok(statuses
                .iter()
                .all(|status| status.height == height)
                .then_some(statuses))
        },
    )
    .await?;
    let first = &statuses[0];
    let equal = statuses.iter().all(|status| {
        status.state_root == first.state_root && status.block_hash == first.block_hash
    });
    let lines: Vec<String> = statuses
        .iter()
        .map(|status| {
            let member = Member::of(&status.organisation).map_or("", Member::title);
            let root = hex::encode(&status.state_root);
            format!("{member:22} height {}  state root {root}", status.height)
        })
        .collect();
    harness
        .report
        .check("equal state roots at one height", lines, equal)
}
