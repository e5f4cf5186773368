//! Registry of the connected peers. It alone decides which peer gets which frame.
//!
//! ```text
//!   swarm ──► register ──────► Up ──► engine          queue full, removed, lost
//!                 │                                        │
//!                 ▼                                        ▼
//!   frames ──► broadcast / send ──► outboxes          unregister ──► Down ──► engine
//! ```
//!
//! One lock protects the peers and this node's last frames together. A vote published while a peer connects is
//! therefore either among the frames repeated to it or in its queue.

mod seen;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use libp2p::{PeerId, swarm::ConnectionId};
use tokio::sync::watch;

pub(super) use self::seen::ClaimedBlocks;
pub use self::seen::PeerStatus;
use super::{
    frame::{Frame, Kind},
    limits::Limits,
    membership::AllowedPeer,
    outbox::{Cut, Outbox},
    sent::Sent,
};

/// Two connections that became ready within this time may have crossed, because both sides dialled at once.
const CROSSING: Duration = Duration::from_secs(3);

/// A peer connected or disconnected. Reported under the registry's lock, so in the order of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Up(PeerId),
    Down(PeerId),
}

/// Receivers of a broadcast frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    Validators,
    Everyone,
}

/// The registry.
pub(super) struct Peers {
    own: PeerId,
    limits: Limits,
    state: Mutex<State>,
    tell: Box<dyn Fn(Change) + Send + Sync>,
    next_height_seen: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    allowed: HashMap<PeerId, AllowedPeer>,
    validating: bool,
    connected: HashMap<PeerId, Connected>,
    /// The validator that pushes decided blocks to this node, when this node is not a validator.
    feed: Option<PeerId>,
    sent: Sent,
    started: u64,
}

struct Connected {
    connection: ConnectionId,
    /// Whether the side with the lower key dialled.
    preferred: bool,
    ready: Instant,
    outbox: Arc<Outbox>,
    since: SystemTime,
    validator: bool,
    follows: bool,
    claimed: ClaimedBlocks,
    height_seen: u64,
}

impl Peers {
    pub(super) fn new(
        own: PeerId,
        limits: Limits,
        tell: impl Fn(Change) + Send + Sync + 'static,
    ) -> Self {
        Self {
            own,
            limits,
            state: Mutex::default(),
            tell: Box::new(tell),
            next_height_seen: watch::channel(0).0,
        }
    }

    /// Replaces the membership and disconnects peers that may no longer connect.
    pub(super) fn set_allowed(&self, allowed: &[AllowedPeer]) {
        let mut state = self.lock();
        state.allowed = allowed
            .iter()
            .map(|peer| (peer.peer_id, peer.clone()))
            .collect();
        state.validating = state.is_validator(&self.own);
        let removed: Vec<_> = state
            .connected
            .keys()
            .filter(|peer| !state.allowed.contains_key(peer))
            .copied()
            .collect();
        for peer in removed {
            self.cut(&mut state, peer, Cut::Removed);
        }
        let State {
            allowed, connected, ..
        } = &mut *state;
        for (peer, connected) in connected {
            connected.validator = allowed.get(peer).is_some_and(|peer| peer.validator);
        }
        self.choose_feed(&mut state);
        self.update_height_seen(&state);
    }

    /// Puts a ready connection into use, in place of an earlier one: a peer that reconnects already knows that the
    /// earlier one is lost. `None` for a peer that may not connect, and for the less preferred of two that crossed.
    pub(super) fn register(
        &self,
        peer: PeerId,
        connection: ConnectionId,
        dialled: bool,
    ) -> Option<Arc<Outbox>> {
        let mut state = self.lock();
        let validator = state.allowed.get(&peer)?.validator;
        // When both sides dialled, they may see the two connections in different order. Both keep the one dialled by
        // the lower key; otherwise each might close the one that the other keeps.
        let preferred = dialled == (self.own < peer);
        let crossed = |former: &Connected| {
            former.preferred && !preferred && former.ready.elapsed() < CROSSING
        };
        if state.connected.get(&peer).is_some_and(crossed) {
            return None;
        }
        self.cut(&mut state, peer, Cut::Replaced);

        let outbox = Arc::new(Outbox::new(&self.limits));
        if validator {
            for frame in state.sent.frames() {
                // The frames fit into an empty queue. If one did not, the engine would send it again.
                let _ = outbox.offer(frame.clone());
            }
        }
        state.connected.insert(
            peer,
            Connected {
                connection,
                preferred,
                ready: Instant::now(),
                outbox: outbox.clone(),
                since: SystemTime::now(),
                validator,
                follows: false,
                claimed: ClaimedBlocks::default(),
                height_seen: 0,
            },
        );
        (self.tell)(Change::Up(peer));
        self.choose_feed(&mut state);
        Some(outbox)
    }

    /// Removes a connection that ended. Returns `true` when it was the one in use.
    pub(super) fn unregister(&self, peer: PeerId, connection: ConnectionId) -> bool {
        let mut state = self.lock();
        let in_use = state
            .connected
            .get(&peer)
            .is_some_and(|connected| connected.connection == connection);
        if in_use {
            self.remove(&mut state, peer);
        }
        in_use
    }

    /// Queues a frame for many peers. A peer whose queue is full is disconnected.
    pub(super) fn broadcast(&self, audience: Audience, frame: &Frame) {
        self.broadcast_locked(&mut self.lock(), audience, frame);
    }

    /// Queues a frame for one peer, and disconnects it when its queue is full. Returns `false` when it is not
    /// connected (any more).
    pub(super) fn send(&self, peer: PeerId, frame: Frame) -> bool {
        let mut state = self.lock();
        let Some(connected) = state.connected.get(&peer) else {
            return false;
        };
        let queued = connected.outbox.offer(frame);
        if !queued {
            self.cut(&mut state, peer, Cut::QueueFull);
        }
        queued
    }

    /// Publishes a vote or proposal of this node.
    pub(super) fn publish_consensus(&self, height: u64, frame: &Frame) {
        let mut state = self.lock();
        state.sent.consensus(height, frame.clone());
        self.broadcast_locked(&mut state, Audience::Validators, frame);
    }

    /// Publishes a proposal part of this node.
    pub(super) fn publish_part(&self, stream: Bytes, height: u64, frame: &Frame) {
        let mut state = self.lock();
        state.sent.part(stream, height, frame.clone());
        self.broadcast_locked(&mut state, Audience::Validators, frame);
    }

    /// Calls `visit` with all connected peers, and with the blocks that each validator among them claims to have. No
    /// peer can connect or disconnect during the call.
    pub(super) fn with_connected(
        &self,
        visit: impl FnOnce(&mut dyn Iterator<Item = (PeerId, Option<ClaimedBlocks>)>),
    ) {
        let state = self.lock();
        visit(&mut state.connected.iter().map(|(peer, connected)| {
            let counts = connected.validator && connected.claimed.tip > 0;
            (*peer, counts.then_some(connected.claimed))
        }));
    }

    /// Returns whether this node is a validator, and the outboxes of connected validators.
    pub(super) fn validators(&self) -> (bool, Vec<Arc<Outbox>>) {
        let state = self.lock();
        let validators = state.connected.values().filter(|peer| peer.validator);
        let outboxes = validators.map(|peer| peer.outbox.clone()).collect();
        (state.validating, outboxes)
    }

    /// Returns the outboxes of the peers that asked for decided blocks.
    pub(super) fn followers(&self) -> Vec<Arc<Outbox>> {
        let state = self.lock();
        let followers = state.connected.values().filter(|peer| peer.follows);
        followers.map(|peer| peer.outbox.clone()).collect()
    }

    /// Returns a connected peer's outbox.
    pub(super) fn outbox(&self, peer: PeerId) -> Option<Arc<Outbox>> {
        let state = self.lock();
        Some(state.connected.get(&peer)?.outbox.clone())
    }

    /// Whether a connected peer is a validator.
    pub(super) fn is_validator(&self, peer: PeerId) -> bool {
        let state = self.lock();
        state.connected.get(&peer).is_some_and(|it| it.validator)
    }

    /// Whether this peer pushes decided blocks to this node.
    pub(super) fn is_feed(&self, peer: PeerId) -> bool {
        self.lock().feed == Some(peer)
    }

    /// Notes whether a peer wants decided blocks pushed.
    pub(super) fn set_follows(&self, peer: PeerId, follows: bool) {
        if let Some(connected) = self.lock().connected.get_mut(&peer) {
            connected.follows = follows;
        }
    }

    fn broadcast_locked(&self, state: &mut State, audience: Audience, frame: &Frame) {
        let full: Vec<_> = state
            .connected
            .iter()
            .filter(|(_, peer)| audience == Audience::Everyone || peer.validator)
            .filter(|(_, peer)| !peer.outbox.offer(frame.clone()))
            .map(|(id, _)| *id)
            .collect();
        for peer in full {
            self.cut(state, peer, Cut::QueueFull);
        }
    }

    /// Unregisters a peer immediately. Its connection's task closes the connection later.
    fn cut(&self, state: &mut State, peer: PeerId, reason: Cut) {
        if let Some(connected) = state.connected.get(&peer) {
            tracing::info!(%peer, %reason, "closing a peer's connection");
            connected.outbox.cut(reason);
            self.remove(state, peer);
        }
    }

    fn remove(&self, state: &mut State, peer: PeerId) {
        state.connected.remove(&peer);
        (self.tell)(Change::Down(peer));
        self.choose_feed(state);
        self.update_height_seen(state);
    }

    /// Keeps one connected validator as the feed while this node is not a validator. If every connected validator
    /// pushed, this node would receive each block several times.
    fn choose_feed(&self, state: &mut State) {
        let wanted = !state.validating && state.allowed.contains_key(&self.own);
        let kept = state
            .feed
            .filter(|feed| wanted && state.connected.get(feed).is_some_and(|peer| peer.validator));
        if kept.is_some() {
            return;
        }
        if let Some(former) = state
            .feed
            .take()
            .and_then(|feed| state.connected.get(&feed))
        {
            let _ = former.outbox.offer(follow(false));
        }
        let mut validators = state.connected.iter().filter(|(_, peer)| peer.validator);
        if wanted && let Some((id, peer)) = validators.next() {
            let _ = peer.outbox.offer(follow(true));
            state.feed = Some(*id);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No update can panic half-way, so the state behind a poisoned lock is consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_validator(&self, peer: &PeerId) -> bool {
        self.allowed.get(peer).is_some_and(|peer| peer.validator)
    }
}

fn follow(wanted: bool) -> Frame {
    Frame::new(Kind::Follow, &[&[u8::from(wanted)]]).expect("one byte is within any bound")
}
