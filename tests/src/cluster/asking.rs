//! Requests to running nodes, and waiting for conditions.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;

use super::{Cluster, Connection, Gone, PATIENCE, Process};
use crate::control::{Answer, Committed, Request, Status};

/// Interval between checks of a condition.
const LOOK_EVERY: Duration = Duration::from_millis(20);

impl Cluster {
    /// The connection to a running node.
    ///
    /// # Panics
    /// When it is not running.
    pub fn connection(&self, place: usize) -> Arc<Connection> {
        let process = self.processes[place].as_ref().expect("the node runs");
        Arc::clone(process.connection())
    }

    /// Sends a request to a running node.
    ///
    /// # Panics
    /// When it is gone or does not answer in time.
    pub fn ask(&self, place: usize, request: Request) -> Answer {
        let answer = self.connection(place).call(request, PATIENCE);
        answer.unwrap_or_else(|Gone| panic!("node {place} does not answer"))
    }

    /// Reads the status of a running node.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn status(&self, place: usize) -> Status {
        match self.ask(place, Request::Status) {
            Answer::Status(status) => status,
            other => panic!("node {place} answers {other:?}"),
        }
    }

    /// Last committed height of a running node.
    pub fn height(&self, place: usize) -> u64 {
        self.status(place).height
    }

    /// Greatest height of the running nodes.
    pub fn highest(&self) -> u64 {
        let heights = self.running().into_iter().map(|place| self.height(place));
        heights.max().unwrap_or(0)
    }

    /// Waits until a node has committed `height`.
    pub fn wait_for_height(&mut self, place: usize, height: u64, patience: Duration) {
        let name = format!("node {place} to commit height {height}");
        self.until(&name, patience, |cluster| {
            cluster.assert_alive(place);
            (cluster.height(place) >= height).then_some(())
        });
    }

    /// Waits until all running nodes have committed `more` heights beyond the current highest.
    pub fn wait_for_progress(&mut self, more: u64, patience: Duration) {
        let height = self.highest() + more;
        for place in self.running() {
            self.wait_for_height(place, height, patience);
        }
        self.tell(format_args!("height {height} on all that run"));
    }

    /// Submits a transaction to a node and waits until a block contains it.
    ///
    /// # Errors
    /// The rule that refused it, with the node's message.
    ///
    /// # Panics
    /// When the node does not answer.
    pub fn submit_and_wait(
        &self,
        place: usize,
        transaction: &Bytes,
    ) -> Result<Committed, (u32, String)> {
        let transaction = hex::encode(transaction);
        match self.ask(place, Request::SubmitAndWait { transaction }) {
            Answer::Committed(committed) => Ok(committed),
            Answer::Refused { code, reason } => Err((code, reason)),
            other => panic!("node {place} answers {other:?}"),
        }
    }

    /// Submits a transaction that must be accepted, and waits until a block contains it.
    ///
    /// # Panics
    /// When it is refused.
    pub fn accept(&self, place: usize, transaction: &Bytes) -> Committed {
        let committed = self.submit_and_wait(place, transaction);
        let committed = committed.unwrap_or_else(|refused| panic!("refused: {refused:?}"));
        let codes = committed.items.iter().map(|item| item.code);
        assert!(
            committed.code == 0 && codes.sum::<u32>() == 0,
            "rejected: {committed:?}"
        );
        committed
    }

    /// Waits for a condition.
    ///
    /// # Panics
    /// When it is not met in time.
    pub fn until<T>(
        &mut self,
        what: &str,
        patience: Duration,
        mut condition: impl FnMut(&mut Self) -> Option<T>,
    ) -> T {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(value) = condition(self) {
                return value;
            }
            assert!(
                Instant::now() < deadline,
                "waited {patience:?} in vain for {what}"
            );
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Fails if a node that should be running has ended.
    pub(super) fn assert_alive(&mut self, place: usize) {
        let ended = self.processes[place].as_mut().and_then(Process::ended);
        if let Some(status) = ended {
            panic!("node {place} ended unexpectedly: {status}");
        }
    }
}
