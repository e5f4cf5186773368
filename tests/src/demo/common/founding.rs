//! The founding of a network.

use crate::demo::{DemoError, Harness, Member, Network};

pub(in crate::demo) async fn run(
    harness: &mut Harness,
    founders: &[Member],
) -> Result<(), DemoError> {
    let (network, report) = (&mut harness.network, &mut harness.report);
    report.chapter("Founding · 创立");
    let count = founders.len();

    report.begin("Each makes its own keys and entry; the entries become the founding document");
    network.found(founders).await?;
    let homes: Vec<String> = network
        .homes()
        .map(|home| {
            format!(
                "{}: {}",
                home.member.presentation().name,
                home.folder.display()
            )
        })
        .collect();
    let told = format!("{count} folders, one founding document");
    report.check(&told, homes, true)?;

    report.begin(format!(
        "{count} nodes start, find each other and agree on blocks"
    ));
    for member in founders {
        network.start(*member)?;
    }
    let mut statuses = Vec::new();
    for member in founders {
        let what = "to be connected to the others and to have a block";
        let status = network.wait_for(*member, what, |status| {
            let connected = status
                .peers
                .iter()
                .filter(|peer| peer.connected_since_ms > 0);
            connected.count() == count - 1 && status.height > 0
        });
        statuses.push(status.await?);
    }
    let first = &statuses[0];
    let same_genesis = statuses.iter().all(|status| {
        status.genesis_hash == first.genesis_hash
            && status.chain_id == Network::chain_id().as_str()
            && status.validator
    });
    let happened = format!(
        "chain {}, genesis {}, {count} validators, version {}",
        first.chain_id,
        hex::encode(&first.genesis_hash),
        first.version
    );
    report.check("one chain, each a validator", [happened], same_genesis)
}
