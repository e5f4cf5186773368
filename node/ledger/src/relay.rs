//! Spreads what clients of this node submitted to the validators.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{sync::mpsc, time};

use super::{LedgerError, Mempool};

/// Transactions handed to the network at a time.
const BUNCH_MAX: usize = 1_024;
/// Bytes handed to the network at a time, well below a frame's bound.
const BUNCH_BYTES_MAX: usize = 512 * 1024;
/// How often and after how long without a commit a transaction is sent again:
/// the validator that had it may be gone.
const AGAIN_AFTER: Duration = Duration::from_secs(4);
const AGAIN_EVERY: Duration = Duration::from_secs(1);

/// Sends new transactions in bunches, and again what no block has taken for a while.
pub struct Relay {
    new: mpsc::Receiver<Bytes>,
    mempool: Arc<Mempool>,
    send: Box<dyn Fn(Vec<Bytes>) + Send + Sync>,
}

impl Relay {
    /// A relay from admission's `new` transactions to the network's `send`.
    #[must_use]
    pub fn new(
        new: mpsc::Receiver<Bytes>,
        mempool: Arc<Mempool>,
        send: Box<dyn Fn(Vec<Bytes>) + Send + Sync>,
    ) -> Self {
        Self { new, mempool, send }
    }

    /// Runs until admission has stopped.
    ///
    /// # Errors
    /// Then.
    pub async fn run(mut self) -> Result<(), LedgerError> {
        let mut again = time::interval(AGAIN_EVERY);
        again.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        let mut new = Vec::with_capacity(BUNCH_MAX);
        loop {
            tokio::select! {
                count = self.new.recv_many(&mut new, BUNCH_MAX) => {
                    if count == 0 {
                        return Err(LedgerError::Stopped);
                    }
                    self.send_in_bunches(new.drain(..));
                }
                _ = again.tick() => {
                    let stale = self.mempool.stale(AGAIN_AFTER, BUNCH_BYTES_MAX);
                    self.send_in_bunches(stale.into_iter());
                }
            }
        }
    }

    fn send_in_bunches(&self, transactions: impl Iterator<Item = Bytes>) {
        let mut bunch = Vec::new();
        let mut bytes = 0;
        for transaction in transactions {
            if bytes + transaction.len() > BUNCH_BYTES_MAX && !bunch.is_empty() {
                (self.send)(std::mem::take(&mut bunch));
                bytes = 0;
            }
            bytes += transaction.len();
            bunch.push(transaction);
        }
        if !bunch.is_empty() {
            (self.send)(bunch);
        }
    }
}
