//! Keeping the index in step with the chain.

use std::time::Duration;

use piaolian_base::clock;
use piaolian_contracts::{organisations::KeyId, state::Fault, types::ReceiptId};
use tokio::{
    sync::watch,
    task::{block_in_place, yield_now},
    time::sleep,
};
use zeroize::Zeroizing;

use super::{Entry, Holders};
use crate::local_db::Change;

/// Blocks, and receipts, that are looked at before others get their turn. A block is looked at
/// whole: it issues some thousands of receipts at most.
const BLOCKS_AT_ONCE: u64 = 64;
const RECEIPTS_AT_ONCE: usize = 1_000;

/// How often it is looked for all details that were not here, for how many at a time, and how
/// long after those.
const AGAIN_EVERY: Duration = Duration::from_secs(1);
const AGAIN_AT_ONCE: usize = 1_000;
const AGAIN_PAUSE: Duration = Duration::from_millis(100);

/// After so long nobody looks for them any more, ms: 30 days, as with attachments.
const GIVEN_UP_AFTER_MS: u64 = 30 * 86_400_000;

/// A receipt that a block issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Which.
    pub receipt: ReceiptId,
    /// Its place among those of the block.
    pub index: u32,
}

/// What a receipt's details say of who paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payer {
    /// A person with an identity number.
    Person {
        /// Of an identity document, as it was written.
        identity_number: Zeroizing<String>,
        /// The encryption key that opens the details; `None`: the issuer's own store keeps them
        /// open to whichever is the newest.
        opened_by: Option<KeyId>,
    },
    /// A unit, or a person without a number: found by receipt number alone.
    Unnumbered,
    /// This node opens no such details.
    NotForUs,
    /// They are not here yet, or this node has not the key yet that opens them.
    NotHere,
}

/// The committed blocks, and the details that this node opens. Called where blocking is
/// allowed.
pub trait Source: Sync {
    /// What the block of a committed height issued.
    ///
    /// # Errors
    /// When the block cannot be read.
    fn issued_at(&self, height: u64) -> Result<Vec<Issued>, Fault>;

    /// Who paid, by a receipt's details.
    ///
    /// # Errors
    /// When the chain or the details cannot be read.
    fn payer_of(&self, receipt: &ReceiptId) -> Result<Payer, Fault>;
}

impl Holders {
    /// Looks at each block once, from the first on.
    pub(super) async fn follow<T>(
        &self,
        source: &dyn Source,
        mut tips: watch::Receiver<T>,
        height: impl Fn(&T) -> u64,
    ) -> Result<(), Fault> {
        loop {
            let tip = height(&tips.borrow_and_update());
            if block_in_place(|| self.look_at(source, tip))? < tip {
                yield_now().await;
                continue;
            }
            if tips.changed().await.is_err() {
                return Ok(());
            }
        }
    }

    /// Looks at the next blocks up to `tip`; gives the height of the last.
    pub(super) fn look_at(&self, source: &dyn Source, tip: u64) -> Result<u64, Fault> {
        let _following = self.following();
        let mut followed = self.store.followed()?;
        let last = tip.min(followed.saturating_add(BLOCKS_AT_ONCE));
        let mut receipts = 0;
        while followed < last && receipts < RECEIPTS_AT_ONCE {
            let height = followed + 1;
            let issued = source.issued_at(height)?;
            receipts += issued.len();
            let mut changes = Vec::new();
            for Issued { receipt, index } in issued {
                let entry = Entry {
                    receipt,
                    height,
                    index,
                };
                match source.payer_of(&receipt)? {
                    Payer::NotHere => changes.push(entry.waiting(clock::now().as_ms())),
                    payer => changes.extend(self.rows(&entry, &payer)),
                }
            }
            self.store.followed_to(height, changes)?;
            followed = height;
        }
        Ok(followed)
    }

    /// Looks for details that were not here when their block was looked at, for ever.
    pub(super) async fn look_again(&self, source: &dyn Source) -> Result<(), Fault> {
        let mut from = Vec::new();
        loop {
            from = block_in_place(|| self.look_from(source, &from))?;
            let is_round = from.is_empty();
            sleep(if is_round { AGAIN_EVERY } else { AGAIN_PAUSE }).await;
        }
    }

    /// Looks for those that wait, from a place on; gives the place to go on from, empty at
    /// the end.
    pub(super) fn look_from(&self, source: &dyn Source, from: &[u8]) -> Result<Vec<u8>, Fault> {
        let waiting = self.store.waiting(from, AGAIN_AT_ONCE)?;
        let given_up = clock::now().as_ms().saturating_sub(GIVEN_UP_AFTER_MS);
        let mut changes = Vec::new();
        for (entry, since_ms) in &waiting {
            match source.payer_of(&entry.receipt)? {
                Payer::NotHere if *since_ms >= given_up => {}
                payer => {
                    changes.push(entry.no_longer_waiting());
                    changes.extend(self.rows(entry, &payer));
                }
            }
        }
        self.store.write(changes)?;
        let last = waiting.last().filter(|_| waiting.len() == AGAIN_AT_ONCE);
        // What follows the last key.
        Ok(last.map_or_else(Vec::new, |(entry, _)| {
            [&entry.receipt.key()[..], &[0]].concat()
        }))
    }

    /// The rows of a receipt, if it is a person's.
    fn rows(&self, entry: &Entry, payer: &Payer) -> Vec<Change> {
        match payer {
            Payer::Person {
                identity_number,
                opened_by,
            } => entry.rows(&self.key, identity_number, *opened_by),
            Payer::Unnumbered | Payer::NotForUs | Payer::NotHere => Vec::new(),
        }
    }
}
