//! The state tree as this node keeps it.
//!
//! The tree itself, its shape and hashes, is specified in [`piaolian_contracts::proof`]; here is
//! how it lies in memory and on disk.
//!
//! ```text
//!   top      memory     nodes above the pages, about 0.6 to 1.1 bytes a key
//!   pages    column     a row for each subtree of ≤ 128 keys: the hashes of its buckets
//!   buckets  column     a row for each bucket: (key hash ‖ value hash) of its ≤ 8 keys
//! ```
//!
//! Rows that were used lately are kept decoded, in at most 256 MiB: all of a million keys.
//!
//! A change of one key reads and writes one page and one bucket, about 1 KB, whatever the
//! number of keys. Nodes above the pages are never written: opening reads all pages and folds
//! them up, and the root so found must be the tip's.
//!
//! The tree knows one version, the tip's. [`Tree::prepare`] computes the next one beside it,
//! [`Tree::apply`] makes it the present one once its rows are on disk.

mod bucket;
mod cache;
mod edit;
mod load;
mod page;
mod prefix;
mod prove;
mod rows;
mod top;
mod update;

use std::sync::Arc;

use cache::Cache;
use edit::Draft;
use piaolian_contracts::{chain::Hash, proof::Entry};
use top::{Below, Node, Top};
use update::{Patch, Updater};

pub(crate) use page::Slot;
pub(crate) use prefix::Prefix;
pub(crate) use rows::{RowSink, Rows};
pub(crate) use update::{LeafChange, LeafDelta, TreeUpdate};

use super::{
    StoreError,
    columns::{BUCKETS, PAGES},
};

/// What decoded pages may take, in bytes.
const PAGES_BYTES_MAX: usize = 32 << 20;

/// What decoded buckets may take, in bytes.
const BUCKETS_BYTES_MAX: usize = 224 << 20;

/// The present version of the tree: everything above its rows, and some of these.
#[derive(Debug)]
pub(crate) struct Tree {
    top: Top,
    pages: Cache<Slot>,
    buckets: Cache<Entry>,
    /// Counts applied updates, so that no update is applied over another version than its own.
    version: u64,
}

impl Tree {
    /// The root of the present version.
    pub(crate) fn root(&self) -> Hash {
        Hash::new(*self.top.root().hash())
    }

    /// Bytes of memory that the top takes; the rows kept beside it are bounded.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.top.memory_bytes()
    }

    /// The version that `changes`, strictly ascending by key hash, make of the present one.
    ///
    /// # Errors
    /// When rows cannot be read or are damaged.
    pub(crate) fn prepare<R: Rows>(
        &self,
        rows: &R,
        changes: &[LeafChange],
    ) -> Result<TreeUpdate, StoreError> {
        debug_assert!(changes.is_sorted_by(|a, b| a.key_hash < b.key_hash));
        Updater::new(self, rows).run(changes)
    }

    /// Whether `update` was prepared over the present version.
    pub(crate) fn fits(&self, update: &TreeUpdate) -> bool {
        update.version == self.version
    }

    /// Makes `update` the present version. Its rows must be on disk already.
    ///
    /// # Panics
    /// When it does not [fit](Self::fits).
    pub(crate) fn apply(&mut self, update: TreeUpdate) {
        assert!(
            self.fits(&update),
            "an update is applied over the version it was prepared for"
        );
        for prefix in update.pages_gone {
            self.pages.remove(prefix);
        }
        for prefix in update.buckets_gone {
            self.buckets.remove(prefix);
        }
        let present = self.top.root();
        let root = self.graft(present, update.patch, Prefix::ROOT);
        self.top.set_root(root);
        self.version += 1;
    }

    /// Puts `patch` in the place of `node`, and gives the node that stands there now.
    fn graft(&mut self, node: Node, patch: Patch, prefix: Prefix) -> Node {
        match patch {
            Patch::Keep(kept) => kept,
            Patch::Page(draft, hash) => {
                self.top.release(node);
                let keys = page::keys_of(&draft.slots);
                self.keep(draft, prefix);
                Node::page(hash, keys)
            }
            Patch::Inner(halves, hash) => {
                let pair = match node.below() {
                    Below::Halves(pair) => pair,
                    Below::Page(_) => self.top.allocate(),
                };
                let [left, right] = self.top.halves(pair);
                let [before, after] = *halves;
                let left = self.graft(left, before, prefix.child(false));
                let right = self.graft(right, after, prefix.child(true));
                self.top.set_halves(pair, [left, right]);
                Node::inner(hash, pair)
            }
        }
    }

    /// Keeps the rows of a page that was just written.
    fn keep(&self, draft: Draft, prefix: Prefix) {
        if page::keys_of(&draft.slots) > 0 {
            self.pages.put(prefix, draft.slots.into());
        }
        for fresh in draft.fresh {
            self.buckets.put(fresh.prefix, fresh.entries);
        }
    }

    /// The slots of the page at `prefix`, which has `keys` keys.
    fn page<R: Rows>(
        &self,
        rows: &R,
        prefix: Prefix,
        keys: usize,
    ) -> Result<Arc<[Slot]>, StoreError> {
        if keys == 0 {
            return Ok(Arc::from([Slot::empty(prefix.depth())]));
        }
        let slots = self.pages.get(prefix, || rows.page(prefix))?;
        if page::keys_of(&slots) == keys {
            Ok(slots)
        } else {
            Err(damaged(prefix))
        }
    }

    /// The entries of the present bucket at `prefix`, which has `keys` keys.
    fn bucket<R: Rows>(
        &self,
        rows: &R,
        prefix: Prefix,
        keys: u8,
    ) -> Result<Arc<[Entry]>, StoreError> {
        if keys == 0 {
            return Ok(Arc::from([]));
        }
        let entries = self.buckets.get(prefix, || rows.bucket(prefix))?;
        if entries.len() == usize::from(keys) {
            Ok(entries)
        } else {
            Err(StoreError::corrupt(BUCKETS.name(), &prefix.encode()))
        }
    }
}

impl TreeUpdate {
    /// The root of the next version.
    pub(crate) fn root(&self) -> Hash {
        Hash::new(*self.patch.hash())
    }

    /// Leaves that differ from the version before, ascending by key hash.
    pub(crate) fn leaves(&self) -> &[LeafDelta] {
        &self.leaves
    }

    /// Gives every row that differs from the version before, each once.
    pub(crate) fn write(&self, sink: &mut impl RowSink) {
        let mut row = Vec::new();
        self.patch.write(Prefix::ROOT, &mut row, sink);
        for prefix in &self.pages_gone {
            sink.page(*prefix, None);
        }
        for prefix in &self.buckets_gone {
            sink.bucket(*prefix, None);
        }
    }
}

/// Reads the row of the page at `prefix`.
pub(crate) fn decode_page(row: &[u8], prefix: Prefix) -> Option<Vec<Slot>> {
    page::decode(row, prefix.depth())
}

/// Reads the row of the bucket at `prefix`.
pub(crate) fn decode_bucket(row: &[u8], prefix: Prefix) -> Option<Vec<Entry>> {
    bucket::decode(row, prefix)
}

fn damaged(prefix: Prefix) -> StoreError {
    StoreError::corrupt(PAGES.name(), &prefix.encode())
}

#[cfg(test)]
mod tests;
