//! What the rest of the node does with the network.

use std::sync::Arc;

use bytes::Bytes;
use libp2p::PeerId;
use tokio::sync::watch;

use super::{
    blocks::Blocks,
    fetches::{FetchError, Fetches},
    frame::{Frame, Kind},
    peers::{PeerStatus, Peers},
    relay::{Relay, RelayError},
};

/// Blocks that are pushed when several were decided at once; who is further behind asks.
const PUSHED_AT_ONCE: u64 = 16;

/// A handle on the network, cheap to clone.
#[derive(Clone)]
pub struct NetworkHandle {
    pub(super) peers: Arc<Peers>,
    pub(super) relay: Arc<Relay>,
    pub(super) fetches: Arc<Fetches>,
    pub(super) decided: watch::Sender<u64>,
    pub(super) stop: watch::Sender<bool>,
}

impl NetworkHandle {
    /// Passes on transactions that this node took first-hand and accepted: a validator to
    /// all other validators, another node to a few of them. Gives the number of
    /// validators that all of them are queued for: 0 means that nobody has them, and it
    /// is worth trying again later.
    ///
    /// # Errors
    /// When one of them is empty or above [`TRANSACTION_BYTES_MAX`](super::TRANSACTION_BYTES_MAX);
    /// none is sent then.
    pub fn relay_transactions(&self, transactions: &[Bytes]) -> Result<usize, RelayError> {
        self.relay.send(&self.peers, transactions)
    }

    /// Asks a peer for attachments by their hashes; nothing is asked until the future is
    /// polled, and dropping it cancels. Gives those that the peer has, in the order asked,
    /// as many as fit 8 MiB and at least one if it has any: what is missing may be there
    /// when it is asked for again. Of more than
    /// [`ATTACHMENTS_ASKED_MAX`](super::ATTACHMENTS_ASKED_MAX) hashes the first are asked.
    ///
    /// The network checks no hash: that the bytes are what was asked for is the caller's to
    /// find out. They share the memory of the response.
    ///
    /// # Errors
    /// When the peer is not connected, when too much is asked at a time, when the answer
    /// does not come in time, and when the connection ends before.
    pub fn fetch_attachments(
        &self,
        peer: PeerId,
        hashes: &[[u8; 32]],
    ) -> impl Future<Output = Result<Vec<Bytes>, FetchError>> + Send + use<> {
        let (fetches, peers) = (self.fetches.clone(), self.peers.clone());
        let hashes = hashes.to_vec();
        async move { fetches.fetch(&peers, peer, &hashes).await }
    }

    /// Pushes decided blocks up to `height` to the nodes that follow this one. Called
    /// when they are committed.
    pub fn announce_decided(&self, height: u64) {
        self.decided.send_if_modified(|known| {
            let higher = height > *known;
            *known = height.max(*known);
            higher
        });
    }

    /// All other members and what is known of them, by organisation.
    #[must_use]
    pub fn peers(&self) -> Vec<PeerStatus> {
        self.peers.snapshot()
    }

    /// The greatest height that a connected validator is known to work on or to have
    /// decided, at most one above the height that runs here. Above it, others have gone
    /// on, and so may this node.
    #[must_use]
    pub fn next_height_seen(&self) -> watch::Receiver<u64> {
        self.peers.next_height_seen()
    }

    /// Closes all connections and ends the network.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }
}

/// Pushes decided blocks to followers as they are announced.
pub(super) async fn push(peers: Arc<Peers>, blocks: Blocks, mut decided: watch::Receiver<u64>) {
    let mut pushed = *decided.borrow_and_update();
    while decided.changed().await.is_ok() {
        let tip = *decided.borrow_and_update();
        let from = pushed.max(tip.saturating_sub(PUSHED_AT_ONCE)) + 1;
        for height in from..=tip {
            let followers = peers.followers();
            if followers.is_empty() {
                break;
            }
            let Some(block) = blocks.decided(height).await else {
                break;
            };
            match Frame::new(Kind::Decided, &[&height.to_be_bytes(), &block]) {
                Ok(frame) => {
                    for follower in followers {
                        // One whose queue is full is behind; it will ask.
                        let _ = follower.offer(frame.clone());
                    }
                }
                Err(error) => tracing::error!(%error, height, "block not pushed"),
            }
        }
        pushed = tip;
    }
}
