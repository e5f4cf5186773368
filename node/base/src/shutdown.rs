//! Waits until a shared store is closed.
//!
//! A store closes when its last handle is dropped, on any thread. Before the process ends or the store is opened again,
//! somebody must wait for that: while `RocksDB` closes, it holds the lock of its files and uses globals that the end of
//! the process destroys.

use std::time::Duration;

use tokio::{sync::watch, time::timeout};

/// Marks a store as open. Its field comes after the database's, so that it is dropped once the database is closed:
/// fields are dropped in order.
#[derive(Debug, Default)]
pub struct OpenGuard(watch::Sender<()>);

impl OpenGuard {
    /// Returns a signal of the store's closing, which does not keep the store open.
    #[must_use]
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
}
