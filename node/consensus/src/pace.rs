//! When the next height begins.
//!
//! A validator starts the next height at once when a transaction waits or when
//! others have begun it already, and after the heartbeat otherwise. Without the
//! second, slow nodes strand: the engine buffers only ten future heights.

use std::time::Duration;

use piaolian_base::clock;
use piaolian_ledger::{Ledger, LedgerError};
use tokio::{sync::watch, time};

/// Holds back the start of a height while there is nothing to do.
#[derive(Clone)]
pub struct Pace {
    /// Non-validating nodes follow and hold nothing back.
    validating: bool,
    /// The highest height of which a validator has shown a sign.
    seen: watch::Receiver<u64>,
}

impl Pace {
    /// A pace for a validator or for a node that follows.
    #[must_use]
    pub const fn new(validating: bool, seen: watch::Receiver<u64>) -> Self {
        Self { validating, seen }
    }

    /// Returns when the height above `decided`, which is committed, may begin: there is
    /// work, company or the heartbeat is due.
    ///
    /// # Errors
    /// When the ledger has stopped.
    pub async fn hold(&mut self, ledger: &Ledger, decided: u64) -> Result<(), LedgerError> {
        let time = ledger.tip().time;
        if !self.validating {
            return Ok(());
        }
        let due = time.after_ms(ledger.parameters()?.heartbeat_ms());
        let wait = due.as_ms().saturating_sub(clock::now().as_ms());
        tokio::select! {
            () = ledger.mempool().until_some() => {}
            _ = self.seen.wait_for(|seen| *seen > decided) => {}
            () = time::sleep(Duration::from_millis(wait)) => {}
        }
        Ok(())
    }
}
