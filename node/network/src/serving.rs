//! Requests of peers, served off their connections' tasks.
//!
//! ```text
//!   request ──► a place ──► its turn ──► the queue is drained ──► few at once: read ──► response
//!                 none: cut
//! ```
//!
//! Read only when it can be sent: a slow reader holds one response, not many, and while
//! it is waited for, others are served.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use piaolian_contracts::state::Fault;
use tokio::{
    sync::{Semaphore, mpsc},
    time::timeout,
};

use super::{
    frame::{Frame, Kind},
    outbox::Outbox,
};

/// Requests of one peer and class that may wait to be served. The engine keeps five at a
/// time, and fetches of attachments are four.
const REQUESTS_WAITING_MAX: usize = 16;

/// Requests of a class served at a time, for all peers: each holds a response in memory.
const SERVED_AT_ONCE: usize = 4;

/// How long a request may wait and be served: the requester's own patience.
const SERVED_WITHIN: Duration = Duration::from_secs(10);

/// Serves the requests of one class.
#[derive(Clone)]
pub(super) struct Serving {
    /// What the responses are.
    kind: Kind,
    at_once: Arc<Semaphore>,
    /// Where trouble of this machine goes: the node stops over it.
    faults: mpsc::Sender<Fault>,
}

/// What one peer has asked for and not been answered yet: its requests of a class are
/// served one after the other.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    places: Arc<Semaphore>,
    turn: Arc<Semaphore>,
}

impl Default for Waiting {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(REQUESTS_WAITING_MAX)),
            turn: Arc::new(Semaphore::new(1)),
        }
    }
}

impl Serving {
    pub(super) fn new(kind: Kind, faults: mpsc::Sender<Fault>) -> Self {
        Self {
            kind,
            at_once: Arc::new(Semaphore::new(SERVED_AT_ONCE)),
            faults,
        }
    }

    /// Answers a request with the encoded response that `read` gives, later. `false` when
    /// the peer asks too much at a time.
    pub(super) fn serve(
        &self,
        id: u64,
        outbox: Arc<Outbox>,
        waiting: &Waiting,
        read: impl FnOnce() -> Result<Bytes, Fault> + Send + 'static,
    ) -> bool {
        let Ok(place) = waiting.places.clone().try_acquire_owned() else {
            return false;
        };
        let (serving, turn) = (self.clone(), waiting.turn.clone());
        tokio::spawn(async move {
            // Later than this the peer asks another.
            let _ = timeout(SERVED_WITHIN, serving.respond(id, read, &outbox, &turn)).await;
            drop(place);
        });
        true
    }

    async fn respond(
        &self,
        id: u64,
        read: impl FnOnce() -> Result<Bytes, Fault> + Send + 'static,
        outbox: &Outbox,
        turn: &Semaphore,
    ) {
        let Ok(_turn) = turn.acquire().await else {
            return;
        };
        if !outbox.drained(self.kind.class()).await {
            return;
        }
        let Ok(_permit) = self.at_once.acquire().await else {
            return;
        };
        let Some(body) = self.read(read).await else {
            return;
        };
        match Frame::new(self.kind, &[&id.to_be_bytes(), &body]) {
            Ok(frame) => {
                // Were the queue to have filled in the meantime, the peer asks another.
                let _ = outbox.offer(frame);
            }
            Err(error) => tracing::error!(%error, "request cannot be served"),
        }
    }

    /// What `read` gives where blocking is allowed; nothing when this machine is in trouble.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> Option<T> {
        match tokio::task::spawn_blocking(read).await {
            Ok(Ok(read)) => Some(read),
            Ok(Err(fault)) => {
                // A full channel already holds one, and one is enough to stop.
                let _ = self.faults.try_send(fault);
                None
            }
            Err(error) => {
                tracing::error!(%error, "reading for a peer ended early");
                None
            }
        }
    }
}
