//! A dishonest validator, simulated with a validator's real keys.
//!
//! Each case has one fault: without it the block is valid and decided, as the first case shows.

use piaolian_base::clock;
use piaolian_contracts::{
    chain::{Address, Block, Hash},
    parameters::Parameters,
};
use piaolian_test_kit::peer::{RawPeer, RawStream};
use piaolian_tests::{
    cluster::{Checked, Cluster, PATIENCE},
    false_validator::FalseValidator,
};
use tokio::runtime::Runtime;

use crate::{
    NODE, VALIDATORS,
    wire::{connect, honest},
};

/// Place of the dishonest validator; its own node never runs.
const ATTACKER: usize = 3;

/// Indices of the streams among the classes.
const CONSENSUS: usize = 0;
const PARTS: usize = 1;

/// An hour in ms, beyond any allowed clock drift.
const HOUR_MS: u64 = 3_600_000;

/// Time beyond the allowed clock drift, ms; much shorter than a round.
const EARLY_MS: u64 = 300;

/// The bytes that the attacker sends to one node.
struct Messages {
    parts: Vec<u8>,
    proposal: Vec<u8>,
}

fn messages(attacker: &FalseValidator, block: &Block) -> Messages {
    let hash = block.hash();
    Messages {
        parts: attacker.parts(block, &hash),
        proposal: attacker.proposal(block.header.height, &hash),
    }
}

/// Derives the messages to the node at a place from a valid block.
type Misbehaviour = fn(&FalseValidator, &Block, usize) -> Messages;

/// The name of each case, its messages, and the text that honest nodes log about it, if any.
const MISBEHAVIOURS: [(&str, Misbehaviour, Option<&str>); 8] = [
    (
        "a wrong state root",
        |attacker, block, _| {
            messages(
                attacker,
                &with(block, |block| block.header.state_root = Hash::ZERO),
            )
        },
        Some("state root differs"),
    ),
    (
        "a time ahead of all clocks",
        |attacker, block, _| {
            messages(
                attacker,
                &with(block, |block| {
                    block.header.time = block.header.time.after_ms(HOUR_MS);
                }),
            )
        },
        Some("ahead of this node's clock"),
    ),
    (
        "another parent",
        |attacker, block, _| {
            messages(
                attacker,
                &with(block, |block| block.header.parent_hash = Hash::ZERO),
            )
        },
        Some("parent hash differs"),
    ),
    (
        "another proposer",
        |attacker, block, _| {
            messages(
                attacker,
                &with(block, |block| block.header.proposer = Address::new([1; 20])),
            )
        },
        Some("its proposer is not the one announced"),
    ),
    (
        "another block than announced",
        |attacker, block, _| {
            let announced = Hash::new([7; 32]);
            Messages {
                parts: attacker.parts(block, &announced),
                proposal: attacker.proposal(block.header.height, &announced),
            }
        },
        Some("its hash is not the one announced"),
    ),
    (
        "parts that nobody signed",
        |attacker, block, _| Messages {
            parts: attacker.unsigned_parts(block),
            ..messages(attacker, block)
        },
        None,
    ),
    (
        "three blocks to everyone",
        |attacker, block, _| {
            let later = |ms| {
                with(block, |block| {
                    block.header.time = block.header.time.after_ms(HOUR_MS + ms);
                })
            };
            let parts = |ms| attacker.parts(&later(ms), &later(ms).hash());
            Messages {
                parts: [parts(1), parts(2), parts(3)].concat(),
                ..messages(attacker, &later(1))
            }
        },
        Some("announced too many for a round"),
    ),
    (
        "two blocks, each to some",
        |attacker, block, place| {
            messages(
                attacker,
                &with(block, |block| {
                    block.header.time = block.header.time.after_ms(place as u64);
                }),
            )
        },
        None,
    ),
];

fn with(block: &Block, change: impl FnOnce(&mut Block)) -> Block {
    let mut block = block.clone();
    change(&mut block);
    block
}

type Connections = Vec<(RawPeer, Vec<RawStream>)>;

async fn connect_all(cluster: &Cluster) -> Connections {
    let mut connections = Vec::new();
    for place in 0..ATTACKER {
        connections.push(connect(cluster.network(), ATTACKER, place).await);
    }
    connections
}

/// Waits for the attacker's turn to propose and builds the valid block for it.
fn wait_for_turn(cluster: &mut Cluster, attacker: &FalseValidator) -> Block {
    let tip = cluster.until("the attacker's turn to propose", PATIENCE, |cluster| {
        let tip = cluster.highest();
        (tip > 0 && attacker.proposes(tip + 1)).then_some(tip)
    });
    for place in 0..ATTACKER {
        cluster.wait_for_height(place, tip, PATIENCE);
    }
    attacker.block_on(&cluster.blocks(0, 1, tip), clock::now())
}

#[test]
fn an_invalid_proposal_is_rejected_and_the_chain_continues() {
    let mut cluster = honest(NODE, "lying-proposer", VALIDATORS, ATTACKER);
    let attacker = FalseValidator::new(cluster.network(), ATTACKER);
    let runtime = Runtime::new().unwrap();
    let mut connections = runtime.block_on(connect_all(&cluster));

    // Its valid block is decided, so the others refuse only the faults.
    let valid = wait_for_turn(&mut cluster, &attacker);
    propose(&runtime, &mut connections, |_| messages(&attacker, &valid));
    assert_eq!(decided(&mut cluster, &valid), valid.hash().to_string());

    for (name, misbehave, expected_log) in MISBEHAVIOURS {
        let valid = wait_for_turn(&mut cluster, &attacker);
        propose(&runtime, &mut connections, |place| {
            misbehave(&attacker, &valid, place)
        });
        let hash = decided(&mut cluster, &valid);
        let proposals = (0..ATTACKER).map(|place| misbehave(&attacker, &valid, place).proposal);
        let hash = hex_bytes(&hash);
        for misbehave in proposals {
            let contains = misbehave.windows(hash.len()).any(|window| window == hash);
            assert!(!contains, "{name} was decided");
        }
        for place in 0..ATTACKER {
            let log = cluster.log(place);
            assert!(
                expected_log.is_none_or(|expected_log| log.contains(expected_log)),
                "{name}, node {place}"
            );
        }
        cluster.wait_for_progress(1, PATIENCE);
    }
    for (peer, _) in &connections {
        assert!(
            !peer.heard().closed,
            "an invalid proposal must not close the connection"
        );
    }
    cluster.assert_same_blocks(&mut Checked::default());
}

/// A block is not rejected for other bytes under its hash, nor for clocks behind its time.
#[test]
fn a_valid_block_is_decided_despite_other_bytes_under_its_hash_and_an_early_block_after_its_time() {
    let mut cluster = honest(NODE, "other-bytes", VALIDATORS, ATTACKER);
    let attacker = FalseValidator::new(cluster.network(), ATTACKER);
    let runtime = Runtime::new().unwrap();
    let mut connections = runtime.block_on(connect_all(&cluster));

    let valid = wait_for_turn(&mut cluster, &attacker);
    let other = with(&valid, |block| block.header.state_root = Hash::ZERO);
    propose(&runtime, &mut connections, |_| {
        let other_parts = attacker.parts(&other, &valid.hash());
        let messages = messages(&attacker, &valid);
        Messages {
            parts: [other_parts, messages.parts].concat(),
            ..messages
        }
    });
    assert_eq!(decided(&mut cluster, &valid), valid.hash().to_string());
    for place in 0..ATTACKER {
        let log = cluster.log(place);
        assert!(
            log.contains("its hash is not the one announced"),
            "node {place}"
        );
    }

    let drift_ms = Parameters::default().clock_drift_ms_max();
    let early = wait_for_turn(&mut cluster, &attacker);
    let early = with(&early, |block| {
        block.header.time = clock::now().after_ms(drift_ms + EARLY_MS);
    });
    propose(&runtime, &mut connections, |_| messages(&attacker, &early));
    assert_eq!(decided(&mut cluster, &early), early.hash().to_string());
    for place in 0..ATTACKER {
        let log = cluster.log(place);
        assert!(log.contains("ahead of this node's clock"), "node {place}");
    }
    cluster.wait_for_progress(1, PATIENCE);
    cluster.assert_same_blocks(&mut Checked::default());
}

fn hex_bytes(hash: &str) -> [u8; 32] {
    *hash.parse::<Hash>().unwrap().as_bytes()
}

fn propose(runtime: &Runtime, connections: &mut Connections, what: impl Fn(usize) -> Messages) {
    runtime.block_on(async {
        for (place, (_, streams)) in connections.iter_mut().enumerate() {
            let messages = what(place);
            streams[PARTS].send(&messages.parts).await.unwrap();
            streams[CONSENSUS].send(&messages.proposal).await.unwrap();
        }
    });
}

/// Hash of the block that the others decided at the height of `block`.
fn decided(cluster: &mut Cluster, block: &Block) -> String {
    let height = block.header.height.get();
    for place in 0..ATTACKER {
        cluster.wait_for_height(place, height, PATIENCE);
    }
    cluster.blocks(0, height, height)[0].hash.clone()
}
