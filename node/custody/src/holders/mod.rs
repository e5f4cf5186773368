//! Whose receipt is which, at a node that may open the details: a holder (交款人) has no node,
//! and finds all receipts again by the number of an identity document.
//!
//! ```text
//!   block ──follow──► each receipt issued ─► its details, where this node opens them
//!                          │                         └─► identity number ─► row, encrypted
//!                          └─ not here yet: waiting ──again──┘
//!   identity number ─tag─► the person's rows ─► receipts, newest first
//! ```
//!
//! The index is this machine's own. There is no tag of a person that another member could
//! try numbers against; rows say nothing without the key, which lies among the node's keys.
//! It is made anew from blocks and details where it, or its key, is lost.

mod follow;
mod store;

#[cfg(test)]
mod tests;

use std::{
    cmp::Reverse,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use piaolian_contracts::{organisations::KeyId, state::Fault};
use piaolian_encryption::{IndexKey, PersonTag};
use tokio::{
    sync::watch,
    task::{block_in_place, yield_now},
};

use self::store::HolderStore;
pub use self::{
    follow::{Issued, Payer, Source},
    store::{Entry, HoldersError},
};
use piaolian_base::shutdown::ClosedSignal;

/// Receipts of one person that are looked at.
pub const RECEIPTS_OF_A_PERSON_MAX: usize = 10_000;

/// A person's receipts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Newest first.
    pub entries: Vec<Entry>,
    /// There are more than [`RECEIPTS_OF_A_PERSON_MAX`], and these are any of them.
    pub more: bool,
}

/// See the module.
pub struct Holders {
    store: HolderStore,
    key: IndexKey,
    /// How far blocks were looked at is changed by one at a time: otherwise a step forward that
    /// is under way would undo that all are looked at again.
    following: Mutex<()>,
}

impl Holders {
    /// Opens the index in `folder`, making it when it is new. One that was made with another
    /// key begins anew.
    ///
    /// # Errors
    /// When the folder is open to others, or the database cannot be opened or written.
    pub fn open(folder: &Path, key: IndexKey) -> Result<Self, HoldersError> {
        let store = HolderStore::open(folder)?;
        if store.begin(&key.check())? {
            tracing::info!("the index of holders is made anew");
        }
        Ok(Self {
            store,
            key,
            following: Mutex::default(),
        })
    }

    /// What tells when the index is closed.
    #[must_use]
    pub fn closed(&self) -> ClosedSignal {
        self.store.closed()
    }

    /// What stands for a person here, and nowhere else.
    #[must_use]
    pub fn tag(&self, identity_number: &str) -> PersonTag {
        self.key.tag(identity_number)
    }

    /// The receipts of a person.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn receipts_of(&self, person: &PersonTag) -> Result<Collected, Fault> {
        let limit = RECEIPTS_OF_A_PERSON_MAX;
        let mut entries = self.store.entries_of(person, &self.key, limit + 1)?;
        let more = entries.len() > limit;
        entries.truncate(limit);
        entries.sort_by_key(|entry| Reverse(entry.place()));
        Ok(Collected { entries, more })
    }

    /// The height up to which blocks were looked at.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn followed(&self) -> Result<u64, Fault> {
        Ok(self.store.followed()?)
    }

    /// Forgets what an encryption key opened that is not among `held`: once the key is destroyed
    /// nobody here may tell whose receipts those were. Where one is back, all blocks are looked
    /// at again. Says how many rows went.
    ///
    /// # Errors
    /// When the index cannot be read or written.
    pub async fn keep_only(&self, held: &[KeyId]) -> Result<usize, Fault> {
        let openers = block_in_place(|| self.store.openers())?;
        let of = |in_use: bool, is_held: bool| {
            let openers = openers
                .iter()
                .filter(move |(opener, it)| *it == in_use && held.contains(opener) == is_held);
            openers.map(|(opener, _)| *opener).collect::<Vec<_>>()
        };
        let back = of(false, true);
        if !back.is_empty() {
            block_in_place(|| {
                let _following = self.following();
                self.store.look_at_all(&back)
            })?;
        }
        let gone = of(true, false);
        if gone.is_empty() {
            return Ok(0);
        }
        let (mut taken, mut from) = (0, Some(Vec::new()));
        while let Some(place) = from {
            let step = || self.store.take_away(&self.key, &gone, &place);
            let (of_step, next) = block_in_place(step)?;
            taken += of_step;
            from = next;
            yield_now().await;
        }
        block_in_place(|| self.store.taken_away(&gone))?;
        Ok(taken)
    }

    fn following(&self) -> MutexGuard<'_, ()> {
        self.following
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the index in step with the chain, as far as its tips go, whose height `height`
    /// tells. Ends only by failing, or with the tips.
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
            followed = self.follow(source, tips, height) => followed,
            looked = self.look_again(source) => looked,
        }
    }
}
