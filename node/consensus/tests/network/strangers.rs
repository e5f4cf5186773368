//! A peer that is not a member gets nothing, whichever side dials.

use libp2p::{Multiaddr, identity::Keypair};
use piaolian_network::Limits;
use tokio::time::timeout;

use crate::{
    engine::{A_WHILE, SOON},
    raw::{CLASSES, Raw, RawListener, Rogue, gives_nothing, protocol},
    world::{GENESIS, Node, introduce, keys, member, network, socket, up, vote, voted},
};

fn protocols() -> Vec<String> {
    let ours = CLASSES.map(|class| protocol(&GENESIS, class));
    let others = ["/ipfs/ping/1.0.0", "/ipfs/id/1.0.0", "/meshsub/1.1.0"];
    ours.into_iter().chain(others.map(str::to_owned)).collect()
}

/// Tries every protocol on a connection: none is accepted, none is offered, and the node ends the connection.
async fn gets_nothing(mut connection: Raw) {
    for protocol in protocols() {
        let opened = connection.open(&protocol).await;
        assert!(opened.is_none(), "{protocol} was agreed on");
    }
    let ended = timeout(SOON, &mut connection.ended).await;
    ended.expect("the node ends it").unwrap();
    while let Ok(offered) = connection.incoming.try_recv() {
        assert!(gives_nothing(offered).await, "the node offered a protocol");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_that_dials_negotiates_noise_and_yamux_and_nothing_else() {
    let mut nodes = network(2, 0).await;
    let mut connected = 0;
    for _ in 0..3 {
        if let Some(connection) = Raw::dial(&Keypair::generate_ed25519(), &nodes[0].address).await {
            connected += 1;
            gets_nothing(connection).await;
        }
    }
    assert!(connected > 0, "Noise and Yamux are spoken with anyone");
    // The node keeps running, and its engine received no event of these peers.
    nodes[1].vote(&vote(1, 0));
    nodes[0].engine.hears(voted).await;
    assert_eq!(nodes[0].connected(), [nodes[1].peer]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_that_is_dialled_in_a_members_place_gets_nothing() {
    let keys = keys(2);
    let absent = keys[1].public().to_peer_id();
    let node = Node::start(keys[0].clone()).await;
    let mut stranger = RawListener::start(&Keypair::generate_ed25519()).await;
    node.members.send_replace(vec![
        member(node.peer, &node.address, true),
        member(absent, &stranger.address, true),
    ]);
    let mut connected = 0;
    for _ in 0..2 {
        if let Some(connection) = stranger.accept().await {
            connected += 1;
            gets_nothing(connection).await;
        }
    }
    assert!(
        connected > 0,
        "a dialler learns who answers only at the end of Noise"
    );
    assert!(node.connected().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_that_never_speak_do_not_keep_members_out() {
    let keys = keys(2);
    let mut nodes = Vec::new();
    for key in keys {
        nodes.push(Node::start(key).await);
    }
    let mut silent = Vec::new();
    for node in &nodes {
        // More connections than may wait at a time, so that every place is taken.
        for _ in 0..2 * Limits::default().pending_incoming_max {
            silent.push(
                tokio::net::TcpStream::connect(socket(&node.address))
                    .await
                    .unwrap(),
            );
        }
    }
    introduce(&nodes, 2);
    let other = nodes[1].peer;
    nodes[0].engine.hears(|event| up(event, other)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_of_another_chain_shares_no_protocol() {
    let keys = keys(2);
    let mut node = Node::start(keys[1].clone()).await;
    node.members.send_replace(vec![
        member(node.peer, &node.address, true),
        member(keys[0].public().to_peer_id(), &node.address, true),
    ]);
    // A member's key may connect, but another chain's protocols are refused.
    let mut other = connect(&keys[0], &node.address).await;
    for class in CLASSES {
        assert!(other.open(&protocol(&[8; 32], class)).await.is_none());
    }
    let nobody = node
        .engine
        .hears_all(|event| up(event, keys[0].public().to_peer_id()))
        .await;
    assert!(nobody.is_empty());

    // The same key on the right chain is accepted.
    drop(other);
    let _rogue = Rogue::join(&keys[0], &node.address, &GENESIS).await;
    let peer = keys[0].public().to_peer_id();
    node.engine.hears(|event| up(event, peer)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_of_different_chains_never_connect() {
    let keys = keys(2);
    let limits = Limits::default();
    let any: Multiaddr = "/ip4/127.0.0.1/tcp/0".parse().unwrap();
    let mut nodes = vec![
        Node::start_at(keys[0].clone(), limits, any.clone(), GENESIS).await,
        Node::start_at(keys[1].clone(), limits, any, [8; 32]).await,
    ];
    introduce(&nodes, 2);
    tokio::time::sleep(4 * A_WHILE).await;
    for own in 0..2 {
        let other = nodes[1 - own].peer;
        assert!(
            nodes[own]
                .engine
                .hears_all(|event| up(event, other))
                .await
                .is_empty()
        );
        assert!(nodes[own].connected().is_empty());
    }
}

/// Connects as a member that the node has just learned of.
async fn connect(key: &Keypair, address: &Multiaddr) -> Raw {
    Raw::dial(key, address).await.expect("a member may connect")
}
