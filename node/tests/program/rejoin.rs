//! A node that is restored from an old backup: it keeps silent, and then validates again by itself.

use std::time::{Duration, Instant};

use piaolian_consensus::double_sign::{LastSignState, Position, Step};
use tonic::Code;

use crate::nodes::{Node, running, until};

/// Between passing the last signed height and running again: far below what any part may take to end.
const REJOIN_TIME: Duration = Duration::from_secs(5);

/// Writes into a node's last signed state that it has signed at `height`.
fn sign_ahead(node: &Node, height: u64) {
    let mut last_signed = LastSignState::open(&node.folder.join("keys/signer.mark"))
        .unwrap()
        .unwrap();
    let position = Position {
        height,
        round: 0,
        step: Step::Precommit,
    };
    last_signed
        .sign(position, None, b"signed after the backup", |_| [1; 64])
        .unwrap();
}

#[test]
fn a_restored_validator_starts_again_by_itself_while_clients_hold_on() {
    let folder = tempfile::tempdir().unwrap();
    let (finance, mut employer) = running(folder.path());
    let took = employer.stop();
    assert!(took < REJOIN_TIME, "stopping took {took:?}");

    sign_ahead(&employer, finance.height().unwrap() + 4);
    employer.start();
    until("the node to answer", || employer.height());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut events = runtime.block_on(employer.subscribe());
    until("the last signed height to be passed", || {
        let told = "chain has passed the last signed height";
        employer.log().contains(told).then_some(())
    });
    let passed = Instant::now();
    let height = finance.height().unwrap();
    employer.wait_for_height(height);
    let took = passed.elapsed();
    assert!(took < REJOIN_TIME, "starting again took {took:?}");

    // The client that held on was told to come again.
    let left = runtime.block_on(async {
        loop {
            match events.message().await {
                Ok(Some(_)) => {}
                end => break end,
            }
        }
    });
    assert_eq!(left.unwrap_err().code(), Code::Unavailable);
    let log = employer.log();
    assert!(!log.contains("did not end in time"), "{log}");
    assert!(!log.contains("a call still holds"), "{log}");
    employer.wait_for_height(height + 2);
}
