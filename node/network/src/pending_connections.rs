//! Incoming connections that are not authenticated yet.
//!
//! ```text
//!   TCP ──► enter ──► Noise, Yamux ──► admit ──► members, limits …
//!             │ too many pending
//!             ▼
//!        the oldest is displaced
//! ```
//!
//! Anyone can open a connection and then stay silent. If new connections were refused at the limit, a few idle
//! strangers would keep members out. A member authenticates within milliseconds, so the oldest pending connection is
//! closed instead.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
    task::Waker,
};

use futures::task::AtomicWaker;
use libp2p::Multiaddr;

/// The pending connections, oldest first. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct PendingConnections {
    waiting: Arc<Mutex<VecDeque<(Multiaddr, Arc<PendingConnection>)>>>,
    waiting_max: usize,
}

/// One incoming connection.
#[derive(Debug, Default)]
pub(super) struct PendingConnection {
    stage: AtomicU8,
    task: AtomicWaker,
}

const WAITING: u8 = 0;
const ADMITTED: u8 = 1;
const DISPLACED: u8 = 2;

/// Stage of an incoming connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Waiting,
    Admitted,
    Displaced,
}

impl PendingConnections {
    pub(super) fn new(waiting_max: usize) -> Self {
        Self {
            waiting: Arc::default(),
            waiting_max,
        }
    }

    /// Registers a connection from a remote address, which no other open connection has.
    pub(super) fn enter(&self, from: Multiaddr) -> Arc<PendingConnection> {
        let connection = Arc::new(PendingConnection::default());
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // Connections that ended by themselves are referenced only from here.
        waiting.retain(|(_, connection)| Arc::strong_count(connection) > 1);
        waiting.push_back((from, connection.clone()));
        if waiting.len() > self.waiting_max
            && let Some((_, longest)) = waiting.pop_front()
        {
            longest.become_stage(DISPLACED);
        }
        connection
    }

    /// Marks a connection as authenticated: the pre-authentication limit no longer applies to it.
    pub(super) fn admit(&self, from: &Multiaddr) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let place = waiting.iter().position(|(waiting, _)| waiting == from);
        if let Some((_, connection)) = place.and_then(|place| waiting.remove(place)) {
            connection.become_stage(ADMITTED);
        }
    }
}

impl PendingConnection {
    /// Returns the stage. The task is woken when it changes.
    pub(super) fn stage(&self, task: &Waker) -> Stage {
        self.task.register(task);
        match self.stage.load(Ordering::Acquire) {
            WAITING => Stage::Waiting,
            ADMITTED => Stage::Admitted,
            _ => Stage::Displaced,
        }
    }

    fn become_stage(&self, stage: u8) {
        self.stage.store(stage, Ordering::Release);
        self.task.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> Multiaddr {
        format!("/ip4/10.0.0.1/tcp/{port}").parse().unwrap()
    }

    fn stages(connections: &[Arc<PendingConnection>]) -> Vec<Stage> {
        let stage = |connection: &Arc<PendingConnection>| connection.stage(Waker::noop());
        connections.iter().map(stage).collect()
    }

    #[test]
    fn the_oldest_is_displaced_when_too_many_are_pending() {
        use Stage::{Admitted, Displaced, Waiting};

        let pending = PendingConnections::new(2);
        let mut connections = vec![pending.enter(address(1)), pending.enter(address(2))];
        pending.admit(&address(1));
        connections.push(pending.enter(address(3)));
        assert_eq!(stages(&connections), [Admitted, Waiting, Waiting]);
        connections.push(pending.enter(address(4)));
        assert_eq!(
            stages(&connections),
            [Admitted, Displaced, Waiting, Waiting]
        );
    }

    #[test]
    fn connections_that_ended_do_not_count() {
        let pending = PendingConnections::new(2);
        let stays = pending.enter(address(1));
        for port in 2..100 {
            drop(pending.enter(address(port)));
        }
        assert_eq!(stays.stage(Waker::noop()), Stage::Waiting);
    }
}
