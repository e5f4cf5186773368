//! Nodes that are down, late, new or revoked.

use std::{thread, time::Duration};

use piaolian_contracts::organisations::KeyPurpose;
use piaolian_test_kit::{
    sample::HOSPITAL,
    transactions::{self, Draft},
};
use piaolian_tests::{
    cluster::{Checked, Cluster, PATIENCE},
    load::Load,
};

use crate::{FINANCE, NODE, VALIDATORS};

/// Place of the organisation that is admitted later, a commercial insurer.
const NEWCOMER: usize = VALIDATORS;

/// Time for which a halted chain is observed: several heartbeats.
const HALTED: Duration = Duration::from_secs(6);

/// Blocks that exist when a late node starts: more than one sync request returns.
const BLOCKS_BEFORE: u64 = 80;

#[test]
fn the_chain_continues_with_three_of_four_validators_and_halts_with_two() {
    let mut cluster = Cluster::start_all(NODE, "one-down-two-down", VALIDATORS);
    let mut load = Load::start(&cluster);
    let mut checked = Checked::default();
    cluster.wait_for_progress(2, PATIENCE);

    cluster.kill(3);
    cluster.wait_for_progress(8, PATIENCE);

    cluster.kill(2);
    thread::sleep(HALTED); // what was under way may still be decided
    let halted = cluster.highest();
    thread::sleep(HALTED);
    assert_eq!(cluster.highest(), halted, "two of four decided a block");

    cluster.start(3);
    cluster.wait_for_progress(5, PATIENCE);
    cluster.start(2);
    cluster.wait_for_progress(5, PATIENCE);
    load.stop();
    cluster.assert_one_chain(&mut checked);
    load.assert_nothing_lost(&mut cluster);
}

#[test]
fn a_validator_that_starts_late_catches_up_and_validates() {
    let mut cluster = Cluster::found(NODE, "late-joiner", VALIDATORS);
    for place in 0..3 {
        cluster.start(place);
    }
    let mut load = Load::start(&cluster);
    cluster.wait_for_progress(BLOCKS_BEFORE, 3 * PATIENCE);

    cluster.start(3);
    cluster.wait_for_progress(1, PATIENCE);
    // From here on a quorum needs its vote.
    cluster.kill(0);
    cluster.wait_for_progress(5, PATIENCE);
    cluster.start(0);
    cluster.wait_for_progress(1, PATIENCE);
    load.stop();
    cluster.assert_one_chain(&mut Checked::default());
    load.assert_nothing_lost(&mut cluster);
}

#[test]
fn an_admitted_organisation_follows_and_forwards_until_its_peer_key_is_revoked() {
    let mut cluster = Cluster::start_all(NODE, "follower", VALIDATORS);
    let network = cluster.network().clone();
    let finance = &network.founders[FINANCE];
    let newcomer = &network.founders[NEWCOMER];
    let mut load = Load::start(&cluster);
    cluster.wait_for_progress(20, PATIENCE);

    // Before its admission it is a stranger.
    cluster.start(NEWCOMER);
    thread::sleep(Duration::from_secs(2));
    assert_eq!(cluster.height(NEWCOMER), 0);
    assert!(!is_connected(&cluster, NEWCOMER));

    let admit = transactions::admit(&network.chain_id, newcomer);
    let admit = Draft::new(&network.chain_id, finance, admit).purpose(finance, KeyPurpose::Admin);
    cluster.accept(0, &admit.sign());
    cluster.wait_for_progress(5, PATIENCE);
    assert!(is_connected(&cluster, NEWCOMER));

    // It forwards its clients' transactions and learns the outcome.
    let hospital = &network.founders[HOSPITAL];
    let issue = transactions::issue("for-the-newcomer");
    let issued = cluster.accept(
        NEWCOMER,
        &Draft::new(&network.chain_id, hospital, issue).sign(),
    );
    let receipt = issued.items[0].receipt.clone().unwrap();
    let lock = transactions::lock(&receipt, "claim-1");
    let lock = Draft::new(&network.chain_id, newcomer, lock).sign();
    let locked = cluster.accept(NEWCOMER, &lock);
    assert!(locked.height > issued.height);
    cluster.assert_one_chain(&mut Checked::default());

    // It revokes its own peer key and is disconnected at that block.
    let (key_id, _) = newcomer.key(KeyPurpose::Peer).unwrap();
    let revoke = transactions::revoke(key_id);
    let revoke =
        Draft::new(&network.chain_id, newcomer, revoke).purpose(newcomer, KeyPurpose::Admin);
    let revoked = cluster.accept(0, &revoke.sign());
    cluster.until(
        "the removed member to be disconnected",
        PATIENCE,
        |cluster| {
            (0..VALIDATORS)
                .all(|place| knows(cluster, place) == VALIDATORS - 1)
                .then_some(())
        },
    );
    for place in 0..VALIDATORS {
        cluster.wait_for_height(place, revoked.height + 10, PATIENCE);
    }
    assert!(!is_connected(&cluster, NEWCOMER));
    assert!(cluster.height(NEWCOMER) <= revoked.height + 2);
    load.stop();
    cluster.stop(NEWCOMER);
    cluster.assert_one_chain(&mut Checked::default());
    load.assert_nothing_lost(&mut cluster);
}

/// Whether a node is connected to any peer.
fn is_connected(cluster: &Cluster, place: usize) -> bool {
    let status = cluster.status(place);
    status.peers.iter().any(|peer| peer.connected)
}

/// Number of other members that a node knows.
fn knows(cluster: &Cluster, place: usize) -> usize {
    cluster.status(place).peers.len()
}
