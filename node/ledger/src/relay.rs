//! Relays the transactions of this node's clients to the validators.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{sync::mpsc, time};

use super::{LedgerError, Mempool};

/// Most transactions passed to the network at a time.
const BUNCH_MAX: usize = 1_024;
/// Most bytes passed to the network at a time, well below a frame's bound.
const BUNCH_BYTES_MAX: usize = 512 * 1024;
/// A transaction that no block has included is relayed again after this time: the validator that had it may be down.
const AGAIN_AFTER: Duration = Duration::from_secs(4);
/// Interval of the check for such transactions.
const AGAIN_EVERY: Duration = Duration::from_secs(1);

/// Relays new transactions in bunches, and repeats those that no block has included.
pub struct Relay {
    new: mpsc::Receiver<Bytes>,
    mempool: Arc<Mempool>,
    send: Box<dyn Fn(Vec<Bytes>) + Send + Sync>,
}

impl Relay {
    /// Creates a relay from admission's `new` transactions to the network's `send`.
    pub fn new(
        new: mpsc::Receiver<Bytes>,
        mempool: Arc<Mempool>,
        send: Box<dyn Fn(Vec<Bytes>) + Send + Sync>,
    ) -> Self {
        Self { new, mempool, send }
    }

    /// Relays until admission stops.
    ///
    /// # Errors
    /// When admission has stopped.
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
