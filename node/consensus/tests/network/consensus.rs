//! Votes, certificates and parts between validators.

use arc_malachitebft_app_channel::app::{
    consensus::LivenessMsg,
    engine::network::{Msg, Status},
    types::core::{PolkaCertificate, Round},
};
use arc_malachitebft_network::Channel;
use piaolian_consensus::types::{BlockId, Height};
use piaolian_contracts::chain;

use crate::{
    engine::{Engine, Event, SOON},
    world::{Node, engine_peer, introduce, keys, network, parts, streamed, up, vote, voted},
};

#[tokio::test(flavor = "multi_thread")]
async fn votes_arrive_in_order_and_once_and_never_come_back() {
    let mut nodes = network(2, 0).await;
    let votes: Vec<_> = (0..200).map(|round| vote(1, round)).collect();
    for vote in &votes {
        nodes[0].vote(vote);
        nodes[0].vote(vote); // the engine repeats itself
    }
    let from = engine_peer(nodes[0].peer);
    let heard = nodes[1].engine.hears_all(voted).await;
    let expected: Vec<_> = votes.into_iter().map(|vote| (from, vote)).collect();
    assert_eq!(heard, expected);
    assert!(nodes[0].engine.hears_all(voted).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn four_validators_are_fully_meshed() {
    let mut nodes = network(4, 0).await;
    for (round, node) in (0..).zip(&nodes) {
        node.vote(&vote(1, round));
    }
    for own in 0..4 {
        let mut heard = nodes[own].engine.hears_all(voted).await;
        heard.sort_by_key(|(_, vote)| vote.round);
        let senders: Vec<_> = heard.iter().map(|(from, _)| *from).collect();
        let others = (0..4).filter(|other| *other != own);
        let expected: Vec<_> = others.map(|other| engine_peer(nodes[other].peer)).collect();
        assert_eq!(senders, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn liveness_messages_are_carried() {
    let mut nodes = network(2, 0).await;
    let polka = PolkaCertificate {
        height: Height::new(1),
        round: Round::new(3),
        value_id: BlockId(chain::Hash::new([4; 32])),
        polka_signatures: Vec::new(),
    };
    nodes[0].cast(Msg::PublishLivenessMsg(LivenessMsg::Vote(vote(1, 1))));
    let message = LivenessMsg::PolkaCertificate(polka.clone());
    nodes[0].cast(Msg::PublishLivenessMsg(message));
    let engine = &mut nodes[1].engine;
    assert_eq!(engine.hears(voted).await.1, vote(1, 1));
    let heard = engine.hears(|event| match event {
        Event::PolkaCertificate(_, polka) => Some(polka),
        _ => None,
    });
    assert_eq!(heard.await, polka);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_subscriber_is_told_what_it_missed() {
    let mut nodes = network(2, 0).await;
    let other = engine_peer(nodes[1].peer);
    let status = Status::new(Height::new(7), Height::new(2));
    nodes[1].cast(Msg::BroadcastStatus(status.clone()));
    let told = |event| (event == Event::Status(other, status.clone())).then_some(());
    nodes[0].engine.hears(told).await;

    let (mut late, subscriber) = Engine::start().await;
    nodes[0].cast(Msg::Subscribe(Box::new(subscriber)));

    let address = nodes[0].address.clone();
    late.hears(|event| (event == Event::Listening(address.clone())).then_some(()))
        .await;
    late.hears(|event| up(event, nodes[1].peer)).await;
    let subscribed = Event::PeerSubscribed(other, Channel::Sync);
    late.hears(|event| (event == subscribed).then_some(()))
        .await;
    late.hears(told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_connects_is_told_our_last_votes_and_parts() {
    let mut nodes = Vec::new();
    for key in keys(2) {
        nodes.push(Node::start(key).await);
    }
    let stream = parts(1, 3 * 1024 * 1024);
    nodes[1].start_height().await;
    nodes[0].start_height().await;
    nodes[0].vote(&vote(1, 0));
    nodes[0].publish(&stream).await;
    introduce(&nodes, 2);

    // Votes and parts use different streams, so either may arrive first.
    let from = nodes[0].peer;
    nodes[1].engine.meets([from]).await;
    let heard = nodes[1].engine.hears_all(Some).await;
    let votes: Vec<_> = heard.iter().cloned().filter_map(voted).collect();
    assert_eq!(votes, [(engine_peer(from), vote(1, 0))]);
    let parts = heard.into_iter().filter_map(streamed).map(|(_, part)| part);
    assert!(parts.eq(stream));
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_wait_for_their_height() {
    let mut nodes = network(2, 0).await;
    let (first, second) = (parts(1, 1_000_000), parts(2, 10));
    nodes[0].publish(&second).await;
    nodes[0].publish(&first).await;
    assert!(nodes[1].engine.hears_all(streamed).await.is_empty());

    for (height, expected) in [(1, first), (2, second)] {
        nodes[1].chain.grow(height - 1);
        nodes[1].start_height().await;
        let heard = nodes[1].engine.hears_all(streamed).await;
        let heard: Vec<_> = heard.into_iter().map(|(_, part)| part).collect();
        assert!(heard == expected, "height {height}");
    }
    // Messages of past heights are dropped.
    nodes[0].publish(&parts(1, 10)).await;
    assert!(nodes[1].engine.hears_all(streamed).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_can_be_streamed_again_in_a_later_round() {
    let mut nodes = network(2, 0).await;
    nodes[1].start_height().await;
    let stream = parts(1, 500_000);
    for _ in 0..2 {
        nodes[0].publish(&stream).await;
        let heard = nodes[1].engine.hears_all(streamed).await;
        assert_eq!(heard.len(), stream.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_vote_counts_again_at_the_next_height() {
    let mut nodes = network(2, 0).await;
    let far = vote(11, 0);
    nodes[1].start_height().await;
    nodes[0].vote(&far);
    nodes[1].engine.hears(voted).await;
    // The engine may have had no room for it; sent again, it must arrive.
    nodes[1].chain.grow(9);
    nodes[1].start_height().await;
    nodes[0].vote(&far);
    nodes[1].engine.hears(voted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn votes_far_ahead_and_long_past_are_kept_from_the_engine() {
    let mut nodes = network(2, 0).await;
    nodes[1].chain.grow(20);
    nodes[1].start_height().await;
    for height in [u64::MAX, 1_000, 20, 1, 21] {
        nodes[0].vote(&vote(height, 0));
    }
    let heard = nodes[1].engine.hears_all(voted).await;
    let heights: Vec<_> = heard.iter().map(|(_, vote)| vote.height).collect();
    assert_eq!(heights, [Height::new(21)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_or_tip_above_ours_shows_that_others_have_gone_on() {
    let nodes = network(2, 0).await;
    let mut seen = nodes[1].network.handle.next_height_seen();
    nodes[1].start_height().await;
    nodes[0].vote(&vote(1, 0));
    let reached = async |seen: &mut tokio::sync::watch::Receiver<u64>, height| {
        let reached = seen.wait_for(|seen| *seen == height);
        tokio::time::timeout(SOON, reached).await.unwrap().unwrap();
    };
    reached(&mut seen, 1).await;
    // However far ahead the claimed height is, this node advances by one height.
    let status = Status::new(Height::new(1_000), Height::new(1));
    nodes[0].cast(Msg::BroadcastStatus(status));
    reached(&mut seen, 2).await;
    nodes[1].chain.grow(1);
    nodes[1].start_height().await;
    reached(&mut seen, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn consensus_is_among_validators_only() {
    let mut nodes = network(2, 1).await;
    for node in &nodes {
        node.start_height().await;
    }
    nodes[0].vote(&vote(1, 0));
    nodes[1].engine.hears(voted).await;
    nodes[0].publish(&parts(1, 10)).await;
    for _ in parts(1, 10) {
        nodes[1].engine.hears(streamed).await;
    }
    // The other node neither receives messages nor are its messages delivered.
    nodes[2].vote(&vote(1, 1));
    nodes[2].publish(&parts(1, 20)).await;
    for node in &mut nodes {
        assert!(node.engine.hears_all(voted).await.is_empty());
        assert!(node.engine.hears_all(streamed).await.is_empty());
    }
}
