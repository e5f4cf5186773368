//! A member that sends bytes no honest node sends: the receiver and the network keep running.
//!
//! The member has a validator's key, so that nothing is dropped because of its sender.

use piaolian_test_kit::peer::{CLASSES, Heard, frames, protocol};
use piaolian_tests::{
    cluster::{Checked, Cluster, PATIENCE},
    load::Load,
};
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use tokio::{runtime::Runtime, time};

use crate::{
    NODE, VALIDATORS,
    wire::{connect, genesis_hash, honest},
};

/// Place of the validator whose key is misused; its own node never runs.
const MISUSED: usize = 3;

/// Number of the product's streams: one per class and direction.
const STREAMS: usize = CLASSES.len();

/// Random and mutated frames sent to each node.
const FRAMES: usize = 400;

/// Length of the longest random body.
const BODY_BYTES_MAX: usize = 400;

/// Bytes on one stream after which the connection is closed.
struct Case {
    name: &'static str,
    class: usize,
    bytes: Vec<u8>,
    /// Whether the stream ends after the bytes.
    ends: bool,
}

fn cases() -> Vec<Case> {
    let whole = |name, class, bytes| Case {
        name,
        class,
        bytes,
        ends: false,
    };
    let frame = frames::frame;
    let request = |id: u64| {
        frame(
            frames::REQUEST,
            &[&id.to_be_bytes()[..], &[0x08, 1, 0x10, 9]].concat(),
        )
    };
    let asking = |id: u64, hashes: &[u8]| {
        let body = [&id.to_be_bytes()[..], hashes].concat();
        frame(frames::ATTACHMENT_REQUEST, &body)
    };
    let hash = [&[0x0a, 32][..], &[7; 32]].concat();
    let mut cases = vec![
        whole("an empty frame", 0, vec![0; 4]),
        whole("an unknown kind", 0, frame(12, b"body")),
        whole("kind zero", 3, frame(0, b"body")),
        whole(
            "a kind of another class",
            0,
            frame(frames::TRANSACTIONS, b"body"),
        ),
        whole("no vote", 0, frame(frames::CONSENSUS, &[0xff; 64])),
        whole("no certificate", 0, frame(2, &[0xff; 64])),
        whole("no part", 1, frame(frames::PART, &[0xff; 64])),
        whole("no status", 2, frame(4, &[0xff; 64])),
        whole(
            "a request without an id",
            2,
            frame(frames::REQUEST, b"1234"),
        ),
        whole("no request", 2, frame(frames::REQUEST, &[0xff; 64])),
        whole("a response without an id", 2, frame(6, b"1234")),
        whole("no wish to follow", 2, frame(frames::FOLLOW, &[2])),
        whole("a pushed block without a height", 2, frame(8, b"1234")),
        whole("an empty batch", 3, frame(frames::TRANSACTIONS, b"")),
        whole(
            "an empty transaction",
            3,
            frame(frames::TRANSACTIONS, &[0; 4]),
        ),
        whole(
            "half a transaction",
            3,
            frame(frames::TRANSACTIONS, &[0, 0, 0, 9, 1]),
        ),
        whole(
            "more requests than are served",
            2,
            (1..=2_000).flat_map(request).collect(),
        ),
        whole(
            "an attachment request without an id",
            4,
            frame(frames::ATTACHMENT_REQUEST, b"1234"),
        ),
        whole("no attachment request", 4, asking(1, &[0xff; 64])),
        whole("a request for no attachment", 4, asking(1, &[])),
        whole(
            "a hash of 31 bytes",
            4,
            asking(1, &[&[0x0a, 31][..], &[7; 31]].concat()),
        ),
        whole("65 hashes", 4, asking(1, &hash.repeat(65))),
        whole(
            "an attachment response without an id",
            4,
            frame(frames::ATTACHMENT_RESPONSE, b"1234"),
        ),
    ];
    for class in 0..STREAMS {
        cases.push(whole("a length beyond the bound", class, vec![0xff; 4]));
        cases.push(Case {
            name: "a truncated frame",
            class,
            bytes: frame(1, &[7; 100])[..50].to_vec(),
            ends: true,
        });
        cases.push(Case {
            name: "a truncated length",
            class,
            bytes: vec![0, 0],
            ends: true,
        });
    }
    cases
}

fn assert_well(cluster: &mut Cluster, load: &mut Load) {
    cluster.wait_for_progress(3, PATIENCE);
    load.stop();
    cluster.assert_one_chain(&mut Checked::default());
    load.assert_nothing_lost(cluster);
    for place in 0..MISUSED {
        assert!(!cluster.log(place).contains("panicked"), "node {place}");
    }
}

#[test]
fn malformed_oversized_and_truncated_bytes_close_only_their_connection() {
    let mut cluster = honest(NODE, "malformed", VALIDATORS, MISUSED);
    let mut load = Load::start(&cluster);
    let runtime = Runtime::new().unwrap();
    for (number, case) in cases().into_iter().enumerate() {
        runtime.block_on(async {
            let (peer, mut streams) = connect(cluster.network(), MISUSED, number % MISUSED).await;
            let stream = &mut streams[case.class];
            let _ = stream.send(&case.bytes).await; // cut before all was taken
            if case.ends {
                let _ = stream.end().await;
            }
            assert!(
                peer.closes().await,
                "{}, {}",
                case.name,
                CLASSES[case.class]
            );
        });
    }
    runtime.block_on(async {
        let (peer, _streams) = connect(cluster.network(), MISUSED, 0).await;
        let again = protocol(&genesis_hash(cluster.network()), CLASSES[0]);
        let _second = peer.open(&again).await;
        assert!(peer.closes().await, "a second stream of a class");
    });
    assert_well(&mut cluster, &mut load);
}

#[test]
fn random_and_mutated_frames_do_not_disturb_the_network() {
    let mut cluster = honest(NODE, "fuzzed", VALIDATORS, MISUSED);
    let mut load = Load::start(&cluster);
    let runtime = Runtime::new().unwrap();
    let mut random = StdRng::seed_from_u64(9);
    for place in 0..MISUSED {
        runtime.block_on(fuzz(&cluster, place, &mut random));
    }
    assert_well(&mut cluster, &mut load);
}

async fn fuzz(cluster: &Cluster, place: usize, random: &mut StdRng) {
    let (mut peer, mut streams) = connect(cluster.network(), MISUSED, place).await;
    let mut said = Vec::new();
    for _ in 0..FRAMES {
        if peer.heard().closed {
            said.extend(frames_of(&peer.heard()));
            (peer, streams) = connect(cluster.network(), MISUSED, place).await;
        }
        let (class, frame) = wrong_frame(random, &said);
        let _ = streams[class].send(&frame).await; // cut: connected anew for the next
        time::sleep(time::Duration::from_millis(2)).await;
    }
}

/// Builds a random frame, or copies a real frame of the network and may change a few bytes.
fn wrong_frame(random: &mut StdRng, said: &[(usize, Vec<u8>)]) -> (usize, Vec<u8>) {
    if let Some((class, frame)) = said.choose(random)
        && random.random_bool(0.7)
    {
        let mut frame = frame.clone();
        for _ in 0..random.random_range(0..4) {
            let place = random.random_range(4..frame.len());
            frame[place] = random.random();
        }
        return (*class, frame);
    }
    let (kind, class) = *frames::KINDS.choose(random).unwrap();
    let mut body = vec![0; random.random_range(0..BODY_BYTES_MAX)];
    random.fill_bytes(&mut body);
    (class, frames::frame(kind, &body))
}

/// The frames that a node sent on a connection, by class.
fn frames_of(heard: &Heard) -> Vec<(usize, Vec<u8>)> {
    let mut all = Vec::new();
    for (protocol, bytes) in &heard.streams {
        let class = CLASSES.iter().position(|class| protocol.ends_with(class));
        let frames = frames::split(bytes).into_iter();
        all.extend(frames.filter_map(|frame| Some((class?, frame))));
    }
    all
}
