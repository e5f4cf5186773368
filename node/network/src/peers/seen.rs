//! What connected peers have let us see: the height that each works on, the blocks that it has.

use std::time::SystemTime;

use libp2p::PeerId;
use tokio::sync::watch;

use super::{Connected, Peers, State};

/// A member as the status query shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerStatus {
    /// The member's name on the network.
    pub peer_id: PeerId,
    /// Unified social credit code of its organisation.
    pub organisation: String,
    /// Whether it takes part in consensus.
    pub validator: bool,
    /// Since when it is connected, if it is.
    pub connected_since: Option<SystemTime>,
    /// The height that it last announced as decided; 0 before it did.
    pub tip: u64,
}

/// The blocks that a peer says it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Announced {
    /// The greatest height; 0: none was told.
    pub(crate) tip: u64,
    /// The lowest height.
    pub(crate) min_height: u64,
}

impl Peers {
    /// The greatest height that a connected validator is known to work on or to have
    /// decided, at most one above the height that runs here.
    pub(crate) fn next_height_seen(&self) -> watch::Receiver<u64> {
        self.next_height_seen.subscribe()
    }

    /// A height has started here.
    pub(crate) fn height_started(&self, height: u64) {
        let mut state = self.lock();
        state.started = height;
        state.sent.started(height);
        self.update_height_seen(&state);
    }

    /// A peer sent something that belongs to a height.
    pub(crate) fn saw_height(&self, peer: PeerId, height: u64) {
        self.saw(peer, height, |_| {});
    }

    /// A peer announced which blocks it has.
    pub(crate) fn saw_announced(&self, peer: PeerId, announced: Announced) {
        self.saw(peer, announced.tip, |connected| {
            connected.announced = announced
        });
    }

    /// All members but ourselves, by organisation.
    pub(crate) fn snapshot(&self) -> Vec<PeerStatus> {
        let state = self.lock();
        let others = state.members.values().filter(|it| it.peer_id != self.own);
        let mut peers: Vec<_> = others
            .map(|member| {
                let connected = state.connected.get(&member.peer_id);
                PeerStatus {
                    peer_id: member.peer_id,
                    organisation: member.organisation.clone(),
                    validator: member.validator,
                    connected_since: connected.map(|connected| connected.since),
                    tip: connected.map_or(0, |connected| connected.announced.tip),
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
            // Most frames are of a height that was seen before.
            if height > connected.height_seen {
                connected.height_seen = height;
                self.update_height_seen(&state);
            }
        }
    }

    /// Bounded by the next height, so that a false claim moves this node one height on
    /// and no further: beyond that only what other validators do counts.
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
