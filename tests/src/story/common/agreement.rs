//! One state everywhere.

use std::time::Duration;

use piaolian_proto::v1::GetStatusResponse;

use crate::story::{Failed, Stage, Who, client::Client, wait::until};

/// How long it may take until all nodes are seen at one height.
const AGREEMENT_TIMEOUT: Duration = Duration::from_secs(60);

pub(in crate::story) async fn play(stage: &mut Stage) -> Result<(), Failed> {
    let all: Vec<Who> = stage.network.homes().map(|home| home.who).collect();
    stage
        .report
        .begin(format!("All {} nodes hold the same state", all.len()));
    let clients = all.iter().map(|who| stage.network.client(*who));
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
                        .map_err(Failed::unanswered("a node"))?,
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
            let who = Who::of(&status.organisation).map_or("", Who::title);
            let root = hex::encode(&status.state_root);
            format!("{who:22} height {}  state root {root}", status.height)
        })
        .collect();
    stage
        .report
        .seen("equal state roots at one height", lines, equal)
}
