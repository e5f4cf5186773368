//! Relaying of transactions to every validator.

use bytes::Bytes;
use piaolian_network::{ReceivedTransactions, TRANSACTION_BYTES_MAX};
use tokio::time::timeout;

use crate::{
    engine::{A_WHILE, SOON},
    world::{Node, network},
};

async fn next(node: &mut Node) -> ReceivedTransactions {
    let received = timeout(SOON, node.network.transactions.recv()).await;
    received.expect("in time").expect("the network runs")
}

async fn nothing_more(node: &mut Node) {
    let received = timeout(A_WHILE, node.network.transactions.recv()).await;
    assert!(received.is_err(), "{received:?}");
}

fn transactions(number: u8, bytes: usize) -> Vec<Bytes> {
    (0..number).map(|tag| vec![tag; bytes].into()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_validators_transactions_reach_all_other_validators_once() {
    let mut nodes = network(3, 1).await;
    let sent = transactions(3, 300);
    assert_eq!(nodes[0].network.handle.relay_transactions(&sent), Ok(2));
    for node in &mut nodes[1..3] {
        let received = next(node).await;
        assert_eq!(received.transactions, sent);
        assert!(!received.first_hand);
    }
    // Sent again or echoed, they are not relayed.
    nodes[0].network.handle.relay_transactions(&sent).unwrap();
    nodes[1].network.handle.relay_transactions(&sent).unwrap();
    for node in &mut nodes {
        nothing_more(node).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_nodes_transactions_go_by_validators_first_hand() {
    let mut nodes = network(3, 1).await;
    let sent = transactions(2, 300);
    assert_eq!(nodes[3].network.handle.relay_transactions(&sent), Ok(2));

    let mut first_hand = Vec::new();
    for (own, node) in nodes[..3].iter_mut().enumerate() {
        if let Ok(received) = timeout(A_WHILE, node.network.transactions.recv()).await {
            let received = received.unwrap();
            assert_eq!((received.first_hand, &received.transactions), (true, &sent));
            first_hand.push(own);
        }
    }
    assert_eq!(first_hand.len(), 2);

    // Nodes that have it relay it to those that do not.
    let passing_on = &nodes[first_hand[0]].network.handle;
    assert_eq!(passing_on.relay_transactions(&sent), Ok(2));
    for own in (0..3).filter(|own| !first_hand.contains(own)) {
        let received = next(&mut nodes[own]).await;
        assert_eq!(
            (received.first_hand, received.transactions),
            (false, sent.clone())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn large_bunches_arrive_whole() {
    let mut nodes = network(2, 0).await;
    let mut sent = transactions(20, 200_000);
    sent.push(vec![99; TRANSACTION_BYTES_MAX].into());
    assert_eq!(nodes[0].network.handle.relay_transactions(&sent), Ok(1));
    let mut received = Vec::new();
    while received.len() < sent.len() {
        received.extend(next(&mut nodes[1]).await.transactions);
    }
    assert!(received == sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sent_to_anyone_is_told() {
    let mut nodes = network(1, 0).await;
    let handle = nodes.remove(0).network.handle;
    assert_eq!(handle.relay_transactions(&transactions(1, 10)), Ok(0));
    for bytes in [0, TRANSACTION_BYTES_MAX + 1] {
        let refused = handle.relay_transactions(&transactions(1, bytes));
        assert!(refused.is_err());
    }
}
