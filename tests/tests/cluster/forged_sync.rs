//! A dishonest validator that claims a higher chain and answers sync requests with forged blocks.

use std::time::Duration;

use piaolian_base::clock;
use piaolian_contracts::chain::{Block, Height};
use piaolian_proto::v1;
use piaolian_test_kit::peer::{RawPeer, RawStream, frames};
use piaolian_tests::{
    cluster::{Checked, PATIENCE},
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

/// Index of the stream among the classes.
const SYNC: usize = 2;

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
    block.header.height = Height::new(request.from_height);
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
