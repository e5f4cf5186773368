//! Validators and keys that change while the network runs.

use std::{thread, time::Duration};

use libp2p::PeerId;
use piaolian_contracts::{
    chain::{Address, PublicKey},
    organisations::KeyPurpose,
};
use piaolian_genesis::KeyPair;
use piaolian_proto::v1::transaction_body::Action;
use piaolian_test_kit::{
    sample::HOSPITAL,
    transactions::{self, Draft, next_key},
};
use piaolian_tests::{
    cluster::{Checked, Cluster, PATIENCE},
    control::{Block, Committed},
    load::Load,
};

use crate::{FINANCE, NODE, VALIDATORS};

/// Place of the organisation that becomes a validator.
const NEWCOMER: usize = VALIDATORS;
/// Place of the validator that is removed.
const LEAVER: usize = VALIDATORS - 1;
/// Numbers of a sample organisation's validate key and peer key, and of the first key that it adds.
const VALIDATE_KEY: u32 = 3;
const PEER_KEY: u32 = 4;
const ADDED_KEY: u32 = 6;
/// Heights until a change: more than pass under load while three governors agree.
const HEIGHTS_AHEAD: u64 = 120;
/// Heights after a change: enough for each validator to propose more than once.
const HEIGHTS_AFTER: u64 = 16;
/// Longest wait for a change, which may be two minutes of blocks ahead.
const CHANGE_PATIENCE: Duration = Duration::from_secs(150);
/// Time given to a node that must not be able to connect.
const TRYING: Duration = Duration::from_secs(3);

/// Submits an organisation's action signed with its admin key; it must be accepted.
fn administer(cluster: &Cluster, place: usize, action: Action) -> Committed {
    let network = cluster.network();
    let founder = &network.founders[place];
    let draft = Draft::new(&network.chain_id, founder, action);
    cluster.accept(FINANCE, &draft.purpose(founder, KeyPurpose::Admin).sign())
}

/// Lets three of the four governors agree on the validators from `height` on.
fn agree(cluster: &Cluster, height: u64, validators: &[usize]) {
    let network = cluster.network();
    let named: Vec<_> = validators
        .iter()
        .map(|place| {
            let key = (*place == NEWCOMER).then_some(VALIDATE_KEY);
            (network.organisation(*place), key)
        })
        .collect();
    administer(
        cluster,
        FINANCE,
        transactions::propose_validators(height, &named),
    );
    for governor in [1, 2] {
        let voted = administer(cluster, governor, transactions::vote_for(1));
        assert!(voted.height + 2 <= height, "agreed too late: {voted:?}");
    }
}

fn address(key: &KeyPair) -> Address {
    key.public_key().address()
}

fn founding_address(cluster: &Cluster, place: usize) -> Address {
    let (_, key) = cluster.network().founders[place]
        .key(KeyPurpose::Validate)
        .unwrap();
    address(key)
}

/// Proposers of the blocks from `height` on and of those before.
fn proposers(blocks: &[Block], height: u64) -> (Vec<&str>, Vec<&str>) {
    let named = |wanted: fn(u64, u64) -> bool| {
        let blocks = blocks
            .iter()
            .filter(move |block| wanted(block.height, height));
        blocks.map(|block| block.proposer.as_str()).collect()
    };
    (
        named(|at, height| at >= height),
        named(|at, height| at < height),
    )
}

/// Checks that each header names the validators of the next one and that they change only at `height`.
fn assert_handed_over(blocks: &[Block], height: u64) {
    for pair in blocks.windows(2) {
        let (block, next) = (&pair[0], &pair[1]);
        assert_eq!(
            block.next_validators, next.validators,
            "height {}",
            next.height
        );
        let changes = block.validators != next.validators;
        assert_eq!(changes, next.height == height, "height {}", next.height);
    }
}

/// Checks that all nodes have one chain with everything that the load submitted, and that its validators change only at
/// `height`. Returns the chain.
fn check_change(cluster: &mut Cluster, load: &mut Load, height: u64) -> Checked {
    let mut checked = Checked::default();
    cluster.assert_one_chain(&mut checked);
    load.assert_nothing_lost(cluster);
    assert_handed_over(checked.blocks(), height);
    checked
}

#[test]
fn a_validator_joins_and_another_leaves_while_a_third_is_killed() {
    let mut cluster = Cluster::start_all(NODE, "validators-change", VALIDATORS);
    let network = cluster.network().clone();
    let admission = transactions::admit(&network.chain_id, &network.founders[NEWCOMER]);
    let admitted = administer(&cluster, FINANCE, admission);
    cluster.start(NEWCOMER);
    cluster.wait_for_height(NEWCOMER, admitted.height, PATIENCE);

    let mut load = Load::start(&cluster);
    let height = cluster.height(FINANCE) + HEIGHTS_AHEAD;
    agree(&cluster, height, &[0, 1, 2, NEWCOMER]);
    cluster.tell(format_args!("validators change at height {height}"));
    // One of the remaining validators is killed before the change and restarted after it; meanwhile a quorum needs the
    // new validator.
    cluster.wait_for_height(FINANCE, height - 10, CHANGE_PATIENCE);
    cluster.kill(HOSPITAL);
    for place in [NEWCOMER, LEAVER] {
        cluster.wait_for_rejoin(place, CHANGE_PATIENCE);
    }
    cluster.wait_for_height(FINANCE, height + HEIGHTS_AFTER, CHANGE_PATIENCE);
    cluster.start(HOSPITAL);
    cluster.wait_for_progress(HEIGHTS_AFTER, CHANGE_PATIENCE);
    load.stop();

    let checked = check_change(&mut cluster, &mut load, height);
    let (after, before) = proposers(checked.blocks(), height);
    let newcomer = founding_address(&cluster, NEWCOMER).to_string();
    let leaver = founding_address(&cluster, LEAVER).to_string();
    assert!(after.contains(&newcomer.as_str()) && !before.contains(&newcomer.as_str()));
    assert!(before.contains(&leaver.as_str()) && !after.contains(&leaver.as_str()));

    let validators = |place: usize| {
        let peers = cluster.status(place).peers.into_iter();
        let validating = peers.filter(|peer| peer.validator && peer.connected);
        validating.map(|peer| peer.organisation).collect::<Vec<_>>()
    };
    let seen = validators(FINANCE);
    assert!(
        seen.contains(&network.organisation(NEWCOMER).to_string()),
        "{seen:?}"
    );
    assert!(
        !seen.contains(&network.organisation(LEAVER).to_string()),
        "{seen:?}"
    );
}

#[test]
fn a_validator_rotates_its_key_while_the_others_keep_running() {
    let mut cluster = Cluster::start_all(NODE, "key-rotates", VALIDATORS);
    let network = cluster.network().clone();
    let next = next_key(HOSPITAL, network.seed, KeyPurpose::Validate).unwrap();
    let organisation = network.organisation(HOSPITAL);
    let added = transactions::add_key(&network.chain_id, &organisation, &next);
    administer(&cluster, HOSPITAL, added);

    let mut load = Load::start(&cluster);
    let height = cluster.height(FINANCE) + HEIGHTS_AHEAD;
    let rotation = transactions::rotate(VALIDATE_KEY, ADDED_KEY, height);
    administer(&cluster, HOSPITAL, rotation);
    cluster.wait_for_rejoin(HOSPITAL, CHANGE_PATIENCE);
    cluster.wait_for_progress(HEIGHTS_AFTER, CHANGE_PATIENCE);
    administer(&cluster, HOSPITAL, transactions::revoke(VALIDATE_KEY));
    // It validates again after a kill.
    cluster.kill(HOSPITAL);
    cluster.start(HOSPITAL);
    cluster.wait_for_progress(HEIGHTS_AFTER, CHANGE_PATIENCE);
    load.stop();

    let checked = check_change(&mut cluster, &mut load, height);
    let (after, before) = proposers(checked.blocks(), height);
    let (old, new) = (
        founding_address(&cluster, HOSPITAL).to_string(),
        address(&next).to_string(),
    );
    assert!(before.contains(&old.as_str()) && !after.contains(&old.as_str()));
    assert!(after.contains(&new.as_str()) && !before.contains(&new.as_str()));
    for place in (0..VALIDATORS).filter(|place| *place != HOSPITAL) {
        assert_eq!(cluster.connection(place).runs(), 1, "node {place}");
    }
}

fn peer_id(key: &PublicKey) -> String {
    let key = libp2p::identity::ed25519::PublicKey::try_from_bytes(key.as_bytes()).unwrap();
    PeerId::from(libp2p::identity::PublicKey::from(key)).to_string()
}

/// The peer ids by which a node is connected to an organisation.
fn connected_as(cluster: &Cluster, place: usize, organisation: &str) -> Vec<String> {
    let peers = cluster.status(place).peers.into_iter();
    let own = peers.filter(|peer| peer.connected && peer.organisation == organisation);
    own.map(|peer| peer.peer_id).collect()
}

#[test]
fn a_node_connects_with_either_peer_key_but_not_with_a_revoked_one() {
    let mut cluster = Cluster::start_all(NODE, "peer-key-rotates", VALIDATORS);
    let network = cluster.network().clone();
    let organisation = network.organisation(HOSPITAL);
    let name = organisation.to_string();
    let next = next_key(HOSPITAL, network.seed, KeyPurpose::Peer).unwrap();
    let added = transactions::add_key(&network.chain_id, &organisation, &next);
    let added = administer(&cluster, HOSPITAL, added);
    cluster.wait_for_height(HOSPITAL, added.height, PATIENCE);
    cluster.until(
        "the hospital to connect with its first key",
        PATIENCE,
        |cluster| (connected_as(cluster, FINANCE, &name).len() == 1).then_some(()),
    );

    cluster.stop(HOSPITAL);
    cluster.use_next_peer_key(HOSPITAL, true);
    cluster.start(HOSPITAL);
    let expected = vec![peer_id(next.public_key())];
    cluster.until("the hospital to connect", PATIENCE, |cluster| {
        (connected_as(cluster, FINANCE, &name) == expected).then_some(())
    });
    cluster.wait_for_progress(3, PATIENCE);

    let revoked = administer(&cluster, HOSPITAL, transactions::revoke(PEER_KEY));
    cluster.wait_for_height(HOSPITAL, revoked.height + 1, PATIENCE);
    assert_eq!(connected_as(&cluster, FINANCE, &name), expected);
    cluster.stop(HOSPITAL);
    cluster.use_next_peer_key(HOSPITAL, false);
    cluster.start(HOSPITAL);
    thread::sleep(TRYING);
    for place in (0..VALIDATORS).filter(|place| *place != HOSPITAL) {
        assert!(
            connected_as(&cluster, place, &name).is_empty(),
            "node {place}"
        );
    }
    let left_behind = cluster.height(HOSPITAL);
    cluster.wait_for_height(FINANCE, left_behind + 3, PATIENCE);
    assert_eq!(cluster.height(HOSPITAL), left_behind);
}
