//! A member that breaks the protocol loses only its own connection.

use std::time::Duration;

use futures::AsyncWriteExt;
use libp2p::{Multiaddr, identity::Keypair};
use piaolian_network::Limits;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    time::{Instant, timeout},
};

use crate::{
    engine::SOON,
    raw::{Raw, Rogue, frame, protocol},
    world::{
        GENESIS, Node, down, engine_peer, keys, member, parts, socket, streamed, up, vote,
        vote_bytes, voted,
    },
};

/// A node, an honest peer of it, and a member's key for a peer that the test controls.
struct Attacked {
    node: Node,
    honest: Node,
    rogue: Keypair,
}

impl Attacked {
    async fn start(limits: Limits) -> Self {
        let mut keys = keys(3);
        let rogue = keys.remove(2);
        let mut honest = Node::start(keys.remove(1)).await;
        let mut node = Node::start_with(keys.remove(0), limits).await;
        let nowhere = "/ip4/127.0.0.1/tcp/1".parse().unwrap();
        let members = vec![
            member(node.peer, &node.address, true),
            member(honest.peer, &honest.address, true),
            member(rogue.public().to_peer_id(), &nowhere, true),
        ];
        node.members.send_replace(members.clone());
        honest.members.send_replace(members);
        let (one, other) = (node.peer, honest.peer);
        node.engine.hears(|event| up(event, other)).await;
        honest.engine.hears(|event| up(event, one)).await;
        Self {
            node,
            honest,
            rogue,
        }
    }

    async fn joined(&mut self) -> Rogue {
        let rogue = Rogue::join(&self.rogue, &self.node.address, &GENESIS).await;
        let peer = self.rogue.public().to_peer_id();
        self.node.engine.hears(|event| up(event, peer)).await;
        rogue
    }

    async fn cuts_the_rogue(&mut self) {
        let peer = self.rogue.public().to_peer_id();
        self.node.engine.hears(|event| down(event, peer)).await;
    }

    async fn still_hears_the_honest_one(&mut self, round: u32) {
        self.honest.vote(&vote(1, round));
        let from = engine_peer(self.honest.peer);
        let heard = self
            .node
            .engine
            .hears(|event| voted(event).filter(|(peer, _)| *peer == from));
        assert_eq!(heard.await.1, vote(1, round));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_frames_cost_the_peer_its_connection_and_nobody_else() {
    let oversized = u32::MAX.to_be_bytes().to_vec();
    let above_its_class = (256 * 1024 + 1_u32).to_be_bytes().to_vec();
    let above_an_attachment = (10 * 1024 * 1024 + 1_u32).to_be_bytes().to_vec();
    let asks = |request: &[u8]| frame(10, &[&[0; 8], request].concat());
    let hash = [&b"\x0a\x20"[..], &[7; 32]].concat();
    let attacks: [(&str, Vec<u8>); 28] = [
        ("consensus", oversized.clone()),
        ("consensus", above_its_class),
        ("parts", oversized.clone()),
        ("sync", oversized.clone()),
        ("transactions", oversized.clone()),
        ("attachments", oversized),
        ("attachments", above_an_attachment),
        ("consensus", vec![0; 4]),
        ("consensus", frame(0, b"")),
        ("consensus", frame(3, b"")),
        ("consensus", frame(1, b"")),
        ("consensus", frame(1, &[0xff; 100])),
        ("consensus", frame(2, b"\x0a\x00")),
        ("parts", frame(3, &[0xff; 100])),
        ("parts", frame(3, b"\x0a\x01x")),
        ("sync", frame(4, &[0xff; 3])),
        ("sync", frame(5, &[0; 7])),
        ("sync", frame(7, &[2])),
        ("sync", frame(8, &[])),
        ("transactions", frame(9, &[0, 0, 0, 9, 1])),
        ("attachments", frame(9, &[0, 0, 0, 1, 1])),
        ("attachments", frame(10, &[0; 7])),
        ("attachments", frame(11, &[0; 7])),
        ("attachments", asks(b"")),
        ("attachments", asks(&[0xff; 100])),
        ("attachments", asks(&hash[..33])),
        (
            "attachments",
            asks(b"\x0a\x1f-31-bytes-are-too-few-for-a-hash"),
        ),
        ("attachments", asks(&hash.repeat(65))),
    ];
    let mut world = Attacked::start(Limits::default()).await;
    for (round, (class, bytes)) in (0..).zip(attacks) {
        let mut rogue = world.joined().await;
        let _ = rogue.send(class, &bytes).await;
        world.cuts_the_rogue().await;
        world.still_hears_the_honest_one(round).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_frame_and_an_ended_stream_cost_the_connection() {
    let mut world = Attacked::start(Limits::default()).await;
    for bytes in [&b""[..], &[0, 0], &[0, 0, 0, 9, 1, 2]] {
        let mut rogue = world.joined().await;
        rogue.send("consensus", bytes).await.unwrap();
        rogue
            .streams
            .get_mut("consensus")
            .unwrap()
            .close()
            .await
            .unwrap();
        world.cuts_the_rogue().await;
    }
    world.still_hears_the_honest_one(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_stream_of_one_class_costs_the_connection() {
    let mut world = Attacked::start(Limits::default()).await;
    let mut rogue = world.joined().await;
    let _second = rogue.raw.open(&protocol(&GENESIS, "sync")).await;
    world.cuts_the_rogue().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_opens_no_streams_is_let_go() {
    let limits = Limits {
        handshake_max: Duration::from_millis(500),
        ..Limits::default()
    };
    let world = Attacked::start(limits).await;
    let mut idle = Raw::dial(&world.rogue, &world.node.address).await.unwrap();
    let ended = timeout(SOON, &mut idle.ended).await;
    ended.expect("it is let go").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_held_back_and_others_are_heard() {
    const PER_SECOND: u32 = 100;
    let mut limits = Limits::default();
    limits.consensus.frames_per_second = PER_SECOND;
    let mut world = Attacked::start(limits).await;
    let mut rogue = world.joined().await;
    let begun = Instant::now();
    let flood = tokio::spawn(async move {
        for round in 0.. {
            let bytes = vote_bytes(&vote(1, round));
            if rogue.frame("consensus", 1, &bytes).await.is_err() {
                return;
            }
        }
    });
    let (from, honest) = (
        engine_peer(world.rogue.public().to_peer_id()),
        world.honest.peer,
    );
    let mut flooded = 0;
    for round in 0..10 {
        world.honest.vote(&vote(1, round));
        let wanted = engine_peer(honest);
        let heard = world.node.engine.hears(|event| {
            let (peer, vote) = voted(event)?;
            flooded += u32::from(peer == from);
            (peer == wanted).then_some(vote)
        });
        assert_eq!(heard.await, vote(1, round));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    flood.abort();
    let seconds = u32::try_from(begun.elapsed().as_secs()).unwrap() + 1;
    assert!(flooded > 0, "the flood was heard at all");
    assert!(
        flooded <= PER_SECOND * (seconds + 1),
        "{flooded} in {seconds} s"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_does_not_read_is_cut_and_others_get_everything() {
    let mut limits = Limits::default();
    limits.parts.queue_bytes_max = 6 * 1024 * 1024;
    let mut world = Attacked::start(limits).await;
    let peer = world.rogue.public().to_peer_id();
    let _deaf = Rogue::join_deaf(&world.rogue, &world.node.address, &GENESIS).await;
    world.node.engine.hears(|event| up(event, peer)).await;

    world.honest.start_height().await;
    let stream = parts(1, 4 * 1024 * 1024);
    let mut streams = 0;
    while world.node.connected().contains(&peer) {
        assert!(streams < 10, "the peer's queue is bounded");
        world.node.publish(&stream).await;
        for expected in &stream {
            let (_, part) = world.honest.engine.hears(streamed).await;
            assert!(part == *expected);
        }
        streams += 1;
    }
    world.cuts_the_rogue().await;
    world.node.vote(&vote(1, 0));
    world.honest.engine.hears(voted).await;
}

/// Forwards a connection until told to stop, and then keeps it open and silent.
async fn freezing_proxy(to: Multiaddr, frozen: watch::Receiver<bool>) -> Multiaddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let (to, mut frozen) = (socket(&to), frozen.clone());
            tokio::spawn(async move {
                let mut far = TcpStream::connect(to).await.unwrap();
                tokio::select! {
                    _ = copy_bidirectional(&mut near, &mut far) => return,
                    _ = frozen.wait_for(|frozen| *frozen) => {}
                }
                std::future::pending::<()>().await;
            });
        }
    });
    format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_open_peer_is_found() {
    let limits = Limits {
        silence_max: Duration::from_secs(2),
        ping_interval: Duration::from_millis(500),
        ..Limits::default()
    };
    let mut nodes = Vec::new();
    for key in keys(2) {
        nodes.push(Node::start_with(key, limits).await);
    }
    let frozen = watch::Sender::new(false);
    let way = freezing_proxy(nodes[1].address.clone(), frozen.subscribe()).await;
    let members = vec![
        member(nodes[0].peer, &nodes[0].address, true),
        member(nodes[1].peer, &way, true),
    ];
    for node in &nodes {
        node.members.send_replace(members.clone());
    }
    let peers = [nodes[0].peer, nodes[1].peer];
    for own in 0..2 {
        nodes[own]
            .engine
            .hears(|event| up(event, peers[1 - own]))
            .await;
    }
    // An idle connection stays open, because pings keep it from being silent.
    tokio::time::sleep(2 * limits.silence_max).await;
    assert!(nodes.iter().all(|node| node.connected().len() == 1));

    frozen.send_replace(true);
    let begun = Instant::now();
    for own in 0..2 {
        nodes[own]
            .engine
            .hears(|event| down(event, peers[1 - own]))
            .await;
    }
    assert!(begun.elapsed() < 5 * limits.silence_max);
}
