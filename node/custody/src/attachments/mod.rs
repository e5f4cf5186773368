//! Attachments: what receipts and authorisations have beside the chain, named on it by hash.
//!
//! ```text
//!   own, kept before anything is signed ──────────► kept ──► served to peers, opened here
//!                                                    ▲ │
//!   block ──follow──► named, not here: missing ──fetch │ └─ by age ──► pruned
//!                                                  ▲
//!                                                peers, what they send held against its hash
//! ```
//!
//! They are bytes that this node need not be able to read: encrypted details, wrapped keys. A
//! block is valid whoever holds them, so nothing here keeps consensus waiting, and what was
//! pruned can be fetched again from whoever still has it.

mod days;
mod fetch;
mod fetch_schedule;
mod follow;
mod keeping;
mod missing;
mod store;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures::future::BoxFuture;
use piaolian_contracts::{chain::Hash, state::Fault, types::OrganisationId};
use tokio::{
    sync::watch,
    task::{self, spawn_blocking},
    time::{sleep, timeout},
};

use self::{days::LeftOut, store::AttachmentStore};
pub use self::{
    follow::{Chain, Named},
    keeping::{Keeping, Retention},
    store::AttachmentsError,
};
use piaolian_base::{clock, shutdown::ClosedSignal};

/// How often it is looked for attachments past their age, and for sums of past days.
const PRUNE_EVERY: Duration = Duration::from_secs(600);

/// How long somebody waits here for an attachment that peers may have.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// Attachments of this node's own that are kept elsewhere: an issuer's details.
pub type Own = Box<dyn Fn(&Hash) -> Result<Option<Bytes>, Fault> + Send + Sync>;

/// The other members, as far as they are connected.
pub trait Peers: Send + Sync + 'static {
    /// Whose nodes are connected, each once.
    fn connected(&self) -> Vec<OrganisationId>;

    /// Asks an organisation's node for some attachments; gives those that it has, not held
    /// against their hashes, or nothing when it does not answer.
    fn ask(&self, organisation: OrganisationId, hashes: &[Hash]) -> BoxFuture<'static, Vec<Bytes>>;
}

/// See the module.
pub struct Attachments {
    store: AttachmentStore,
    own: Option<Own>,
    retention: Retention,
    peers: OnceLock<Box<dyn Peers>>,
    /// Of whom something is missing that was not.
    named: watch::Sender<BTreeSet<OrganisationId>>,
    /// Since this was opened.
    left_out: AtomicU64,
}

impl Attachments {
    /// Opens the attachments in `folder`, making it when it is new.
    ///
    /// # Errors
    /// When the folder is open to others, or the database cannot be opened.
    pub fn open(
        folder: &Path,
        own: Option<Own>,
        keeping: impl Into<Keeping>,
    ) -> Result<Arc<Self>, AttachmentsError> {
        let keeping = keeping.into();
        Ok(Arc::new(Self {
            store: AttachmentStore::open(folder, keeping.member_bytes_a_day)?,
            own,
            retention: keeping.retention,
            peers: OnceLock::new(),
            named: watch::Sender::default(),
            left_out: AtomicU64::new(0),
        }))
    }

    /// What tells when the attachments are closed.
    #[must_use]
    pub fn closed(&self) -> ClosedSignal {
        self.store.closed()
    }

    /// The attachment of this hash, if it is here.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn get(&self, hash: &Hash) -> Result<Option<Bytes>, Fault> {
        match &self.own {
            Some(own) => match own(hash)? {
                Some(found) => Ok(Some(found)),
                None => Ok(self.store.get(hash)?),
            },
            None => Ok(self.store.get(hash)?),
        }
    }

    fn is_here(&self, hash: &Hash) -> Result<bool, Fault> {
        let own = self.own.as_ref().map(|own| own(hash)).transpose()?;
        Ok(own.flatten().is_some() || self.store.has(hash)?)
    }

    /// Keeps an attachment of this node's own, on disk before it returns: peers ask for it
    /// once the ledger names it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_own(&self, hash: Hash, attachment: Bytes) -> Result<(), Fault> {
        Ok(self
            .store
            .keep_own(hash, &attachment, clock::now().as_ms())?)
    }

    /// The attachment of this hash, from peers where it is not here; `author`, who put it on
    /// the ledger, is asked first. `None`: nobody who is connected has it.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub async fn find(&self, hash: Hash, author: OrganisationId) -> Result<Option<Bytes>, Fault> {
        if let Some(found) = task::block_in_place(|| self.get(&hash))? {
            return Ok(Some(found));
        }
        // Later than this it is fetched by itself, where it is missing.
        let fetched = timeout(WAIT_MAX, self.fetch(author, vec![hash], None)).await;
        match fetched {
            Ok(fetched) => {
                fetched?;
                task::block_in_place(|| self.get(&hash))
            }
            Err(_) => Ok(None),
        }
    }

    /// How many attachments are missing, as far as it is worth counting.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn missing(&self) -> Result<usize, Fault> {
        Ok(self.store.missing_count()?)
    }

    /// How many attachments were not fetched since this was opened, because their authors
    /// had named too much on a day.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.left_out.load(Ordering::Relaxed)
    }

    /// Counts what is left out, and says so once for an author and day.
    fn tell_left_out<'a>(&self, all: impl IntoIterator<Item = &'a LeftOut>) {
        for LeftOut { day, count, first } in all {
            self.left_out.fetch_add(*count, Ordering::Relaxed);
            if *first {
                tracing::warn!(
                    author = %day.author,
                    day = day.date(),
                    mib = self.store.member_bytes_a_day >> 20,
                    "a member named more attachments on a day than are fetched by themselves: \
                     the others are fetched when somebody asks for them here"
                );
            }
        }
    }

    /// Keeps the attachments in step with the chain, as far as its `tips` go, and fetches
    /// what is missing. Ends only by failing, or with the tips.
    ///
    /// # Errors
    /// When the chain or the attachments cannot be read or written.
    pub async fn run(
        self: Arc<Self>,
        chain: Arc<dyn Chain>,
        tips: watch::Receiver<u64>,
        peers: Box<dyn Peers>,
    ) -> Result<(), Fault> {
        let _ = self.peers.set(peers); // this is called once
        tokio::select! {
            followed = self.clone().follow(chain, tips) => followed,
            fetched = self.fetch_missing() => fetched,
            pruned = self.clone().prune() => pruned,
        }
    }

    /// Takes away what is past its age, for ever.
    async fn prune(self: Arc<Self>) -> Result<(), Fault> {
        loop {
            let before = self.retention.begins_ms(clock::now().as_ms());
            let this = self.clone();
            let pruned = spawn_blocking(move || {
                this.store.forget_days()?;
                this.store.prune(before)
            });
            let pruned = pruned.await;
            let pruned = pruned.map_err(|error| Fault(error.into()))??;
            if pruned > 0 {
                tracing::info!(pruned, "attachments past their age are gone from here");
            }
            sleep(PRUNE_EVERY).await;
        }
    }
}
