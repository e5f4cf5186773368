//! Attachments of receipts and authorisations: bytes beside the chain, named on it by their hash.
//!
//! ```text
//!   own, stored before anything is signed ────────► stored ──► served to peers, decrypted here
//!                                                    ▲ │
//!   block ──scan──► named, not here: missing ──fetch─┘ └─ by age ──► pruned
//!                                              ▲
//!                                            peers; their bytes are compared with the hash
//! ```
//!
//! Attachments are encrypted details and wrapped keys, which this node need not be able to read. A block is valid
//! whoever stores them, so consensus never waits for them. A pruned attachment can be fetched again from a peer that
//! still has it.

mod days;
mod fetch;
mod fetch_schedule;
mod limits;
mod missing;
mod scan;
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
use piaolian_base::{clock, shutdown::ClosedSignal};
use piaolian_contracts::{chain::Hash, state::Fault, types::OrganisationId};
use tokio::{
    sync::watch,
    task::{self, spawn_blocking},
    time::{sleep, timeout},
};

use self::{days::LeftOut, store::AttachmentStore};
pub use self::{
    limits::{Retention, StorageLimits},
    scan::{Chain, NamedAttachments},
    store::AttachmentsError,
};

/// Time between two rounds that remove attachments past their age and sums of past days.
const PRUNE_EVERY: Duration = Duration::from_secs(600);

/// Time that a reader waits for an attachment that peers may have.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// Looks up attachments of this node's own that are stored elsewhere: an issuer's details.
pub type OwnAttachments = Box<dyn Fn(&Hash) -> Result<Option<Bytes>, Fault> + Send + Sync>;

/// The connected nodes of other members.
pub trait Peers: Send + Sync + 'static {
    /// Returns the organisations whose nodes are connected, each once.
    fn connected(&self) -> Vec<OrganisationId>;

    /// Asks an organisation's node for attachments. Returns what it sends, not compared with the hashes; nothing when
    /// it does not answer.
    fn ask(&self, organisation: OrganisationId, hashes: &[Hash]) -> BoxFuture<'static, Vec<Bytes>>;
}

/// The attachments that this node stores, and the ones that it still has to fetch.
pub struct Attachments {
    store: AttachmentStore,
    own: Option<OwnAttachments>,
    retention: Retention,
    peers: OnceLock<Box<dyn Peers>>,
    /// Authors of attachments that became missing since the fetcher last took this set.
    named: watch::Sender<BTreeSet<OrganisationId>>,
    /// Attachments over their author's bound, since this was opened.
    left_out: AtomicU64,
}

impl Attachments {
    /// Opens the attachments in `folder` and creates it when it is new.
    ///
    /// # Errors
    /// When the folder is open to others, or the database cannot be opened.
    pub fn open(
        folder: &Path,
        own: Option<OwnAttachments>,
        limits: impl Into<StorageLimits>,
    ) -> Result<Arc<Self>, AttachmentsError> {
        let limits = limits.into();
        Ok(Arc::new(Self {
            store: AttachmentStore::open(folder, limits.member_bytes_a_day)?,
            own,
            retention: limits.retention,
            peers: OnceLock::new(),
            named: watch::Sender::default(),
            left_out: AtomicU64::new(0),
        }))
    }

    /// Returns the signal that the attachments are closed.
    pub fn closed(&self) -> ClosedSignal {
        self.store.closed()
    }

    /// Returns the attachment of this hash, if this node has it.
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

    /// Stores an attachment of this node's own, on disk before this returns: peers ask for it once the ledger names it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_own(&self, hash: Hash, attachment: Bytes) -> Result<(), Fault> {
        Ok(self
            .store
            .keep_own(hash, &attachment, clock::now().as_ms())?)
    }

    /// Returns the attachment of this hash, and asks peers when this node lacks it: first `author`, who put it on the
    /// ledger. `None`: no connected peer has it.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub async fn find(&self, hash: Hash, author: OrganisationId) -> Result<Option<Bytes>, Fault> {
        if let Some(found) = task::block_in_place(|| self.get(&hash))? {
            return Ok(Some(found));
        }
        // After this time the fetcher alone looks for it.
        let fetched = timeout(WAIT_MAX, self.fetch(author, vec![hash], None)).await;
        match fetched {
            Ok(fetched) => {
                fetched?;
                task::block_in_place(|| self.get(&hash))
            }
            Err(_) => Ok(None),
        }
    }

    /// Returns the number of missing attachments, counted up to 10,000.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn missing(&self) -> Result<usize, Fault> {
        Ok(self.store.missing_count()?)
    }

    /// Returns the number of attachments over their author's bound of a day, since this was opened.
    pub fn left_out(&self) -> u64 {
        self.left_out.load(Ordering::Relaxed)
    }

    /// Counts attachments that are left out, and logs the first of each author and day.
    fn report_left_out<'a>(&self, all: impl IntoIterator<Item = &'a LeftOut>) {
        for LeftOut { day, count, first } in all {
            self.left_out.fetch_add(*count, Ordering::Relaxed);
            if *first {
                tracing::warn!(
                    author = %day.author,
                    day = day.date(),
                    mib = self.store.member_bytes_a_day >> 20,
                    "attachments of one member exceed the daily bound, the rest is fetched on request"
                );
            }
        }
    }

    /// Keeps the attachments in step with the chain and fetches missing ones. `height` returns the height of a tip.
    /// Runs until the channel of tips closes or an error occurs.
    ///
    /// # Errors
    /// When the chain or the attachments cannot be read or written.
    pub async fn run<T>(
        self: Arc<Self>,
        chain: Arc<dyn Chain>,
        tips: watch::Receiver<T>,
        height: impl Fn(&T) -> u64,
        peers: Box<dyn Peers>,
    ) -> Result<(), Fault> {
        let _ = self.peers.set(peers); // called once
        tokio::select! {
            followed = self.clone().follow_chain(chain, tips, height) => followed,
            fetched = self.fetch_missing() => fetched,
            pruned = self.clone().prune() => pruned,
        }
    }

    /// Removes attachments past their age, for ever.
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
                tracing::info!(count = pruned, "attachments past their age pruned");
            }
            sleep(PRUNE_EVERY).await;
        }
    }
}
