//! Blocks for peers that are behind: requested, pushed and refused.

use std::time::Duration;

use arc_malachitebft_app_channel::app::types::{core::Height as _, sync::Response};
use arc_malachitebft_sync::{OutboundFailureReason, OutboundRequestId};
use libp2p::{PeerId, identity::Keypair};
use piaolian_network::{Limits, NetworkError};
use piaolian_proto::v1::{DecidedBlock, SyncRequest, SyncResponse};
use prost::Message;
use tokio::time::timeout;

use crate::{
    engine::{Event, SOON},
    raw::Rogue,
    store::decided,
    world::{
        GENESIS, Node, down, engine_peer, introduce, keys, member, membership, network,
        node_and_rogue,
    },
};

/// Result of a request.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Heights(Vec<u64>),
    Undecodable,
    Failed(OutboundFailureReason),
}

async fn answer(node: &mut Node, id: &OutboundRequestId) -> Answer {
    let engine = &mut node.engine;
    engine
        .hears(|event| answered(event).filter(|(of, _)| of == id))
        .await
        .1
}

fn answered(event: Event) -> Option<(OutboundRequestId, Answer)> {
    match event {
        Event::SyncResponse(id, _, Some(Response::ValueResponse(response))) => {
            let heights = response.values.iter();
            let heights = heights
                .map(|value| value.certificate.height.as_u64())
                .collect();
            Some((id, Answer::Heights(heights)))
        }
        Event::SyncResponse(id, _, None) => Some((id, Answer::Undecodable)),
        Event::SyncRequestFailed(id, _, reason) => Some((id, Answer::Failed(reason))),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_served_from_the_store_and_the_engine_hears_of_none() {
    let mut nodes = network(2, 0).await;
    nodes[0].chain.grow(10);
    let peer = nodes[0].peer;
    for (from, to, expected) in [(1, 5, 1..=5), (8, 20, 8..=10)] {
        let id = nodes[1].ask(peer, from, to).await;
        let heights = expected.collect();
        assert_eq!(answer(&mut nodes[1], &id).await, Answer::Heights(heights));
    }
    let id = nodes[1].ask(peer, 11, 12).await;
    assert_eq!(answer(&mut nodes[1], &id).await, Answer::Heights(vec![]));

    let asked = |event| matches!(event, Event::SyncRequest(..)).then_some(());
    assert!(nodes[0].engine.hears_all(asked).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_a_peer_that_is_not_connected_fails_at_once() {
    let mut nodes = network(2, 0).await;
    let stranger = Keypair::generate_ed25519().public().to_peer_id();
    let id = nodes[0].ask(stranger, 1, 1).await;
    let closed = Answer::Failed(OutboundFailureReason::ConnectionClosed);
    assert_eq!(answer(&mut nodes[0], &id).await, closed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_does_not_answer_fails_the_request_in_time() {
    let limits = Limits {
        request_max: Duration::from_millis(300),
        ..Limits::default()
    };
    let (mut node, mut rogue, peer) = node_and_rogue(limits, true).await;
    let id = node.ask(peer, 1, 1).await;
    let late = Answer::Failed(OutboundFailureReason::Timeout);
    assert_eq!(answer(&mut node, &id).await, late);

    // A later answer belongs to no request.
    let asked = rogue.receive("sync", 5).await;
    let response = SyncResponse::default().encode_to_vec();
    rogue
        .frame("sync", 6, &[&asked[..8], &response].concat())
        .await
        .unwrap();
    assert!(node.engine.hears_all(answered).await.is_empty());
    assert_eq!(node.connected(), [peer]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_answered_once_and_only_if_it_was_asked() {
    let (mut node, mut rogue, peer) = node_and_rogue(Limits::default(), true).await;
    let response = SyncResponse {
        from_height: 1,
        blocks: vec![DecidedBlock::decode(decided(1)).unwrap()],
    };
    let response = response.encode_to_vec();
    let never_asked = [&99_u64.to_be_bytes()[..], &response].concat();
    rogue.frame("sync", 6, &never_asked).await.unwrap();

    let id = node.ask(peer, 1, 1).await;
    let asked = rogue.receive("sync", 5).await;
    for _ in 0..3 {
        let answer = [&asked[..8], &response].concat();
        rogue.frame("sync", 6, &answer).await.unwrap();
    }
    let heard = node.engine.hears_all(answered).await;
    assert_eq!(heard, [(id, Answer::Heights(vec![1]))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_decoded_is_told_and_costs_the_connection() {
    let (mut node, mut rogue, peer) = node_and_rogue(Limits::default(), true).await;
    let id = node.ask(peer, 1, 1).await;
    let asked = rogue.receive("sync", 5).await;
    rogue
        .frame("sync", 6, &[&asked[..8], &[0xff; 9]].concat())
        .await
        .unwrap();
    assert_eq!(answer(&mut node, &id).await, Answer::Undecodable);
    node.engine.hears(|event| down(event, peer)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_is_its_senders_whatever_it_claims() {
    let (mut node, mut rogue, peer) = node_and_rogue(Limits::default(), true).await;
    // Tip 7, history from 2, and an unknown third field.
    rogue
        .frame("sync", 4, b"\x08\x07\x10\x02\x1a\x03abc")
        .await
        .unwrap();
    let (from, status) = node.engine.hears(status).await;
    assert_eq!(from, engine_peer(peer));
    assert_eq!((status.0, status.1), (7, 2));
    assert_eq!(node.network.handle.peers()[0].tip, 7);
}

fn status(event: Event) -> Option<(arc_malachitebft_app_channel::app::types::PeerId, (u64, u64))> {
    match event {
        Event::Status(from, status) => {
            let heights = (
                status.tip_height.as_u64(),
                status.history_min_height.as_u64(),
            );
            Some((from, heights))
        }
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn decided_blocks_are_pushed_to_followers_by_one_validator() {
    let mut nodes = Vec::new();
    for key in keys(3) {
        let node = Node::start(key).await;
        node.chain.grow(5);
        node.network.handle.push_decided_up_to(5);
        nodes.push(node);
    }
    introduce(&nodes, 2);
    // The pushing node sends its status when it is asked to push.
    let (feed, (tip, _)) = nodes[2].engine.hears(status).await;
    assert_eq!(tip, 5);
    let peer = PeerId::from_bytes(&feed.to_bytes()).unwrap();

    for height in 6..=8 {
        for node in &nodes[..2] {
            node.chain.grow(height);
            node.network.handle.push_decided_up_to(height);
        }
        let follower = &mut nodes[2];
        let (from, (tip, _)) = follower.engine.hears(status).await;
        assert_eq!((from, tip), (feed, height));
        // Answered from the pushed blocks, without asking the sender's store again.
        let id = follower.ask(peer, height, height + 1).await;
        let answer = answer(follower, &id).await;
        assert_eq!(answer, Answer::Heights(vec![height]));
    }
    // Blocks are pushed neither twice nor to validators.
    for node in &mut nodes {
        assert!(node.engine.hears_all(status).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pushed_block_answers_its_sender_alone_and_once() {
    let (mut node, mut rogue, peer) = node_and_rogue(Limits::default(), false).await;
    rogue.receive("sync", 7).await;
    let pushed = [&4_u64.to_be_bytes()[..], &decided(4)].concat();
    rogue.frame("sync", 8, &pushed).await.unwrap();
    assert_eq!(node.engine.hears(status).await.1.0, 4);

    let id = node.ask(peer, 4, 9).await;
    assert_eq!(answer(&mut node, &id).await, Answer::Heights(vec![4]));
    assert_eq!(rogue.received("sync", 5), 0);
    node.ask(peer, 4, 9).await;
    rogue.receive("sync", 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_validator_takes_no_pushed_blocks() {
    let (mut node, mut rogue, _) = node_and_rogue(Limits::default(), true).await;
    let pushed = [&4_u64.to_be_bytes()[..], &decided(4)].concat();
    rogue.frame("sync", 8, &pushed).await.unwrap();
    assert!(node.engine.hears_all(status).await.is_empty());
    assert_eq!(rogue.received("sync", 7), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_reads_no_answers_keeps_nobody_from_being_served() {
    let mut keys = keys(3);
    let deaf = keys.remove(2);
    let mut nodes = Vec::new();
    for key in keys {
        nodes.push(Node::start(key).await);
    }
    let nowhere = "/ip4/127.0.0.1/tcp/1".parse().unwrap();
    let mut members = membership(&nodes, 2);
    members.push(member(deaf.public().to_peer_id(), &nowhere, false));
    for node in &nodes {
        node.members.send_replace(members.clone());
    }
    nodes[0].chain.grow_by(20, 2_000_000);
    let mut rogue = Rogue::join_deaf(&deaf, &nodes[0].address, &GENESIS).await;
    let other = nodes[1].peer;
    nodes[0]
        .engine
        .meets([deaf.public().to_peer_id(), other])
        .await;
    for id in 0..12_u64 {
        let request = SyncRequest {
            from_height: 1,
            to_height: 20,
        };
        let body = [&id.to_be_bytes()[..], &request.encode_to_vec()].concat();
        rogue.frame("sync", 5, &body).await.unwrap();
    }
    let peer = nodes[0].peer;
    for _ in 0..3 {
        let id = nodes[1].ask(peer, 1, 20).await;
        let heights = Answer::Heights(vec![1, 2, 3, 4]);
        assert_eq!(answer(&mut nodes[1], &id).await, heights);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_asks_too_much_at_a_time_is_cut() {
    let (mut node, mut rogue, peer) = node_and_rogue(Limits::default(), true).await;
    node.chain.grow_by(4, 2_000_000);
    let mut id = 0_u64;
    let asks = async {
        loop {
            id += 1;
            let request = SyncRequest {
                from_height: 1,
                to_height: 4,
            };
            let body = [&id.to_be_bytes()[..], &request.encode_to_vec()].concat();
            if rogue.frame("sync", 5, &body).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        () = asks => {}
        () = node.engine.hears(|event| down(event, peer)) => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_ends_the_network() {
    let nodes = network(2, 0).await;
    nodes[0].chain.grow(3);
    nodes[0].chain.break_down();
    nodes[1].ask(nodes[0].peer, 1, 3).await;
    let [broken, _] = <[Node; 2]>::try_from(nodes).ok().unwrap();
    let ended = timeout(SOON, broken.network.task).await;
    let ended = ended.expect("in time").unwrap();
    assert!(matches!(ended, Err(NetworkError::Store(_))));
}
