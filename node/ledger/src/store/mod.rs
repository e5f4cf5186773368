//! What this node keeps on disk: one `RocksDB`, written by the ledger alone.
//!
//! ```text
//!   proposal ─► save_body ──synced──► body, meta and verdict       before the vote
//!   changes  ─► prepare ───────────► the next state root           nothing is written
//!   decided  ─► commit ────synced──► certificate, outcomes, state,  before `Finalized` is answered
//!                                    tree, indexes, tip, at once
//!   readers  ─► tip, state, prove, block, history … at one version each
//! ```
//!
//! Two synced writes a block, and both whole or absent: a kill at any point leaves
//! the last committed tip, with the undecided bodies of the height above it.
//! Opening rebuilds the top of the state tree from its pages and refuses to go on
//! unless its root is the tip's.
//!
//! The store knows no contract domain: keys and values of the state are bytes to it.

mod codec;
mod columns;
mod commit;
mod database;
mod error;
mod options;
mod proofs;
mod proposals;
mod reads;
mod rows;
mod state;
mod tip;
mod tree;

use std::{
    path::Path,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};

use columns::{ALL, META, META_TIP};
use database::Database;
use piaolian_base::shutdown::Closed;
use piaolian_contracts::{state::Change, types::BlockTime};
use rows::TreeRows;
use tree::Tree;

pub(crate) use commit::Commit;
pub use commit::Occurrence;
pub use error::StoreError;
pub use proofs::Proven;
pub use proposals::Proposal;
pub use reads::{CommittedBlock, HISTORY_PAGE_MAX, Location};
pub(crate) use state::StateUpdate;
pub use state::StateView;
pub use tip::{Identity, Tip};

/// Heights below the tip at which the state can still be proven: [`Store::prove_at`].
pub const UNDO_HEIGHTS: u64 = 64;

/// The store. Clones share one database.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    database: Database,
    identity: Identity,
    present: RwLock<Present>,
    /// The tip alone, for those who must not wait while a commit is written.
    tip: RwLock<Tip>,
}

/// The version of which the tree's rows are on disk. It changes with the commit batch,
/// under one lock, so that nobody proves from a tree without its rows.
struct Present {
    tip: Tip,
    tree: Tree,
}

impl Store {
    /// Founds a chain in a new store at `path`: writes the state of height 0, in one synced
    /// write. `time` is the genesis document's.
    ///
    /// # Errors
    /// When a chain was founded there before, two changes have the same key, or the disk fails.
    pub fn create(
        path: &Path,
        identity: &Identity,
        time: BlockTime,
        changes: Vec<Change>,
    ) -> Result<Self, StoreError> {
        let database = Database::open(path, &ALL)?;
        if let Some(found) = Identity::read(&database)? {
            let path = path.to_owned();
            return Err(StoreError::AlreadyFounded {
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
        batch.commit("the genesis state")?;
        let mut present = Present { tip, tree };
        present.tree.apply(update.into_tree());
        Ok(Self::over(database, identity.clone(), present))
    }

    /// Opens the store at `path` at its last committed tip.
    ///
    /// # Errors
    /// When another process has it open, it holds no chain, another chain or another format, or
    /// what it holds is damaged.
    pub fn open(path: &Path, identity: &Identity) -> Result<Self, StoreError> {
        let database = Database::open(path, &ALL)?;
        let found =
            Identity::read(&database)?.ok_or_else(|| StoreError::NotFounded(path.to_owned()))?;
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
        Ok(Self::over(database, found, Present { tip, tree }))
    }

    fn over(database: Database, identity: Identity, present: Present) -> Self {
        let tip = RwLock::new(present.tip.clone());
        let present = RwLock::new(present);
        Self {
            shared: Arc::new(Shared {
                database,
                identity,
                present,
                tip,
            }),
        }
    }

    /// Which chain this is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.shared.identity
    }

    /// The last committed block. Waits for no disk.
    #[must_use]
    pub fn tip(&self) -> Tip {
        self.shared
            .tip
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Synced writes since the store was opened: two a block on a validator.
    #[must_use]
    pub fn synced_writes(&self) -> u64 {
        self.shared.database.synced_writes()
    }

    /// What tells when the last handle is gone and the database closed.
    #[must_use]
    pub fn closed(&self) -> Closed {
        self.shared.database.closed()
    }

    /// Ends what the database does by itself: from here on its files stay as they are, and
    /// whoever holds the store, which is locked, may copy them. Nothing may be written after.
    pub fn rest(&self) {
        self.database().rest();
    }

    /// Memory that the top of the state tree takes, in bytes.
    #[must_use]
    pub fn tree_memory_bytes(&self) -> usize {
        self.present().tree.memory_bytes()
    }

    fn database(&self) -> &Database {
        &self.shared.database
    }

    /// The present version, which no commit changes while the guard lives.
    fn present(&self) -> RwLockReadGuard<'_, Present> {
        // A writer that panicked did so before it changed anything: see `commit`.
        self.shared
            .present
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("path", &self.database().path())
            .field("tip", &self.tip())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
