//! Attachments from a peer: requested, answered and refused.

use std::time::Duration;

use bytes::Bytes;
use futures::AsyncWriteExt;
use libp2p::{PeerId, identity::Keypair};
use piaolian_network::{
    ATTACHMENT_BYTES_MAX, ATTACHMENTS_ASKED_MAX, FetchError, Limits, NetworkError,
};
use piaolian_proto::v1::{AttachmentRequest, AttachmentResponse};
use prost::Message;
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

use crate::{
    engine::{A_WHILE, SOON},
    raw::{Rogue, frame},
    world::{Node, down, network, node_and_rogue, vote, vote_bytes, voted},
};

const MIB: usize = 1024 * 1024;

const ABSENT: [u8; 32] = [0xee; 32];

type Fetched = Result<Vec<Bytes>, FetchError>;

async fn fetch(node: &Node, peer: PeerId, hashes: &[[u8; 32]]) -> Fetched {
    let fetched = node.network.handle.fetch_attachments(peer, hashes);
    timeout(SOON, fetched).await.expect("in time")
}

/// Fetches attachments in a task beside the test.
fn fetching(node: &Node, peer: PeerId, hashes: &[[u8; 32]]) -> JoinHandle<Fetched> {
    tokio::spawn(node.network.handle.fetch_attachments(peer, hashes))
}

async fn fetched(fetching: JoinHandle<Fetched>) -> Fetched {
    timeout(SOON, fetching).await.expect("in time").unwrap()
}

fn response(request: &[u8], attachments: &[&'static [u8]]) -> Vec<u8> {
    let attachments = attachments.iter().map(|it| Bytes::from_static(it));
    let response = AttachmentResponse {
        attachments: attachments.collect(),
    };
    [&request[..8], &response.encode_to_vec()].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn attachments_are_given_in_the_order_asked_and_absent_ones_left_out() {
    let nodes = network(2, 0).await;
    let (first, one) = nodes[0].attachments.keep(1, 150);
    let (second, two) = nodes[0].attachments.keep(2, 70_000);
    let peer = nodes[0].peer;
    let some = fetch(&nodes[1], peer, &[second, ABSENT, first]).await;
    assert_eq!(some, Ok(vec![two, one.clone()]));
    assert_eq!(fetch(&nodes[1], peer, &[ABSENT]).await, Ok(vec![]));
    assert_eq!(fetch(&nodes[1], peer, &[]).await, Ok(vec![]));

    // Of more hashes than a request may have, the first are requested.
    let many = vec![first; ATTACHMENTS_ASKED_MAX + 1];
    let most = vec![one; ATTACHMENTS_ASKED_MAX];
    assert_eq!(fetch(&nodes[1], peer, &many).await, Ok(most));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_response_does_not_hold_is_given_when_it_is_asked_for_again() {
    let nodes = network(2, 0).await;
    let sizes = [3 * MIB, 4 * MIB, ATTACHMENT_BYTES_MAX, 2 * MIB];
    let kept: Vec<_> = (1..)
        .zip(sizes)
        .map(|(tag, bytes)| nodes[0].attachments.keep(tag, bytes))
        .collect();
    let mut missing: Vec<_> = kept.iter().map(|(name, _)| *name).collect();
    for expected in [0..2, 2..3, 3..4] {
        let given = fetch(&nodes[1], nodes[0].peer, &missing).await.unwrap();
        let expected: Vec<_> = kept[expected].iter().map(|(_, it)| it.clone()).collect();
        assert!(given == expected);
        missing.drain(..given.len());
    }
    assert!(missing.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_does_not_validate_asks_and_is_asked() {
    let nodes = network(1, 1).await;
    for (asker, asked) in [(0, 1), (1, 0)] {
        let (name, attachment) = nodes[asked].attachments.keep(1, 150);
        let given = fetch(&nodes[asker], nodes[asked].peer, &[name]).await;
        assert_eq!(given, Ok(vec![attachment]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_from_a_peer_that_is_not_connected_fails_at_once() {
    let nodes = network(2, 0).await;
    let stranger = Keypair::generate_ed25519().public().to_peer_id();
    // More often than fetches may be open: a failed fetch must free its place.
    for _ in 0..100 {
        let failed = fetch(&nodes[0], stranger, &[ABSENT]).await;
        assert_eq!(failed, Err(FetchError::NotConnected));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_does_not_answer_fails_the_fetch_in_time() {
    let limits = Limits {
        request_max: Duration::from_millis(300),
        ..Limits::default()
    };
    let (node, mut rogue, peer) = node_and_rogue(limits, true).await;
    let asked = [[1; 32], [2; 32]];
    let failed = fetch(&node, peer, &asked).await;
    assert_eq!(failed, Err(FetchError::NoAnswer));

    // A later answer belongs to no request.
    let request = rogue.receive("attachments", 10).await;
    let hashes = AttachmentRequest::decode(&request[8..]).unwrap().hashes;
    assert_eq!(hashes, asked.map(|hash| hash.to_vec()));
    let late = response(&request, &[b"late"]);
    rogue.frame("attachments", 11, &late).await.unwrap();
    sleep(A_WHILE).await;
    assert_eq!(node.connected(), [peer]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_goes_fails_the_fetch() {
    let (node, rogue, peer) = node_and_rogue(Limits::default(), true).await;
    let waiting = fetching(&node, peer, &[ABSENT]);
    rogue.receive("attachments", 10).await;
    rogue.raw.ended.abort();
    let begun = Instant::now();
    assert_eq!(fetched(waiting).await, Err(FetchError::PeerGone));
    assert!(begun.elapsed() < Limits::default().request_max);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_none_fails_the_fetch_and_costs_the_connection() {
    let answers: [&dyn Fn(&[u8]) -> Vec<u8>; 3] = [
        &|request| [&request[..8], &[0xff; 9]].concat(),
        &|request| response(request, &[b"one", b"more"]),
        &|request| response(request, &[b""]),
    ];
    for answer in answers {
        let (mut node, mut rogue, peer) = node_and_rogue(Limits::default(), true).await;
        let waiting = fetching(&node, peer, &[ABSENT]);
        let request = rogue.receive("attachments", 10).await;
        let answer = answer(&request);
        rogue.frame("attachments", 11, &answer).await.unwrap();
        assert_eq!(fetched(waiting).await, Err(FetchError::PeerGone));
        node.engine.hears(|event| down(event, peer)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_is_answered_once_and_only_if_it_was_asked() {
    let (node, mut rogue, peer) = node_and_rogue(Limits::default(), true).await;
    let never_asked = response(&99_u64.to_be_bytes(), &[b"never"]);
    rogue.frame("attachments", 11, &never_asked).await.unwrap();

    let waiting = fetching(&node, peer, &[ABSENT]);
    let request = rogue.receive("attachments", 10).await;
    for attachment in [&b"first"[..], b"second", b""] {
        let answer = response(&request, &[attachment]);
        rogue.frame("attachments", 11, &answer).await.unwrap();
    }
    let first = Bytes::from_static(b"first");
    assert_eq!(fetched(waiting).await, Ok(vec![first]));
    sleep(A_WHILE).await;
    assert_eq!(node.connected(), [peer]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_is_asked_of_a_peer_than_it_serves() {
    let (node, mut rogue, peer) = node_and_rogue(Limits::default(), true).await;
    let mut open = 0;
    // No fetch waits for an answer any more, which the peer does not know.
    let refused = loop {
        match timeout(A_WHILE, fetch(&node, peer, &[ABSENT])).await {
            Ok(answer) => break answer,
            Err(_) => open += 1,
        }
    };
    assert_eq!(refused, Err(FetchError::Busy));
    assert_eq!(rogue.received("attachments", 10), open);
    assert!((1..16).contains(&open), "{open} are open");

    // Its answers free places.
    let request = rogue.receive("attachments", 10).await;
    let nothing = response(&request, &[]);
    rogue.frame("attachments", 11, &nothing).await.unwrap();
    let makes_room = async {
        while rogue.received("attachments", 10) == open {
            let _ = timeout(A_WHILE, fetch(&node, peer, &[ABSENT])).await;
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(SOON, makes_room).await.expect("in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_asks_too_much_at_a_time_is_cut() {
    let (mut node, mut rogue, peer) = node_and_rogue(Limits::default(), true).await;
    let (name, _) = node.attachments.keep(1, ATTACHMENT_BYTES_MAX);
    let request = AttachmentRequest {
        hashes: vec![name.to_vec().into()],
    };
    let request = request.encode_to_vec();
    let asks = ask_without_end(&mut rogue, &request);
    tokio::select! {
        () = asks => {}
        () = node.engine.hears(|event| down(event, peer)) => {}
    }
}

async fn ask_without_end(rogue: &mut Rogue, request: &[u8]) {
    for id in 0_u64.. {
        let body = [&id.to_be_bytes()[..], request].concat();
        if rogue.frame("attachments", 10, &body).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attachments_that_cannot_be_read_end_the_network() {
    let nodes = network(2, 0).await;
    nodes[0].attachments.break_down();
    let _waiting = fetching(&nodes[1], nodes[0].peer, &[ABSENT]);
    let [broken, _other] = <[Node; 2]>::try_from(nodes).ok().unwrap();
    let ended = timeout(SOON, broken.network.task).await;
    let ended = ended.expect("in time").unwrap();
    assert!(matches!(ended, Err(NetworkError::Store(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn votes_pass_while_the_largest_attachments_are_fetched() {
    let mut nodes = network(2, 0).await;
    let (name, attachment) = nodes[0].attachments.keep(1, ATTACHMENT_BYTES_MAX);
    let (handle, peer) = (nodes[1].network.handle.clone(), nodes[0].peer);
    let fetches = tokio::spawn(async move {
        for _ in 0..8 {
            let given = handle.fetch_attachments(peer, &[name]).await.unwrap();
            assert!(given == [attachment.clone()]);
        }
    });
    let mut heard = 0;
    while !fetches.is_finished() {
        let vote = vote(1, heard);
        for (from, to) in [(0, 1), (1, 0)] {
            nodes[from].vote(&vote);
            assert_eq!(nodes[to].engine.hears(voted).await.1, vote);
        }
        heard += 1;
    }
    fetches.await.unwrap();
    assert!(heard > 20, "{heard} votes while attachments were fetched");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_attachments_is_held_back_and_votes_pass() {
    let mut limits = Limits::default();
    limits.attachments.bytes_per_second = MIB;
    let (mut node, mut rogue, _) = node_and_rogue(limits, true).await;
    let mut stream = rogue.streams.remove("attachments").unwrap();
    let flood = tokio::spawn(async move {
        let unasked = frame(11, &vec![0; ATTACHMENT_BYTES_MAX]);
        for _ in 0..8 {
            stream.write_all(&unasked).await.unwrap();
        }
    });
    for round in 0..20 {
        let bytes = vote_bytes(&vote(1, round));
        rogue.frame("consensus", 1, &bytes).await.unwrap();
        assert_eq!(node.engine.hears(voted).await.1, vote(1, round));
        sleep(Duration::from_millis(50)).await;
    }
    assert!(!flood.is_finished());
    flood.abort();
}
