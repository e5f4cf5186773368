//! Waiting until a store that many hold is closed.
//!
//! The last to hold a store closes it, on whatever thread that happens. Who ends the
//! process, or opens the store again, waits for the end of that: while `RocksDB` closes it
//! holds the lock of its files, and uses what goes with the process.

use std::time::Duration;

use tokio::{sync::watch, time::timeout};

/// Kept in a store below its database, so that it goes once that is closed: fields are
/// dropped in order.
#[derive(Debug)]
pub struct Closing(watch::Sender<()>);

impl Closing {
    /// Of a store that is open.
    pub fn new() -> Self {
        Self(watch::Sender::new(()))
    }

    /// What tells of its end, and does not keep it open.
    pub fn closed(&self) -> Closed {
        Closed(self.0.subscribe())
    }
}

/// Tells when a store is closed.
#[derive(Debug)]
pub struct Closed(watch::Receiver<()>);

impl Closed {
    /// Waits until the store is closed, at most for `limit`; whether it is.
    pub async fn within(mut self, limit: Duration) -> bool {
        // Nothing is ever sent: the channel only ends.
        timeout(limit, self.0.changed()).await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_store_is_told_closed_once_it_is_gone() {
        let closing = Closing::new();
        assert!(!closing.closed().within(Duration::ZERO).await);
        let closed = closing.closed();
        drop(closing);
        assert!(closed.within(Duration::ZERO).await);
    }
}
