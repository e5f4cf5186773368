//! Faults of the network. Every one is a fault of this machine.

use std::io;

use libp2p::{Multiaddr, noise};
use piaolian_contracts::state::Fault;

/// Reason why the network cannot start or continue.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The peer key cannot make a Noise identity.
    #[error("the peer key is unusable: {0}")]
    Key(#[from] noise::Error),
    /// The configured address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The configured address.
        address: Multiaddr,
        /// The operating system's error.
        source: io::Error,
    },
    /// Listening ended: no peer can connect any more.
    #[error("no longer listening{}", .0.as_ref().map(|error| format!(": {error}")).unwrap_or_default())]
    ListenerEnded(Option<io::Error>),
    /// The engine's actor could not be started.
    #[error("the network actor did not start: {0}")]
    Actor(#[from] ractor::SpawnErr),
    /// The store failed while a peer was served.
    #[error(transparent)]
    Store(#[from] Fault),
    /// A task of the network ended unexpectedly.
    #[error("a network task ended: {0}")]
    Task(#[from] tokio::task::JoinError),
}
