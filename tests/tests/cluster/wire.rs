//! Helpers for tests that connect to a node as a raw peer.

use std::time::Duration;

use libp2p::{Multiaddr, identity::Keypair};
use piaolian_contracts::organisations::KeyPurpose;
use piaolian_test_kit::{
    peer::{CLASSES, RawPeer, RawStream},
    transactions,
};
use piaolian_tests::cluster::{Cluster, Network, PATIENCE};
use tokio::time::{sleep, timeout};

/// Multiaddress of a node.
pub(crate) fn address(network: &Network, place: usize) -> Multiaddr {
    network.multiaddress(place).parse().unwrap()
}

/// The genesis hash, from which the names of the chain's protocols are derived.
pub(crate) fn genesis_hash(network: &Network) -> [u8; 32] {
    *network.genesis.hash().as_bytes()
}

/// Peer key of a member.
pub(crate) fn peer_key(network: &Network, place: usize) -> Keypair {
    let secret = transactions::secret(&network.founders[place], KeyPurpose::Peer);
    Keypair::ed25519_from_bytes(secret.to_bytes()).unwrap()
}

/// Starts a network in which every validator runs except one, whose keys the test uses.
pub(crate) fn honest(program: &str, name: &str, validators: usize, but: usize) -> Cluster {
    let mut cluster = Cluster::found(program, name, validators);
    for place in (0..validators).filter(|place| *place != but) {
        cluster.start(place);
    }
    cluster
}

/// Connects with the peer key of `member`, so that the node at `place` accepts frames.
pub(crate) async fn connect(
    network: &Network,
    member: usize,
    place: usize,
) -> (RawPeer, Vec<RawStream>) {
    let peer = RawPeer::dial(&peer_key(network, member), &address(network, place))
        .await
        .unwrap();
    let streams = peer.open_all(&genesis_hash(network)).await.unwrap();
    let ready = async {
        while peer.heard().streams_opened < CLASSES.len() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, ready).await.unwrap();
    (peer, streams)
}
