//! Serves peers' requests on tasks of their own.
//!
//! ```text
//!   request ──► a place ──► its turn ──► the queue is drained ──► read, few at a time ──► response
//!                 none: disconnect
//! ```
//!
//! A response is read only when it can be sent: a slow peer keeps at most one response in memory, and others are served
//! in the meantime.

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

/// Requests of one peer and class that may wait. The engine has at most five open, and attachment fetches four.
const REQUESTS_WAITING_MAX: usize = 16;

/// Requests of one class served at a time, for all peers: each holds a response in memory.
const SERVED_AT_ONCE: usize = 4;

/// Time limit for a request to wait and be served: the requester's own timeout.
const SERVED_WITHIN: Duration = Duration::from_secs(10);

/// Serves the requests of one class.
#[derive(Clone)]
pub(super) struct Serving {
    /// Kind of the responses.
    kind: Kind,
    at_once: Arc<Semaphore>,
    /// Receives faults of this machine, which stop the node.
    faults: mpsc::Sender<Fault>,
}

/// Unanswered requests of one peer and class. They are served one after the other.
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

    /// Queues a request, to be answered with the encoded response that `read` returns. Returns `false` when the peer
    /// has too many requests open.
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
            // After this time the peer asks another one.
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
                // If the queue has filled in the meantime, the peer asks another one.
                let _ = outbox.offer(frame);
            }
            Err(error) => tracing::error!(%error, "response too large, not sent"),
        }
    }

    /// Runs `read` on a blocking thread. `None` on a fault of this machine.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> Option<T> {
        match tokio::task::spawn_blocking(read).await {
            Ok(Ok(read)) => Some(read),
            Ok(Err(fault)) => {
                // A full channel already holds a fault, and one is enough to stop the node.
                let _ = self.faults.try_send(fault);
                None
            }
            Err(error) => {
                tracing::error!(%error, "reading a response panicked");
                None
            }
        }
    }
}
