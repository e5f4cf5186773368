//! The state tree in memory and on disk.
//!
//! [`piaolian_contracts::state_tree`] specifies the tree's shape and hashes; this module stores it.
//!
//! ```text
//!   top      memory     nodes above the pages, about 0.6 to 1.1 bytes a key
//!   pages    column     a row for each subtree of ≤ 128 keys: the hashes of its buckets
//!   buckets  column     a row for each bucket: (key hash ‖ value hash) of its ≤ 8 keys
//! ```
//!
//! Recently used rows are cached decoded, in at most 256 MiB: enough for a million keys.
//!
//! A change of one key reads and writes one page and one bucket, about 1 KB, for any number of keys. Nodes above the
//! pages are never written: opening reads all pages and computes these nodes, and the root must be the tip's.
//!
//! The tree has one current version, the tip's. [`Tree::prepare`] computes the next one beside it, and [`Tree::apply`]
//! makes that the current one once its rows are on disk.

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
use piaolian_contracts::{chain::Hash, state_tree::Entry};
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

/// Most memory of decoded pages, in bytes.
const PAGES_BYTES_MAX: usize = 32 << 20;

/// Most memory of decoded buckets, in bytes.
const BUCKETS_BYTES_MAX: usize = 224 << 20;

/// The current version of the tree: the nodes above its rows, and a cache of rows.
#[derive(Debug)]
pub(crate) struct Tree {
    top: Top,
    pages: Cache<Slot>,
    buckets: Cache<Entry>,
    /// Number of applied updates, so that an update is applied only to the version for which it was prepared.
    version: u64,
}

impl Tree {
    /// Returns the root of the current version.
    pub(crate) fn root(&self) -> Hash {
        Hash::new(*self.top.root().hash())
    }

    /// Returns the memory of the top, in bytes. The cached rows are bounded and not counted.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.top.memory_bytes()
    }

    /// Computes the next version from the current one and `changes`, strictly ascending by key hash.
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

    /// Whether `update` was prepared on the current version.
    pub(crate) fn fits(&self, update: &TreeUpdate) -> bool {
        update.version == self.version
    }

    /// Makes `update` the current version. Its rows must be on disk already.
    ///
    /// # Panics
    /// When it does not [fit](Self::fits).
    pub(crate) fn apply(&mut self, update: TreeUpdate) {
        assert!(
            self.fits(&update),
            "an update is applied to the version for which it was prepared"
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

    /// Replaces `node` by `patch`, and returns the new node.
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

    /// Caches the rows of a page that was just written.
    fn keep(&self, draft: Draft, prefix: Prefix) {
        if page::keys_of(&draft.slots) > 0 {
            self.pages.put(prefix, draft.slots.into());
        }
        for fresh in draft.fresh {
            self.buckets.put(fresh.prefix, fresh.entries);
        }
    }

    /// Returns the slots of the page at `prefix`, which has `keys` keys.
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

    /// Returns the entries of the current bucket at `prefix`, which has `keys` keys.
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
    /// Returns the root of the next version.
    pub(crate) fn root(&self) -> Hash {
        Hash::new(*self.patch.hash())
    }

    /// Returns the leaves that differ from the previous version, ascending by key hash.
    pub(crate) fn leaves(&self) -> &[LeafDelta] {
        &self.leaves
    }

    /// Writes every row that differs from the previous version, each once.
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

/// Decodes the row of the page at `prefix`.
pub(crate) fn decode_page(row: &[u8], prefix: Prefix) -> Option<Vec<Slot>> {
    page::decode(row, prefix.depth())
}

/// Decodes the row of the bucket at `prefix`.
pub(crate) fn decode_bucket(row: &[u8], prefix: Prefix) -> Option<Vec<Entry>> {
    bucket::decode(row, prefix)
}

fn damaged(prefix: Prefix) -> StoreError {
    StoreError::corrupt(PAGES.name(), &prefix.encode())
}

#[cfg(test)]
mod tests;
