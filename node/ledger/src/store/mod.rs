//! The chain on disk: one `RocksDB` database, written only by the ledger.
//!
//! ```text
//!   Store      save_body ──synced──► body of a valid proposal       before the vote
//!              prepare ───────────► the next state root            writes nothing
//!              commit ────synced──► certificate, outcomes, state,   before the engine's `Decided` is answered
//!                                   tree, indexes, tip, in one batch
//!   ChainView  tip, state, prove, block, history …                 each at one version
//! ```
//!
//! A block takes two synced writes, each atomic: a crash at any point leaves the last committed tip, with the undecided
//! bodies of the height above it. Opening rebuilds the top of the state tree from its pages, and fails unless its root is
//! the tip's.
//!
//! The store does not know the contracts' domains: the keys and values of the state are bytes to it.

mod codec;
mod columns;
mod commit;
mod database;
mod decoded;
mod error;
mod options;
mod proofs;
mod proposals;
mod reads;
mod rows;
mod state;
mod state_tree;
mod tip;

use std::{
    fmt,
    ops::Deref,
    path::Path,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};

use columns::{ALL, META, META_TIP};
use database::Database;
use decoded::RecentBlocks;
use piaolian_base::shutdown::ClosedSignal;
use piaolian_contracts::{state::Change, types::BlockTime};
use rows::TreeRows;
use state_tree::Tree;

pub(crate) use commit::Commit;
pub use commit::Occurrence;
pub use decoded::DecodedBlock;
pub use error::StoreError;
pub use proofs::Proven;
pub use proposals::Proposal;
pub use reads::{CommittedBlock, HISTORY_PAGE_MAX, Location};
pub(crate) use state::StateUpdate;
pub use state::StateView;
pub use tip::{ChainIdentity, Tip};

/// Heights below the tip at which the state can still be proven by [`ChainView::prove_at`].
pub const UNDO_HEIGHTS: u64 = 64;

/// The open store of a chain. Whoever holds it may write: it is not `Clone`, and only
/// [`Ledger::start`](crate::Ledger::start) takes it. It derefs to the [`ChainView`] that everyone else reads.
pub struct Store {
    view: ChainView,
}

/// Read access to a chain as this node has it: tip, state with proofs, blocks, outcomes and indexes.
/// Clones share one database, which stays open until the last of them is dropped.
#[derive(Clone)]
pub struct ChainView {
    shared: Arc<Shared>,
}

struct Shared {
    database: Database,
    identity: ChainIdentity,
    current_version: RwLock<CurrentVersion>,
    /// The tip alone, for readers that must not wait during a commit.
    tip: RwLock<Tip>,
    recent_blocks: RecentBlocks,
}

/// The current version: the tip, and the tree whose rows are on disk. It changes under the same lock as the commit
/// batch, so that every proof uses a tree that matches its rows.
struct CurrentVersion {
    tip: Tip,
    tree: Tree,
}

impl Store {
    /// Creates a store at `path` with the state of height 0, in one synced write. `time` is the founding document's.
    ///
    /// # Errors
    /// When the store has a chain already, two changes have the same key, or the disk fails.
    pub fn create(
        path: &Path,
        identity: &ChainIdentity,
        time: BlockTime,
        changes: Vec<Change>,
    ) -> Result<Self, StoreError> {
        let database = Database::open(path, &ALL)?;
        if let Some(found) = ChainIdentity::read(&database)? {
            let path = path.to_owned();
            return Err(StoreError::ChainExists {
                path,
                chain_id: found.chain_id,
            });
        }
        let tree = Tree::load([])?;
        let update = state::prepare(&database, &tree, changes)?;
        let tip = Tip::genesis(identity, time, update.root());
        let mut batch = database.batch();
        identity.put(&mut batch);
        commit::put_state(&mut batch, &update);
        tip.put(&mut batch);
        batch.commit("store/genesis")?;
        let mut current = CurrentVersion { tip, tree };
        current.tree.apply(update.into_tree());
        Ok(Self::over(database, identity.clone(), current))
    }

    /// Opens the store at `path` at its last committed tip.
    ///
    /// # Errors
    /// When another process has it open, it has no chain, another chain or another format, or its content is damaged.
    pub fn open(path: &Path, identity: &ChainIdentity) -> Result<Self, StoreError> {
        let database = Database::open(path, &ALL)?;
        let found =
            ChainIdentity::read(&database)?.ok_or_else(|| StoreError::NoChain(path.to_owned()))?;
        if found != *identity {
            return Err(StoreError::OtherChain {
                found: found.chain_id,
                found_genesis: found.genesis_hash,
                expected: identity.chain_id.clone(),
                expected_genesis: identity.genesis_hash,
            });
        }
        let tip = Tip::read(|| database.get_raw(&META, META_TIP))?;
        let tree = Tree::load(TreeRows::pages(&database))?;
        if tree.root() != tip.state_root {
            return Err(StoreError::WrongRoot {
                height: tip.height,
                found: tree.root(),
                expected: tip.state_root,
            });
        }
        Ok(Self::over(database, found, CurrentVersion { tip, tree }))
    }

    fn over(database: Database, identity: ChainIdentity, current: CurrentVersion) -> Self {
        let shared = Shared {
            database,
            identity,
            tip: RwLock::new(current.tip.clone()),
            current_version: RwLock::new(current),
            recent_blocks: RecentBlocks::default(),
        };
        Self {
            view: ChainView {
                shared: Arc::new(shared),
            },
        }
    }

    /// Stops background work, so that the files no longer change and can be copied while the lock is held.
    /// Nothing may be written afterwards.
    pub fn stop_background_work(&self) {
        self.database().stop_background_work();
    }
}

impl Deref for Store {
    type Target = ChainView;

    fn deref(&self) -> &ChainView {
        &self.view
    }
}

impl ChainView {
    /// Returns the identity of the chain.
    pub fn identity(&self) -> &ChainIdentity {
        &self.shared.identity
    }

    /// Returns the last committed block. Does not wait for the disk.
    pub fn tip(&self) -> Tip {
        self.shared
            .tip
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Returns the number of synced writes since the store was opened: two for each block on a validator.
    pub fn synced_writes(&self) -> u64 {
        self.shared.database.synced_writes()
    }

    /// Returns a signal that completes when the last handle is dropped and the database is closed.
    pub fn closed(&self) -> ClosedSignal {
        self.shared.database.closed()
    }

    /// Returns the memory used by the top of the state tree, in bytes.
    pub fn tree_memory_bytes(&self) -> usize {
        self.current_version().tree.memory_bytes()
    }

    fn database(&self) -> &Database {
        &self.shared.database
    }

    /// Locks the current version for reading: no commit can change it while the guard lives.
    fn current_version(&self) -> RwLockReadGuard<'_, CurrentVersion> {
        // `commit` can panic only before it changes anything, so the state behind a poisoned lock is consistent.
        self.shared
            .current_version
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view.fmt(f)
    }
}

impl fmt::Debug for ChainView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChainView")
            .field("path", &self.database().path())
            .field("tip", &self.tip())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
