//! Observations about connected peers: the height that each works on, and the blocks that it has.

use std::time::SystemTime;

use libp2p::PeerId;
use tokio::sync::watch;

use super::{Connected, Peers, State};

/// A peer in the status query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerStatus {
    /// The peer's libp2p id.
    pub peer_id: PeerId,
    /// Unified social credit code of its organisation.
    pub organisation: String,
    /// Whether it takes part in consensus.
    pub validator: bool,
    /// Start of the connection, if it is connected.
    pub connected_since: Option<SystemTime>,
    /// Last height that it claims to have decided; 0 before any.
    pub tip: u64,
}

/// The blocks that a peer claims to have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClaimedBlocks {
    /// The greatest height; 0: none claimed yet.
    pub(crate) tip: u64,
    /// The lowest height.
    pub(crate) min_height: u64,
}

impl Peers {
    /// Watches the greatest height that a connected validator is known to work on or to have decided, at most one
    /// above the height in progress here.
    pub(crate) fn next_height_seen(&self) -> watch::Receiver<u64> {
        self.next_height_seen.subscribe()
    }

    /// Notes that a height has started here.
    pub(crate) fn height_started(&self, height: u64) {
        let mut state = self.lock();
        state.started = height;
        state.sent.started(height);
        self.update_height_seen(&state);
    }

    /// Notes that a peer sent a message of a height.
    pub(crate) fn saw_height(&self, peer: PeerId, height: u64) {
        self.saw(peer, height, |_| {});
    }

    /// Notes which blocks a peer claims to have.
    pub(crate) fn saw_claimed(&self, peer: PeerId, claimed: ClaimedBlocks) {
        self.saw(peer, claimed.tip, |connected| connected.claimed = claimed);
    }

    /// Lists all other allowed peers, sorted by organisation.
    pub(crate) fn snapshot(&self) -> Vec<PeerStatus> {
        let state = self.lock();
        let others = state.allowed.values().filter(|it| it.peer_id != self.own);
        let mut peers: Vec<_> = others
            .map(|peer| {
                let connected = state.connected.get(&peer.peer_id);
                PeerStatus {
                    peer_id: peer.peer_id,
                    organisation: peer.organisation.clone(),
                    validator: peer.validator,
                    connected_since: connected.map(|connected| connected.since),
                    tip: connected.map_or(0, |connected| connected.claimed.tip),
                }
            })
            .collect();
        peers.sort_by(|a, b| (&a.organisation, a.peer_id).cmp(&(&b.organisation, b.peer_id)));
        peers
    }

    fn saw(&self, peer: PeerId, height: u64, note: impl FnOnce(&mut Connected)) {
        let mut state = self.lock();
        if let Some(connected) = state.connected.get_mut(&peer) {
            note(connected);
            // Most frames belong to a height that was seen before.
            if height > connected.height_seen {
                connected.height_seen = height;
                self.update_height_seen(&state);
            }
        }
    }

    /// Publishes the greatest height seen, bounded by the next height, so that a false claim advances this node by at
    /// most one height.
    pub(super) fn update_height_seen(&self, state: &State) {
        let validators = state.connected.values().filter(|peer| peer.validator);
        let seen = validators.map(|peer| peer.height_seen).max().unwrap_or(0);
        let next = seen.min(state.started + 1);
        self.next_height_seen.send_if_modified(|known| {
            let changed = *known != next;
            *known = next;
            changed
        });
    }
}
