//! What every test needs that speaks to a node by hand.

use libp2p::{Multiaddr, identity::Keypair};
use piaolian_contracts::organisations::KeyPurpose;
use piaolian_tests::{cluster::Network, transactions};

/// Where a node is reached.
pub(crate) fn address(network: &Network, place: usize) -> Multiaddr {
    network.multiaddress(place).parse().unwrap()
}

/// What the names of the chain's protocols are made from.
pub(crate) fn genesis_hash(network: &Network) -> [u8; 32] {
    *network.genesis.hash().as_bytes()
}

/// A member's own peer key.
pub(crate) fn peer_key(network: &Network, place: usize) -> Keypair {
    let secret = transactions::secret(&network.founders[place], KeyPurpose::Peer);
    Keypair::ed25519_from_bytes(secret.to_bytes()).unwrap()
}
