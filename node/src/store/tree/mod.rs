//! The state tree as this node keeps it.
//!
//! The tree itself, its shape and hashes, is specified in [`piaolian_contracts::proof`]; here is
//! how it lies in memory and on disk.
//!
//! ```text
//!   top      memory         nodes above the pages, about 1 byte a key      ─┐
//!   pages    column         a row for each subtree of ≤ 128 keys:           ├─ all derived
//!                           the hashes of its tiles (≤ 8 keys)             ─┘
//!   leaves   column         key hash → value hash: the truth
//! ```
//!
//! A change of one key reads one page and one tile's leaves, and writes the page and the leaf:
//! about 0.7 KB, whatever the number of keys. Nodes above the pages are never written: opening
//! reads all pages and folds them up, and the root so found must be the tip's.
//!
//! The tree knows one version, the tip's. [`Tree::prepare`] computes the next one beside it,
//! [`Tree::apply`] makes it the present one once its rows are on disk.

mod page;
mod prefix;
mod prove;
mod rows;
mod top;
mod update;

#[cfg(test)]
mod tests;

use page::Tile;
use piaolian_contracts::{chain::Hash, proof::hashing::node_hash};
pub(crate) use prefix::Prefix;
pub(crate) use rows::{LeafCursor, Rows};
use top::{Below, Node, Top};
pub(crate) use update::{LeafChange, LeafDelta, TreeUpdate};
use update::{Patch, Updater};

use super::{StoreError, columns::PAGES};

/// The present version of the tree: everything above its rows.
#[derive(Debug)]
pub(crate) struct Tree {
    top: Top,
    /// Counts applied updates, so that no update is applied over another version than its own.
    version: u64,
}

impl Tree {
    /// The tree whose pages are `pages`, in whatever order.
    ///
    /// # Errors
    /// When a page cannot be read, is damaged, or overlaps another.
    pub(crate) fn load<P>(pages: P) -> Result<Self, StoreError>
    where
        P: IntoIterator<Item = Result<(Prefix, Vec<u8>), StoreError>>,
    {
        let mut top = Top::new();
        for page in pages {
            let (prefix, row) = page?;
            let tiles = page::decode(&row, prefix.depth()).ok_or_else(|| damaged(prefix))?;
            let hash = page::tiles_hash(&tiles, prefix.depth());
            hang(&mut top, prefix, Node::page(hash, page::keys_of(&tiles)))?;
        }
        let root = top.root();
        let root = fold(&mut top, root);
        top.set_root(root);
        Ok(Self { top, version: 0 })
    }

    /// The root of the present version.
    pub(crate) fn root(&self) -> Hash {
        Hash::new(*self.top.root().hash())
    }

    /// Bytes of memory that the top takes.
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
        Updater::new(&self.top, rows).run(self.version, changes)
    }

    /// Whether `update` was prepared over the present version.
    pub(crate) fn fits(&self, update: &TreeUpdate) -> bool {
        update.version == self.version
    }

    /// Makes `update` the present version. Its rows must be on disk already.
    ///
    /// # Panics
    /// When it does not [fit](Self::fits).
    pub(crate) fn apply(&mut self, update: &TreeUpdate) {
        assert!(
            self.fits(update),
            "an update is applied over the version it was prepared for"
        );
        let present = self.top.root();
        let root = graft(&mut self.top, present, &update.patch);
        self.top.set_root(root);
        self.version += 1;
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

    /// Rows of pages to write, or to delete where `None`.
    pub(crate) fn pages(&self) -> &[(Prefix, Option<Vec<u8>>)] {
        &self.pages
    }
}

/// Puts `patch` in the place of `node`, and gives the node that stands there now.
fn graft(top: &mut Top, node: Node, patch: &Patch) -> Node {
    match patch {
        Patch::Keep(kept) => *kept,
        Patch::Page(drafts, hash) => {
            top.release(node);
            Node::page(*hash, update::keys_of(drafts))
        }
        Patch::Inner(halves, hash) => {
            let pair = match node.below() {
                Below::Halves(pair) => pair,
                Below::Page(_) => top.allocate(),
            };
            let [left, right] = top.halves(pair);
            let nodes = [graft(top, left, &halves[0]), graft(top, right, &halves[1])];
            top.set_halves(pair, nodes);
            Node::inner(*hash, pair)
        }
    }
}

/// Hangs a page where `prefix` says, with nodes above whose hashes are not known yet.
fn hang(top: &mut Top, prefix: Prefix, page: Node) -> Result<(), StoreError> {
    let mut path = Vec::with_capacity(usize::from(prefix.depth()));
    let mut node = top.root();
    for depth in 0..prefix.depth() {
        let pair = match node.below() {
            Below::Halves(pair) => pair,
            Below::Page(0) => top.allocate(),
            Below::Page(_) => return Err(damaged(prefix)),
        };
        let right = usize::from(prefix.turns_right_at(depth));
        let halves = top.halves(pair);
        path.push((pair, halves, right));
        node = halves[right];
    }
    if node != Node::VOID {
        return Err(damaged(prefix));
    }
    let mut below = page;
    for (pair, mut halves, right) in path.into_iter().rev() {
        halves[right] = below;
        top.set_halves(pair, halves);
        below = Node::inner([0; 32], pair);
    }
    top.set_root(below);
    Ok(())
}

/// Hashes the nodes below `node`, and gives it with its own.
fn fold(top: &mut Top, node: Node) -> Node {
    let Below::Halves(pair) = node.below() else {
        return node;
    };
    let [left, right] = top.halves(pair);
    let halves = [fold(top, left), fold(top, right)];
    top.set_halves(pair, halves);
    let hash = node_hash(halves[0].hash(), halves[1].hash());
    Node::inner(hash, pair)
}

/// The tiles of the page at `prefix`, which has `keys` keys.
fn read_page<R: Rows>(rows: &R, prefix: Prefix, keys: usize) -> Result<Vec<Tile>, StoreError> {
    let row = rows.page(prefix)?.ok_or_else(|| damaged(prefix))?;
    let tiles = page::decode(&row, prefix.depth()).ok_or_else(|| damaged(prefix))?;
    if page::keys_of(&tiles) == keys {
        Ok(tiles)
    } else {
        Err(damaged(prefix))
    }
}

fn damaged(prefix: Prefix) -> StoreError {
    StoreError::corrupt(PAGES.name(), &prefix.encode())
}
