//! Shutdown of a node: asks servers and workers to stop, and waits until the stores are closed.
//!
//! A store closes when its last handle is dropped, on any thread. The composition root must wait for that before the
//! process ends or the store is opened again: while `RocksDB` closes, it holds the lock of its files and uses globals
//! that the end of the process destroys.

use std::time::Duration;

use tokio::{sync::watch, time::timeout};

/// Marks a store as open. Declare its field after the database: fields are dropped in order, so the guard is dropped
/// once the database is closed.
#[derive(Debug, Default)]
pub struct OpenGuard(watch::Sender<()>);

impl OpenGuard {
    /// Returns a signal of the store's closing, which does not keep the store open.
    pub fn closed(&self) -> ClosedSignal {
        ClosedSignal(self.0.subscribe())
    }
}

/// Signals that a store is closed.
#[derive(Debug)]
pub struct ClosedSignal(watch::Receiver<()>);

impl ClosedSignal {
    /// Waits until the store is closed, at most for `limit`. Returns whether it is closed.
    pub async fn within(mut self, limit: Duration) -> bool {
        // Nothing is ever sent; the channel only closes.
        timeout(limit, self.0.changed()).await.is_ok()
    }
}

/// Requests the stop. All clones act as one switch.
#[derive(Clone, Debug)]
pub struct StopSwitch(watch::Sender<bool>);

/// Receives the request to stop.
#[derive(Clone, Debug)]
pub struct StopSignal(watch::Receiver<bool>);

impl StopSwitch {
    /// Returns a new switch.
    pub fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Asks for the stop.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Returns a signal of this switch.
    pub fn signal(&self) -> StopSignal {
        StopSignal(self.0.subscribe())
    }
}

impl Default for StopSwitch {
    fn default() -> Self {
        Self::new()
    }
}

impl StopSignal {
    /// Completes when the stop is requested, or when every clone of the switch is dropped.
    pub async fn asked(mut self) {
        let _ = self.0.wait_for(|is_asked| *is_asked).await;
    }

    /// Runs `work` until it fails or the stop is requested. At the stop it drops `work`.
    ///
    /// # Errors
    /// When the work fails.
    pub async fn until<E>(self, work: impl Future<Output = Result<(), E>>) -> Result<(), E> {
        tokio::select! {
            () = self.asked() => Ok(()),
            ended = work => ended,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_signal_comes_when_the_store_is_dropped() {
        let open_guard = OpenGuard::default();
        assert!(!open_guard.closed().within(Duration::ZERO).await);
        let closed = open_guard.closed();
        drop(open_guard);
        assert!(closed.within(Duration::ZERO).await);
    }

    async fn endless() -> Result<(), &'static str> {
        std::future::pending().await
    }

    #[tokio::test]
    async fn a_stop_ends_work_well_whenever_it_was_asked_for() {
        let switch = StopSwitch::new();
        let before = switch.signal();
        switch.stop();
        assert_eq!(before.until(endless()).await, Ok(()));
        assert_eq!(switch.signal().until(endless()).await, Ok(()));
    }

    #[tokio::test]
    async fn work_that_fails_ends_with_its_error() {
        let switch = StopSwitch::new();
        let failing = async { Err("disk") };
        assert_eq!(switch.signal().until(failing).await, Err("disk"));
    }
}
