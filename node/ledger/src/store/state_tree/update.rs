//! Computes the next version of the tree beside the current one.
//!
//! ```text
//!   sorted changes ─► top: split at each node ─► page: split at each slot ─► bucket changed
//!                                                                              │
//!   TreeUpdate  ◄── hashes, bottom up: each changed node once a block ◄────────┘
//!     patch of the top, rows of pages and buckets
//! ```
//!
//! The current version is not modified, so any number of updates may be prepared on it, and at most one applied.

use piaolian_contracts::state_tree::{Entry, hashing::node_hash};

use super::{
    Tree, bucket,
    edit::{Draft, Edit, part},
    page::{self, PAGE_KEYS_MAX},
    prefix::Prefix,
    rows::{RowSink, Rows},
    top::{Below, Node},
};
use crate::store::StoreError;

/// Changes below a node from which its halves are computed in parallel.
const PARALLEL_CHANGES_MIN: usize = 128;

/// A write to one leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LeafChange {
    pub(crate) key_hash: [u8; 32],
    /// The new value's hash; `None` deletes the key.
    pub(crate) value_hash: Option<[u8; 32]>,
}

/// A leaf that an update adds, changes or deletes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LeafDelta {
    pub(crate) key_hash: [u8; 32],
    pub(crate) old: Option<[u8; 32]>,
    pub(crate) new: Option<[u8; 32]>,
}

/// The next version of the tree, with the rows to write.
#[derive(Debug)]
pub(crate) struct TreeUpdate {
    pub(super) version: u64,
    pub(super) patch: Patch,
    pub(super) leaves: Vec<LeafDelta>,
    /// Current pages that the next version does not have.
    pub(super) pages_gone: Vec<Prefix>,
    /// Current buckets that the next version does not have.
    pub(super) buckets_gone: Vec<Prefix>,
}

/// A node of the next version.
#[derive(Debug)]
pub(super) enum Patch {
    /// An unchanged node of the current version.
    Keep(Node),
    /// A page with changes.
    Page(Draft, [u8; 32]),
    /// A node above changes.
    Inner(Box<[Patch; 2]>, [u8; 32]),
}

impl Patch {
    pub(super) fn hash(&self) -> &[u8; 32] {
        match self {
            Self::Keep(node) => node.hash(),
            Self::Page(_, hash) | Self::Inner(_, hash) => hash,
        }
    }

    /// Returns the number of keys, if this is a page.
    fn page_keys(&self) -> Option<usize> {
        match self {
            Self::Keep(node) => match node.below() {
                Below::Page(keys) => Some(keys),
                Below::Halves(_) => None,
            },
            Self::Page(draft, _) => Some(page::keys_of(&draft.slots)),
            Self::Inner(..) => None,
        }
    }

    fn inner(left: Self, right: Self) -> Self {
        let hash = node_hash(left.hash(), right.hash());
        Self::Inner(Box::new([left, right]), hash)
    }

    /// Returns the node of the page `draft`: the page itself, or inner nodes above several pages when it is too large.
    fn place(mut draft: Draft, prefix: Prefix) -> Self {
        let depth = prefix.depth();
        if page::keys_of(&draft.slots) <= PAGE_KEYS_MAX {
            let hash = page::fold(&draft.slots, depth);
            return Self::Page(draft, hash);
        }
        let middle = page::subtree_end(&draft.slots, 0, depth + 1);
        let middle = middle.expect("more keys than a bucket's have two halves");
        let right = prefix.child(true);
        let fresh = draft
            .fresh
            .partition_point(|fresh| fresh.prefix.first() < right.first());
        let after = Draft {
            slots: draft.slots.split_off(middle),
            fresh: draft.fresh.split_off(fresh),
            replaces: false,
        };
        Self::inner(
            Self::place(draft, prefix.child(false)),
            Self::place(after, right),
        )
    }

    /// Writes the rows of the changed pages and buckets, from left to right. `row` is a buffer for one row.
    pub(super) fn write(&self, prefix: Prefix, row: &mut Vec<u8>, sink: &mut impl RowSink) {
        match self {
            Self::Keep(_) => {}
            Self::Page(draft, _) => {
                if !draft.is_empty() {
                    page::encode(&draft.slots, prefix.depth(), row);
                    sink.page(prefix, Some(row));
                }
                for fresh in &draft.fresh {
                    bucket::encode(&fresh.entries, row);
                    sink.bucket(fresh.prefix, Some(row));
                }
            }
            Self::Inner(halves, _) => {
                halves[0].write(prefix.child(false), row, sink);
                halves[1].write(prefix.child(true), row, sink);
            }
        }
    }
}

/// Computes an update on one version.
pub(super) struct Updater<'a, R> {
    tree: &'a Tree,
    rows: &'a R,
}

/// Results of one thread's share of an update, besides its nodes.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub(super) leaves: Vec<LeafDelta>,
    /// Current buckets that the next version does not have.
    pub(super) buckets_gone: Vec<Prefix>,
    /// Current pages that the next version does not have.
    pages_gone: Vec<Prefix>,
    /// Buffer for the entries of one bucket and its changes.
    pub(super) room: Vec<Entry>,
}

impl Work {
    fn add(&mut self, mut other: Self) {
        self.leaves.append(&mut other.leaves);
        self.buckets_gone.append(&mut other.buckets_gone);
        self.pages_gone.append(&mut other.pages_gone);
    }
}

impl<'a, R: Rows> Updater<'a, R> {
    pub(super) fn new(tree: &'a Tree, rows: &'a R) -> Self {
        Self { tree, rows }
    }

    /// Computes the update by `changes`, strictly ascending by key hash.
    pub(super) fn run(&self, changes: &[LeafChange]) -> Result<TreeUpdate, StoreError> {
        let mut work = Work::default();
        let patch = self.node(self.tree.top.root(), Prefix::ROOT, changes, &mut work)?;
        Ok(TreeUpdate {
            version: self.tree.version,
            patch,
            leaves: work.leaves,
            pages_gone: work.pages_gone,
            buckets_gone: work.buckets_gone,
        })
    }

    fn node(
        &self,
        node: Node,
        prefix: Prefix,
        changes: &[LeafChange],
        work: &mut Work,
    ) -> Result<Patch, StoreError> {
        if changes.is_empty() {
            return Ok(Patch::Keep(node));
        }
        match node.below() {
            Below::Page(keys) => {
                let slots = self.tree.page(self.rows, prefix, keys)?;
                let Some(mut draft) =
                    Edit::page(self.tree, self.rows, &slots, prefix, changes, work)?
                else {
                    return Ok(Patch::Keep(node));
                };
                let stays = (1..=PAGE_KEYS_MAX).contains(&page::keys_of(&draft.slots));
                if keys > 0 && !stays {
                    work.pages_gone.push(prefix);
                }
                draft.replaces = keys > 0 && stays;
                Ok(Patch::place(draft, prefix))
            }
            Below::Halves(pair) => {
                match self.halves(self.tree.top.halves(pair), prefix, changes, work)? {
                    [Patch::Keep(_), Patch::Keep(_)] => Ok(Patch::Keep(node)),
                    [left, right] => self.join(prefix, left, right, work),
                }
            }
        }
    }

    fn halves(
        &self,
        nodes: [Node; 2],
        prefix: Prefix,
        changes: &[LeafChange],
        work: &mut Work,
    ) -> Result<[Patch; 2], StoreError> {
        let (before, after) = part(changes, prefix.depth());
        let (left, right) = (prefix.child(false), prefix.child(true));
        if changes.len() < PARALLEL_CHANGES_MIN {
            return Ok([
                self.node(nodes[0], left, before, work)?,
                self.node(nodes[1], right, after, work)?,
            ]);
        }
        let mut beside = Work::default();
        let (left, right) = rayon::join(
            || self.node(nodes[0], left, before, work),
            || self.node(nodes[1], right, after, &mut beside),
        );
        work.add(beside);
        Ok([left?, right?])
    }

    /// Returns the inner node above two halves, or their page when few keys remain.
    fn join(
        &self,
        prefix: Prefix,
        left: Patch,
        right: Patch,
        work: &mut Work,
    ) -> Result<Patch, StoreError> {
        let keys = left
            .page_keys()
            .zip(right.page_keys())
            .map(|(left, right)| left + right);
        if keys.is_none_or(|keys| keys > PAGE_KEYS_MAX) {
            return Ok(Patch::inner(left, right));
        }
        let mut draft = self.draft(left, prefix.child(false), work)?;
        let mut after = self.draft(right, prefix.child(true), work)?;
        draft.slots.append(&mut after.slots);
        draft.fresh.append(&mut after.fresh);
        draft.merge(self.tree, self.rows, 0, prefix, work)?;
        Ok(Patch::place(draft, prefix))
    }

    /// Returns the draft of a page that will be merged with its sibling.
    fn draft(&self, page: Patch, prefix: Prefix, work: &mut Work) -> Result<Draft, StoreError> {
        match page {
            Patch::Page(mut draft, _) => {
                if std::mem::take(&mut draft.replaces) {
                    work.pages_gone.push(prefix);
                }
                Ok(draft)
            }
            Patch::Keep(node) => {
                let Below::Page(keys) = node.below() else {
                    unreachable!("only pages merge")
                };
                if keys > 0 {
                    work.pages_gone.push(prefix);
                }
                self.tree
                    .page(self.rows, prefix, keys)
                    .map(|slots| Draft::kept(slots.to_vec()))
            }
            Patch::Inner(..) => unreachable!("only pages merge"),
        }
    }
}
