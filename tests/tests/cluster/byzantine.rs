//! A dishonest validator, simulated with a validator's real keys.
//!
//! Each case has one fault: without it the block is valid and decided, as the first case shows.

use std::time::Duration;

use piaolian_base::clock;
use piaolian_contracts::{
    chain::{Address, Block, Hash},
    parameters::Parameters,
};
use piaolian_proto::v1;
use piaolian_test_kit::peer::{RawPeer, RawStream, frames};
use piaolian_tests::{
    cluster::{Checked, Cluster, PATIENCE},
    false_validator::FalseValidator,
};
use prost::Message;
use tokio::{
    runtime::Runtime,
    time::{sleep, timeout},
};

use crate::{
    NODE, VALIDATORS,
    wire::{connect, honest},
};

/// Place of the dishonest validator; its own node never runs.
const ATTACKER: usize = 3;

/// Indices of the streams among the classes.
const CONSENSUS: usize = 0;
const PARTS: usize = 1;
const SYNC: usize = 2;

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

/// Number of heights beyond the chain that the attacker claims to have.
const CLAIMED: u64 = 50;

/// Number of its answers to each node.
const ANSWERS: usize = 12;

#[test]
fn forged_sync_answers_are_rejected() {
    let mut cluster = honest(NODE, "lying-sync", VALIDATORS, ATTACKER);
    let attacker = FalseValidator::new(cluster.network(), ATTACKER);
    cluster.wait_for_progress(5, PATIENCE);
    let tip = cluster.highest();
    let chain = cluster.blocks(0, 1, tip);
    let runtime = Runtime::new().unwrap();
    for place in 0..ATTACKER {
        runtime.block_on(async {
            let (peer, mut streams) = connect(cluster.network(), ATTACKER, place).await;
            let block = attacker.block_on(&chain, clock::now());
            answer_with_forgeries(&peer, &mut streams[SYNC], &block).await;
        });
        cluster.wait_for_progress(2, PATIENCE);
    }
    cluster.assert_one_chain(&mut Checked::default());
    for place in 0..ATTACKER {
        assert!(!cluster.log(place).contains("panicked"), "node {place}");
    }
}

/// Claims a higher tip and answers each request that follows with another forgery.
async fn answer_with_forgeries(peer: &RawPeer, stream: &mut RawStream, block: &Block) {
    let status = v1::SyncStatus {
        tip_height: block.header.height.get() + CLAIMED,
        history_min_height: 1,
        ..v1::SyncStatus::default()
    };
    let status = frames::frame(frames::STATUS, &status.encode_to_vec());
    stream.send(&status).await.unwrap();
    let mut answered = 0;
    let answering = async {
        while answered < ANSWERS {
            let asked = requests(peer);
            for (id, request) in asked.into_iter().skip(answered) {
                let response = forgery(answered, &request, block);
                let body = [&id.to_be_bytes()[..], &response].concat();
                let frame = frames::frame(frames::RESPONSE, &body);
                // Sent twice: the second answers no open request.
                let _ = stream.send(&[frame.clone(), frame].concat()).await;
                answered += 1;
            }
            if peer.heard().closed {
                break;
            }
            let _ = stream.send(&status).await;
            sleep(Duration::from_millis(50)).await;
        }
    };
    let _ = timeout(Duration::from_secs(10), answering).await; // asked no more: distrusted
    assert!(answered > 0, "the node never asked");
}

/// The sync requests that a node has sent.
fn requests(peer: &RawPeer) -> Vec<(u64, v1::SyncRequest)> {
    let heard = peer.heard();
    let frames = heard
        .streams
        .iter()
        .flat_map(|(_, bytes)| frames::split(bytes));
    let bodies = frames.filter_map(|frame| {
        let body = frame
            .strip_prefix(&frame[..4])?
            .strip_prefix(&[frames::REQUEST])?;
        let (id, request) = body.split_first_chunk()?;
        Some((
            u64::from_be_bytes(*id),
            v1::SyncRequest::decode(request).ok()?,
        ))
    });
    bodies.collect()
}

/// Builds one of several forged answers to a request.
fn forgery(number: usize, request: &v1::SyncRequest, block: &Block) -> Vec<u8> {
    let mut block = block.clone();
    block.header.height = piaolian_contracts::chain::Height::new(request.from_height);
    let address = block.header.proposer.as_bytes().to_vec();
    let signature = |address: Vec<u8>| v1::CommitSignature {
        address: address.into(),
        signature: vec![3; 64].into(),
    };
    let certificate = |signatures| v1::CommitCertificate {
        height: request.from_height,
        round: 0,
        block_hash: block.hash().into(),
        signatures,
    };
    let decided = |certificate| v1::DecidedBlock {
        block: block.encode(),
        certificate: Some(certificate),
    };
    let blocks = match number % 6 {
        0 => vec![decided(certificate(Vec::new()))],
        1 => vec![decided(certificate(vec![signature(address)]))],
        2 => vec![decided(certificate(vec![
            signature(address.clone()),
            signature(address),
        ]))],
        3 => vec![decided(certificate(
            (0..4).map(|byte| signature(vec![byte; 20])).collect(),
        ))],
        4 => vec![v1::DecidedBlock {
            block: vec![0xff; 100].into(),
            certificate: Some(certificate(vec![signature(address)])),
        }],
        _ => Vec::new(),
    };
    v1::SyncResponse {
        from_height: request.from_height,
        blocks,
    }
    .encode_to_vec()
}
