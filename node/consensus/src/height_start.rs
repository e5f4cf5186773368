//! Decides when the next height begins.
//!
//! A validator begins the next height immediately when a transaction waits or another validator has begun it. Otherwise
//! it waits for the heartbeat. If it did not follow the other validators, a slow node would fall behind, because the
//! engine buffers only ten future heights.

use std::time::Duration;

use piaolian_base::clock;
use piaolian_ledger::{Ledger, LedgerError};
use tokio::{sync::watch, time};

/// Delays the start of a height while there is nothing to do.
#[derive(Clone)]
pub struct HeightStart {
    /// Nodes that do not validate never delay.
    validating: bool,
    /// Greatest height that a validator is known to work on.
    seen: watch::Receiver<u64>,
}

impl HeightStart {
    /// Creates the delay of a validator, or of a node that follows.
    pub const fn new(validating: bool, seen: watch::Receiver<u64>) -> Self {
        Self { validating, seen }
    }

    /// Waits until the height above the committed height `decided` may begin: a transaction waits, another validator
    /// has begun it, or the heartbeat is due.
    ///
    /// # Errors
    /// When the ledger has stopped.
    pub async fn wait(&mut self, ledger: &Ledger, decided: u64) -> Result<(), LedgerError> {
        let time = ledger.tip().time;
        if !self.validating {
            return Ok(());
        }
        let due = time.after_ms(ledger.parameters()?.heartbeat_ms());
        let wait = due.as_ms().saturating_sub(clock::now().as_ms());
        tokio::select! {
            () = ledger.mempool().wait_until_not_empty() => {}
            _ = self.seen.wait_for(|seen| *seen > decided) => {}
            () = time::sleep(Duration::from_millis(wait)) => {}
        }
        Ok(())
    }
}
