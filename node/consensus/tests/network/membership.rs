//! Members are added, removed and reconnected.

use piaolian_network::Limits;

use crate::{
    engine::SOON,
    raw::{Raw, Rogue},
    world::{GENESIS, Node, down, introduce, keys, member, membership, network, up, vote, voted},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_member_is_cut_at_once_and_stays_out() {
    let mut nodes = network(3, 0).await;
    let removed = nodes[2].peer;
    let remaining = membership(&nodes[..2], 2);
    nodes[0].members.send_replace(remaining.clone());
    nodes[1].members.send_replace(remaining);

    for node in &mut nodes[..2] {
        node.engine.hears(|event| down(event, removed)).await;
    }
    // It still considers itself a member and dials.
    let (first, second) = (nodes[0].peer, nodes[1].peer);
    nodes[2].engine.hears(|event| down(event, first)).await;
    nodes[0].vote(&vote(1, 0));
    nodes[1].engine.hears(voted).await;
    assert!(nodes[2].engine.hears_all(voted).await.is_empty());
    assert!(nodes[2].connected().is_empty());
    assert_eq!(nodes[0].connected(), [second]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_key_holds_no_connection() {
    let keys = keys(2);
    let node = Node::start(keys[0].clone()).await;
    let rogue = keys[1].public().to_peer_id();
    let with = vec![
        member(node.peer, &node.address, true),
        member(rogue, &"/ip4/127.0.0.1/tcp/1".parse().unwrap(), true),
    ];
    node.members.send_replace(with.clone());
    let mut joined = Rogue::join(&keys[1], &node.address, &GENESIS).await;
    node.members.send_replace(with[..1].to_vec());
    let ended = tokio::time::timeout(SOON, &mut joined.raw.ended).await;
    ended.expect("the connection ends").unwrap();

    if let Some(mut again) = Raw::dial(&keys[1], &node.address).await {
        let protocol = crate::raw::protocol(&GENESIS, "consensus");
        assert!(again.open(&protocol).await.is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_member_is_connected_to() {
    let mut nodes = network(2, 0).await;
    nodes.push(Node::start(keys(1).remove(0)).await);
    introduce(&nodes, 3);
    let (new, old) = nodes.split_last_mut().unwrap();
    new.engine.meets(old.iter().map(|node| node.peer)).await;
    for node in old {
        node.engine.meets([new.peer]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_comes_back_is_found_again() {
    let mut nodes = network(2, 0).await;
    for back in [1, 0] {
        let gone = nodes.remove(back);
        let (key, peer, address) = (gone.key.clone(), gone.peer, gone.address.clone());
        let members = gone.members.borrow().clone();
        gone.stop().await;
        nodes[0].engine.hears(|event| down(event, peer)).await;

        let mut returned = Node::start_at(key, Limits::default(), address, GENESIS).await;
        returned.members.send_replace(members);
        nodes[0].engine.hears(|event| up(event, peer)).await;
        let other = nodes[0].peer;
        returned.engine.hears(|event| up(event, other)).await;
        returned.vote(&vote(1, 0));
        nodes[0].engine.hears(voted).await;
        nodes.insert(back, returned);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_connects_again_replaces_its_former_connection() {
    let keys = keys(2);
    let mut node = Node::start(keys[0].clone()).await;
    let peer = keys[1].public().to_peer_id();
    node.members.send_replace(vec![
        member(node.peer, &node.address, true),
        member(peer, &"/ip4/127.0.0.1/tcp/1".parse().unwrap(), true),
    ]);
    let mut former = Rogue::join(&keys[1], &node.address, &GENESIS).await;
    node.engine.hears(|event| up(event, peer)).await;
    let _again = Rogue::join(&keys[1], &node.address, &GENESIS).await;
    node.engine.hears(|event| down(event, peer)).await;
    node.engine.hears(|event| up(event, peer)).await;
    let ended = tokio::time::timeout(SOON, &mut former.raw.ended).await;
    ended.expect("the former connection ends").unwrap();
    assert_eq!(node.connected(), [peer]);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_nodes_connect_to_validators_only() {
    let nodes = network(2, 2).await;
    for other in &nodes[2..] {
        let mut connected = other.connected();
        connected.sort();
        assert_eq!(connected, [nodes[0].peer, nodes[1].peer]);
    }
}
