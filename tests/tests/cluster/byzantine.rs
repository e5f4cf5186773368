//! A validator that lies, played by hand with its true keys.
//!
//! One lie at a time: each block but for that lie is right, which the first case shows.

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

/// The validator that lies; its own node never runs.
const LIAR: usize = 3;

/// Places of the streams among the classes.
const CONSENSUS: usize = 0;
const PARTS: usize = 1;
const SYNC: usize = 2;

/// An hour, ms: beyond any drift of clocks.
const HOUR_MS: u64 = 3_600_000;

/// Ahead of what the drift of clocks allows, ms: well within a round.
const EARLY_MS: u64 = 300;

/// What the liar sends to one node.
struct Said {
    parts: Vec<u8>,
    proposal: Vec<u8>,
}

fn said(liar: &FalseValidator, block: &Block) -> Said {
    let hash = block.hash();
    Said {
        parts: liar.parts(block, &hash),
        proposal: liar.proposal(block.header.height, &hash),
    }
}

/// A lie: what is said to the node at a place, given a right block.
type Lie = fn(&FalseValidator, &Block, usize) -> Said;

/// Each with what the honest nodes log about it, if they do.
const LIES: [(&str, Lie, Option<&str>); 8] = [
    (
        "a wrong state root",
        |liar, block, _| {
            said(
                liar,
                &with(block, |block| block.header.state_root = Hash::ZERO),
            )
        },
        Some("state root differs"),
    ),
    (
        "a time ahead of all clocks",
        |liar, block, _| {
            said(
                liar,
                &with(block, |block| {
                    block.header.time = block.header.time.after_ms(HOUR_MS);
                }),
            )
        },
        Some("ahead of this node's clock"),
    ),
    (
        "another parent",
        |liar, block, _| {
            said(
                liar,
                &with(block, |block| block.header.parent_hash = Hash::ZERO),
            )
        },
        Some("parent hash differs"),
    ),
    (
        "another proposer",
        |liar, block, _| {
            said(
                liar,
                &with(block, |block| block.header.proposer = Address::new([1; 20])),
            )
        },
        Some("its proposer is not the one announced"),
    ),
    (
        "another block than announced",
        |liar, block, _| {
            let announced = Hash::new([7; 32]);
            Said {
                parts: liar.parts(block, &announced),
                proposal: liar.proposal(block.header.height, &announced),
            }
        },
        Some("its hash is not the one announced"),
    ),
    (
        "parts that nobody signed",
        |liar, block, _| Said {
            parts: liar.unsigned_parts(block),
            ..said(liar, block)
        },
        None,
    ),
    (
        "three blocks to everyone",
        |liar, block, _| {
            let later = |ms| {
                with(block, |block| {
                    block.header.time = block.header.time.after_ms(HOUR_MS + ms);
                })
            };
            let parts = |ms| liar.parts(&later(ms), &later(ms).hash());
            Said {
                parts: [parts(1), parts(2), parts(3)].concat(),
                ..said(liar, &later(1))
            }
        },
        Some("announced too many for a round"),
    ),
    (
        "two blocks, each to some",
        |liar, block, place| {
            said(
                liar,
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
    for place in 0..LIAR {
        connections.push(connect(cluster.network(), LIAR, place).await);
    }
    connections
}

/// Waits for the liar's turn to propose, and makes the block that it should.
fn turn(cluster: &mut Cluster, liar: &FalseValidator) -> Block {
    let tip = cluster.until("the liar's turn to propose", PATIENCE, |cluster| {
        let tip = cluster.highest();
        (tip > 0 && liar.proposes(tip + 1)).then_some(tip)
    });
    for place in 0..LIAR {
        cluster.wait_for_height(place, tip, PATIENCE);
    }
    liar.block_on(&cluster.blocks(0, 1, tip), clock::now())
}

#[test]
fn a_lying_proposer_is_voted_down_and_the_chain_goes_on() {
    let mut cluster = honest(NODE, "lying-proposer", VALIDATORS, LIAR);
    let liar = FalseValidator::new(cluster.network(), LIAR);
    let runtime = Runtime::new().unwrap();
    let mut connections = runtime.block_on(connect_all(&cluster));

    // A true block of its is decided: the lies alone are what the others refuse.
    let truth = turn(&mut cluster, &liar);
    propose(&runtime, &mut connections, |_| said(&liar, &truth));
    assert_eq!(decided(&mut cluster, &truth), truth.hash().to_string());

    for (name, lie, told) in LIES {
        let right = turn(&mut cluster, &liar);
        propose(&runtime, &mut connections, |place| {
            lie(&liar, &right, place)
        });
        let hash = decided(&mut cluster, &right);
        let lies = (0..LIAR).map(|place| lie(&liar, &right, place).proposal);
        let hash = hex_bytes(&hash);
        for lie in lies {
            let contains = lie.windows(hash.len()).any(|window| window == hash);
            assert!(!contains, "{name} was decided");
        }
        for place in 0..LIAR {
            let log = cluster.log(place);
            assert!(
                told.is_none_or(|told| log.contains(told)),
                "{name}, node {place}"
            );
        }
        cluster.wait_for_progress(1, PATIENCE);
    }
    for (peer, _) in &connections {
        assert!(
            !peer.heard().closed,
            "lies of this sort are no fault of the connection"
        );
    }
    cluster.assert_same_blocks(&mut Checked::default());
}

/// Other bytes under its name, and clocks that are behind its time, are no fault of a block.
#[test]
fn a_block_is_decided_whatever_was_sent_under_its_name_and_once_its_time_has_come() {
    let mut cluster = honest(NODE, "spoilt-name", VALIDATORS, LIAR);
    let liar = FalseValidator::new(cluster.network(), LIAR);
    let runtime = Runtime::new().unwrap();
    let mut connections = runtime.block_on(connect_all(&cluster));

    let right = turn(&mut cluster, &liar);
    let other = with(&right, |block| block.header.state_root = Hash::ZERO);
    propose(&runtime, &mut connections, |_| {
        let spoilt = liar.parts(&other, &right.hash());
        let said = said(&liar, &right);
        Said {
            parts: [spoilt, said.parts].concat(),
            ..said
        }
    });
    assert_eq!(decided(&mut cluster, &right), right.hash().to_string());
    for place in 0..LIAR {
        let log = cluster.log(place);
        assert!(
            log.contains("its hash is not the one announced"),
            "node {place}"
        );
    }

    let drift_ms = Parameters::default().clock_drift_ms_max();
    let early = turn(&mut cluster, &liar);
    let early = with(&early, |block| {
        block.header.time = clock::now().after_ms(drift_ms + EARLY_MS);
    });
    propose(&runtime, &mut connections, |_| said(&liar, &early));
    assert_eq!(decided(&mut cluster, &early), early.hash().to_string());
    for place in 0..LIAR {
        let log = cluster.log(place);
        assert!(log.contains("ahead of this node's clock"), "node {place}");
    }
    cluster.wait_for_progress(1, PATIENCE);
    cluster.assert_same_blocks(&mut Checked::default());
}

fn hex_bytes(hash: &str) -> [u8; 32] {
    *hash.parse::<Hash>().unwrap().as_bytes()
}

fn propose(runtime: &Runtime, connections: &mut Connections, what: impl Fn(usize) -> Said) {
    runtime.block_on(async {
        for (place, (_, streams)) in connections.iter_mut().enumerate() {
            let said = what(place);
            streams[PARTS].send(&said.parts).await.unwrap();
            streams[CONSENSUS].send(&said.proposal).await.unwrap();
        }
    });
}

/// The hash of the block that the others decided at the height of `block`.
fn decided(cluster: &mut Cluster, block: &Block) -> String {
    let height = block.header.height.get();
    for place in 0..LIAR {
        cluster.wait_for_height(place, height, PATIENCE);
    }
    cluster.blocks(0, height, height)[0].hash.clone()
}

/// The heights that the liar claims to have beyond the chain.
const CLAIMED: u64 = 50;

/// How often it answers each node.
const ANSWERS: usize = 12;

#[test]
fn a_validator_that_answers_sync_with_forgeries_harms_nobody() {
    let mut cluster = honest(NODE, "lying-sync", VALIDATORS, LIAR);
    let liar = FalseValidator::new(cluster.network(), LIAR);
    cluster.wait_for_progress(5, PATIENCE);
    let tip = cluster.highest();
    let chain = cluster.blocks(0, 1, tip);
    let runtime = Runtime::new().unwrap();
    for place in 0..LIAR {
        runtime.block_on(async {
            let (peer, mut streams) = connect(cluster.network(), LIAR, place).await;
            let block = liar.block_on(&chain, clock::now());
            answer_with_forgeries(&peer, &mut streams[SYNC], &block).await;
        });
        cluster.wait_for_progress(2, PATIENCE);
    }
    cluster.assert_one_chain(&mut Checked::default());
    for place in 0..LIAR {
        assert!(!cluster.log(place).contains("panicked"), "node {place}");
    }
}

/// Claims a higher tip and answers what is then asked, each time with another forgery.
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
                // Twice: the second answers nothing that is still asked.
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

/// The requests that a node has sent.
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

/// One of several forged answers to a request.
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
