//! The handle through which the rest of the node uses the network.

use std::sync::Arc;

use bytes::Bytes;
use libp2p::PeerId;
use tokio::sync::watch;

use super::{
    block_serving::Blocks,
    fetches::{FetchError, Fetches},
    frame::{Frame, Kind},
    peers::{PeerStatus, Peers},
    transaction_relay::{Relay, RelayError},
};

/// Most blocks pushed at a time, when several were decided together. A follower that is further behind requests them.
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
    /// Relays transactions that this node received first-hand and accepted: a validator to all other validators,
    /// another node to a few of them. Returns the number of validators that all transactions are queued for. With 0,
    /// no validator gets them, and the caller should try again later.
    ///
    /// # Errors
    /// When one of them is empty or above [`TRANSACTION_BYTES_MAX`](super::TRANSACTION_BYTES_MAX). Then none is sent.
    pub fn relay_transactions(&self, transactions: &[Bytes]) -> Result<usize, RelayError> {
        self.relay.send(&self.peers, transactions)
    }

    /// Requests attachments from a peer by their hashes. The request is sent when the future is first polled;
    /// dropping the future cancels it. Returns the attachments that the peer has, in the order asked: as many as fit
    /// into 8 MiB, and at least one if it has any. A missing one may be returned by a later request. Of more than
    /// [`ATTACHMENTS_ASKED_MAX`](super::ATTACHMENTS_ASKED_MAX) hashes, only the first are requested.
    ///
    /// The caller must check the hashes; the network does not. The attachments share the memory of the response.
    ///
    /// # Errors
    /// When the peer is not connected, too many requests are open, the answer is late, or the connection ends.
    pub fn fetch_attachments(
        &self,
        peer: PeerId,
        hashes: &[[u8; 32]],
    ) -> impl Future<Output = Result<Vec<Bytes>, FetchError>> + Send + use<> {
        let (fetches, peers) = (self.fetches.clone(), self.peers.clone());
        let hashes = hashes.to_vec();
        async move { fetches.fetch(&peers, peer, &hashes).await }
    }

    /// Pushes the committed blocks up to `height` to the nodes that follow this one.
    pub fn push_decided_up_to(&self, height: u64) {
        self.decided.send_if_modified(|known| {
            let higher = height > *known;
            *known = height.max(*known);
            higher
        });
    }

    /// Lists all other allowed peers with their connection status, sorted by organisation.
    pub fn peers(&self) -> Vec<PeerStatus> {
        self.peers.snapshot()
    }

    /// Watches the greatest height that a connected validator is known to work on or to have decided, at most one above
    /// the height in progress here. A value above that height means that other validators have moved on, so this node
    /// may move on too.
    pub fn next_height_seen(&self) -> watch::Receiver<u64> {
        self.peers.next_height_seen()
    }

    /// Closes all connections and stops the network.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }
}

/// Pushes decided blocks to followers.
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
                        // A follower whose queue is full is behind; it will request the block.
                        let _ = follower.offer(frame.clone());
                    }
                }
                Err(error) => tracing::error!(%error, height, "decided block too large to push"),
            }
        }
        pushed = tip;
    }
}
