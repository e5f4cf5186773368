//! Index from persons to receipts, on a node that can decrypt details. A holder (交款人) has no node. A node that serves
//! holders finds their receipts by the number of an identity document.
//!
//! ```text
//!   block ──scan──► each receipt issued ─► its details, where this node decrypts them
//!                          │                         └─► identity number ─► row, encrypted
//!                          └─ not here yet: pending ──retry──┘
//!   identity number ─tag─► the person's rows ─► receipts, newest first
//! ```
//!
//! The index never leaves this machine, so no other member has a tag against which to test identity numbers. The key is
//! among the node's keys; without it, rows reveal only how many receipts each person has. A lost index, or one whose
//! key is lost, is rebuilt from blocks and details.

mod scan;
mod store;

#[cfg(test)]
mod tests;

use std::{
    cmp::Reverse,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use piaolian_base::shutdown::ClosedSignal;
use piaolian_contracts::{organisations::KeyId, state::Fault};
use piaolian_encryption::{IndexKey, PersonTag};
use tokio::{
    sync::watch,
    task::{block_in_place, yield_now},
};

use self::store::HolderStore;
pub use self::{
    scan::{IssuedReceipt, PaidBy, Source},
    store::{Entry, HoldersError},
};

/// Receipts of one person that are returned.
pub const RECEIPTS_OF_A_PERSON_MAX: usize = 10_000;

/// A person's receipts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonReceipts {
    /// The receipts, newest first.
    pub entries: Vec<Entry>,
    /// The person has more than [`RECEIPTS_OF_A_PERSON_MAX`]; `entries` holds that many, not necessarily the newest.
    pub more: bool,
}

/// The index: a database, and the key that encrypts its rows.
pub struct Holders {
    store: HolderStore,
    key: IndexKey,
    /// Serialises cursor updates. Without it, a scan in progress could overwrite a requested rescan.
    cursor: Mutex<()>,
}

impl Holders {
    /// Opens the index in `folder` and creates it when it is new. Empties an index that was built with another key.
    ///
    /// # Errors
    /// When the folder is open to others, or the database cannot be opened or written.
    pub fn open(folder: &Path, key: IndexKey) -> Result<Self, HoldersError> {
        let store = HolderStore::open(folder)?;
        if store.begin(&key.check())? {
            tracing::info!("building the holder index from the first block");
        }
        Ok(Self {
            store,
            key,
            cursor: Mutex::default(),
        })
    }

    /// Returns the signal that the index is closed.
    pub fn closed(&self) -> ClosedSignal {
        self.store.closed()
    }

    /// Returns the keyed tag of an identity number. It has a meaning on this node only.
    pub fn tag(&self, identity_number: &str) -> PersonTag {
        self.key.tag(identity_number)
    }

    /// Returns the receipts of a person.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn receipts_of(&self, person: &PersonTag) -> Result<PersonReceipts, Fault> {
        let limit = RECEIPTS_OF_A_PERSON_MAX;
        let mut entries = self.store.entries_of(person, &self.key, limit + 1)?;
        let more = entries.len() > limit;
        entries.truncate(limit);
        entries.sort_by_key(|entry| Reverse(entry.place()));
        Ok(PersonReceipts { entries, more })
    }

    /// Returns the height of the last block that was scanned; 0 before the first.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn cursor(&self) -> Result<u64, Fault> {
        Ok(self.store.cursor()?)
    }

    /// Removes the rows whose details can be decrypted only with a key that is not in `held`, and returns their number.
    /// Once a key is destroyed, nobody on this node may learn whose receipts those were. If a removed key is held
    /// again, all blocks are rescanned.
    ///
    /// # Errors
    /// When the index cannot be read or written.
    pub async fn retain_keys(&self, held: &[KeyId]) -> Result<usize, Fault> {
        let keys = block_in_place(|| self.store.decrypting_keys())?;
        let select = |in_use: bool, is_held: bool| {
            let keys = keys
                .iter()
                .filter(move |(key, it)| *it == in_use && held.contains(key) == is_held);
            keys.map(|(key, _)| *key).collect::<Vec<_>>()
        };
        let back = select(false, true);
        if !back.is_empty() {
            block_in_place(|| {
                let _lock = self.lock_cursor();
                self.store.rescan(&back)
            })?;
        }
        let gone = select(true, false);
        if gone.is_empty() {
            return Ok(0);
        }
        let (mut removed, mut from) = (0, Some(Vec::new()));
        while let Some(place) = from {
            let step = || self.store.remove_rows(&self.key, &gone, &place);
            let (count, next) = block_in_place(step)?;
            removed += count;
            from = next;
            yield_now().await;
        }
        block_in_place(|| self.store.mark_removed(&gone))?;
        Ok(removed)
    }

    fn lock_cursor(&self) -> MutexGuard<'_, ()> {
        self.cursor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the index in step with the chain. `height` returns the height of a tip. Runs until the channel of tips
    /// closes or an error occurs.
    ///
    /// # Errors
    /// When the chain, the details or the index cannot be read or written.
    pub async fn run<T>(
        &self,
        source: &dyn Source,
        tips: watch::Receiver<T>,
        height: impl Fn(&T) -> u64,
    ) -> Result<(), Fault> {
        tokio::select! {
            followed = self.follow_chain(source, tips, height) => followed,
            retried = self.retry_pending(source) => retried,
        }
    }
}
