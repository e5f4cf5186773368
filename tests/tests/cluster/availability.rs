//! Nodes that are down, late, new or no longer wanted.

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

/// The place of the organisation that is admitted later: a commercial insurer.
const NEWCOMER: usize = VALIDATORS;

/// How long a halted chain is watched: several heartbeats.
const HALTED: Duration = Duration::from_secs(6);

/// Blocks that a late node finds when it comes: more than one request brings.
const BLOCKS_BEFORE: u64 = 80;

#[test]
fn with_one_of_four_down_the_chain_goes_on_and_with_two_down_it_halts_until_one_returns() {
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
fn a_validator_that_starts_late_catches_up_and_takes_part() {
    let mut cluster = Cluster::found(NODE, "late-joiner", VALIDATORS);
    for place in 0..3 {
        cluster.start(place);
    }
    let mut load = Load::start(&cluster);
    cluster.wait_for_progress(BLOCKS_BEFORE, 3 * PATIENCE);

    cluster.start(3);
    cluster.wait_for_progress(1, PATIENCE);
    // Only with its vote is there a quorum from here on.
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

    // Before it is admitted it is a stranger.
    cluster.start(NEWCOMER);
    thread::sleep(Duration::from_secs(2));
    assert_eq!(cluster.height(NEWCOMER), 0);
    assert!(!is_connected(&cluster, NEWCOMER));

    let admit = transactions::admit(&network.chain_id, newcomer);
    let admit = Draft::new(&network.chain_id, finance, admit).purpose(finance, KeyPurpose::Admin);
    cluster.accept(0, &admit.sign());
    cluster.wait_for_progress(5, PATIENCE);
    assert!(is_connected(&cluster, NEWCOMER));

    // It forwards what its own clients submit, and hears the outcome.
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

    // It ends its own peer key, and is cut at the block that does.
    let (key_id, _) = newcomer.key(KeyPurpose::Peer).unwrap();
    let revoke = transactions::revoke(key_id);
    let revoke =
        Draft::new(&network.chain_id, newcomer, revoke).purpose(newcomer, KeyPurpose::Admin);
    let revoked = cluster.accept(0, &revoke.sign());
    cluster.until("the removed member to be cut", PATIENCE, |cluster| {
        (0..VALIDATORS)
            .all(|place| knows(cluster, place) == VALIDATORS - 1)
            .then_some(())
    });
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

/// Whether a node is connected to anyone.
fn is_connected(cluster: &Cluster, place: usize) -> bool {
    let status = cluster.status(place);
    status.peers.iter().any(|peer| peer.connected)
}

/// How many other members a node knows.
fn knows(cluster: &Cluster, place: usize) -> usize {
    cluster.status(place).peers.len()
}
