//! Keeps the index in step with the chain.

use std::time::Duration;

use piaolian_base::clock;
use piaolian_contracts::{organisations::KeyId, state::Fault, types::ReceiptId};
use tokio::{sync::watch, task::block_in_place, time::sleep};
use zeroize::Zeroizing;

use super::{Entry, Holders};
use crate::{
    follower::{follow, scan_next},
    local_db::Change,
};

/// Time between two rounds over all pending receipts.
const RETRY_EVERY: Duration = Duration::from_secs(1);

/// Pending receipts of one step of a round.
const RETRY_STEP: usize = 1_000;

/// Time between two steps of a round.
const RETRY_STEP_PAUSE: Duration = Duration::from_millis(100);

/// Age at which a pending receipt is given up, ms: 30 days, as for attachments.
const GIVEN_UP_AFTER_MS: u64 = 30 * 86_400_000;

/// A receipt that a block issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IssuedReceipt {
    /// The receipt's number.
    pub receipt: ReceiptId,
    /// Its place among the receipts of the block, from 0.
    pub index: u32,
}

/// The person who paid, according to a receipt's details.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaidBy {
    /// A person with an identity number.
    Person {
        /// The number of an identity document, as it was written.
        identity_number: Zeroizing<String>,
        /// The encryption key that decrypts the details; `None` when they come from the issuer's own store, which is
        /// rotated to the newest key.
        decrypted_with: Option<KeyId>,
    },
    /// A unit, or a person without an identity number. Such a receipt is not in the index.
    NoIdentityNumber,
    /// This node cannot decrypt such details.
    NotReadable,
    /// The details, or the key that decrypts them, are not on this node yet.
    DetailsMissing,
}

/// The committed blocks, and the details that this node decrypts. Called where blocking is allowed.
pub trait Source: Sync {
    /// Returns the receipts that the block of a committed height issued.
    ///
    /// # Errors
    /// When the block cannot be read.
    fn issued_at(&self, height: u64) -> Result<Vec<IssuedReceipt>, Fault>;

    /// Returns who paid a receipt.
    ///
    /// # Errors
    /// When the chain or the details cannot be read.
    fn paid_by(&self, receipt: &ReceiptId) -> Result<PaidBy, Fault>;
}

impl Holders {
    /// Scans each block once, from the first on.
    pub(super) async fn follow_chain<T>(
        &self,
        source: &dyn Source,
        tips: watch::Receiver<T>,
        height: impl Fn(&T) -> u64,
    ) -> Result<(), Fault> {
        let step = |tip| async move { block_in_place(|| self.scan_blocks(source, tip)) };
        follow(tips, height, step).await
    }

    /// Scans the next blocks up to `tip` and returns the height of the last.
    pub(super) fn scan_blocks(&self, source: &dyn Source, tip: u64) -> Result<u64, Fault> {
        let _lock = self.lock_cursor();
        let cursor = self.store.cursor()?;
        scan_next(cursor, tip, |height| self.scan_block(source, height))
    }

    fn scan_block(&self, source: &dyn Source, height: u64) -> Result<usize, Fault> {
        let issued = source.issued_at(height)?;
        let count = issued.len();
        let mut changes = Vec::new();
        for IssuedReceipt { receipt, index } in issued {
            let entry = Entry {
                receipt,
                height,
                index,
            };
            match source.paid_by(&receipt)? {
                PaidBy::DetailsMissing => changes.push(entry.pending(clock::now().as_ms())),
                paid_by => changes.extend(self.rows(&entry, &paid_by)),
            }
        }
        self.store.advance(height, changes)?;
        Ok(count)
    }

    /// Looks for the details of pending receipts, for ever.
    pub(super) async fn retry_pending(&self, source: &dyn Source) -> Result<(), Fault> {
        let mut from = Vec::new();
        loop {
            from = block_in_place(|| self.retry_pending_from(source, &from))?;
            let is_round = from.is_empty();
            let pause = if is_round {
                RETRY_EVERY
            } else {
                RETRY_STEP_PAUSE
            };
            sleep(pause).await;
        }
    }

    /// Looks for the details of some pending receipts from a key on. Returns the key to go on from, empty at the end.
    pub(super) fn retry_pending_from(
        &self,
        source: &dyn Source,
        from: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        let pending = self.store.pending(from, RETRY_STEP)?;
        let given_up = clock::now().as_ms().saturating_sub(GIVEN_UP_AFTER_MS);
        let mut changes = Vec::new();
        for (entry, since_ms) in &pending {
            match source.paid_by(&entry.receipt)? {
                PaidBy::DetailsMissing if *since_ms >= given_up => {}
                paid_by => {
                    changes.push(entry.no_longer_pending());
                    changes.extend(self.rows(entry, &paid_by));
                }
            }
        }
        self.store.write(changes)?;
        let last = pending.last().filter(|_| pending.len() == RETRY_STEP);
        // The first key after the last one.
        Ok(last.map_or_else(Vec::new, |(entry, _)| {
            [&entry.receipt.key()[..], &[0]].concat()
        }))
    }

    /// Returns the rows of a receipt that a person with an identity number paid.
    fn rows(&self, entry: &Entry, paid_by: &PaidBy) -> Vec<Change> {
        match paid_by {
            PaidBy::Person {
                identity_number,
                decrypted_with,
            } => entry.rows(&self.key, identity_number, *decrypted_with),
            PaidBy::NoIdentityNumber | PaidBy::NotReadable | PaidBy::DetailsMissing => Vec::new(),
        }
    }
}
