//! The next version of the tree, computed beside the present one.
//!
//! ```text
//!   sorted changes ─► top: split at each node ─► page: split at each tile ─► leaves merged
//!                                                                               │
//!   TreeUpdate  ◄── hashes, back up: each touched node once a block ◄───────────┘
//!     root, patch of the top, rows of pages, rows of leaves
//! ```
//!
//! Nothing of the present version is touched, so any number of updates may be
//! prepared over it, and at most one applied.

use piaolian_contracts::proof::{
    Entry,
    hashing::{EMPTY, node_hash, turns_right},
};

use super::{
    page::{self, PAGE_KEYS_MAX, TILE_KEYS_MAX, Tile},
    prefix::Prefix,
    rows::{LeafCursor, Rows},
    top::{Below, Node, Top},
};
use crate::store::StoreError;

/// From this many changes below a node on, its halves are worked on in parallel.
const PARALLEL_CHANGES_MIN: usize = 128;

/// A write to one leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LeafChange {
    pub(crate) key_hash: [u8; 32],
    /// The new value's hash, or `None` when the key goes.
    pub(crate) value_hash: Option<[u8; 32]>,
}

/// The next version of the tree, and all that applying it writes.
#[derive(Debug)]
pub(crate) struct TreeUpdate {
    pub(super) version: u64,
    pub(super) patch: Patch,
    /// Leaves that differ from the present version, ascending.
    pub(super) leaves: Vec<LeafDelta>,
    /// Rows of pages to write, and to delete where `None`; no prefix twice.
    pub(super) pages: Vec<(Prefix, Option<Vec<u8>>)>,
}

/// A leaf that an update makes, changes or deletes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LeafDelta {
    pub(crate) key_hash: [u8; 32],
    pub(crate) old: Option<[u8; 32]>,
    pub(crate) new: Option<[u8; 32]>,
}

/// A node of the next version.
#[derive(Debug)]
pub(super) enum Patch {
    /// The present version's node.
    Keep(Node),
    /// A page with changes.
    Page(Vec<Draft>, [u8; 32]),
    /// A node above changes.
    Inner(Box<[Patch; 2]>, [u8; 32]),
}

/// A tile of the next version.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) tile: Tile,
    /// The tile's keys where they differ from the present version's.
    pub(super) entries: Option<Vec<Entry>>,
}

impl Draft {
    /// A tile of the present version.
    pub(super) fn kept(tile: Tile) -> Self {
        Self {
            tile,
            entries: None,
        }
    }
}

impl Patch {
    pub(super) fn hash(&self) -> &[u8; 32] {
        match self {
            Self::Keep(node) => node.hash(),
            Self::Page(_, hash) | Self::Inner(_, hash) => hash,
        }
    }

    /// The number of keys when this is a page.
    fn page_keys(&self) -> Option<usize> {
        match self {
            Self::Keep(node) => match node.below() {
                Below::Page(keys) => Some(keys),
                Below::Halves(_) => None,
            },
            Self::Page(drafts, _) => Some(keys_of(drafts)),
            Self::Inner(..) => None,
        }
    }
}

/// Works out an update over one version.
pub(super) struct Updater<'a, R> {
    top: &'a Top,
    rows: &'a R,
}

/// One thread's share of an update.
struct Work<C> {
    cursor: C,
    leaves: Vec<LeafDelta>,
    /// Present pages with rows whose place or content changes.
    touched: Vec<Prefix>,
}

impl<C> Work<C> {
    fn new(cursor: C) -> Self {
        Self {
            cursor,
            leaves: Vec::new(),
            touched: Vec::new(),
        }
    }
}

impl<'a, R: Rows> Updater<'a, R> {
    pub(super) fn new(top: &'a Top, rows: &'a R) -> Self {
        Self { top, rows }
    }

    /// The update that `changes` make, strictly ascending by key hash.
    pub(super) fn run(
        &self,
        version: u64,
        changes: &[LeafChange],
    ) -> Result<TreeUpdate, StoreError> {
        let mut work = Work::new(self.rows.cursor());
        let patch = self.node(self.top.root(), Prefix::ROOT, changes, &mut work)?;
        let mut pages = Vec::with_capacity(work.touched.len());
        page_rows(&patch, Prefix::ROOT, &mut pages);
        let gone = work.touched.iter().filter(|prefix| {
            // Written pages stand in ascending order of their subtrees, and none overlap.
            pages
                .binary_search_by(|(written, _)| written.cmp(prefix))
                .is_err()
        });
        let gone: Vec<_> = gone.map(|prefix| (*prefix, None)).collect();
        pages.extend(gone);
        Ok(TreeUpdate {
            version,
            patch,
            leaves: work.leaves,
            pages,
        })
    }

    fn node(
        &self,
        node: Node,
        prefix: Prefix,
        changes: &[LeafChange],
        work: &mut Work<R::Cursor<'_>>,
    ) -> Result<Patch, StoreError> {
        if changes.is_empty() {
            return Ok(Patch::Keep(node));
        }
        match node.below() {
            Below::Page(keys) => self.page(node, keys, prefix, changes, work),
            Below::Halves(pair) => {
                let nodes = self.top.halves(pair);
                let [left, right] = if changes.len() >= PARALLEL_CHANGES_MIN {
                    self.halves_in_parallel(nodes, prefix, changes, work)?
                } else {
                    let (before, after) = part(changes, prefix.depth());
                    [
                        self.node(nodes[0], prefix.child(false), before, work)?,
                        self.node(nodes[1], prefix.child(true), after, work)?,
                    ]
                };
                if let (Patch::Keep(_), Patch::Keep(_)) = (&left, &right) {
                    return Ok(Patch::Keep(node));
                }
                self.join(prefix, left, right, work)
            }
        }
    }

    fn halves_in_parallel(
        &self,
        nodes: [Node; 2],
        prefix: Prefix,
        changes: &[LeafChange],
        work: &mut Work<R::Cursor<'_>>,
    ) -> Result<[Patch; 2], StoreError> {
        let (before, after) = part(changes, prefix.depth());
        let (left, right) = rayon::join(
            || {
                let mut work = Work::new(self.rows.cursor());
                let patch = self.node(nodes[0], prefix.child(false), before, &mut work)?;
                Ok::<_, StoreError>((patch, work.leaves, work.touched))
            },
            || {
                let mut work = Work::new(self.rows.cursor());
                let patch = self.node(nodes[1], prefix.child(true), after, &mut work)?;
                Ok::<_, StoreError>((patch, work.leaves, work.touched))
            },
        );
        let mut collect = |(patch, leaves, touched): (Patch, Vec<_>, Vec<_>)| {
            work.leaves.extend(leaves);
            work.touched.extend(touched);
            patch
        };
        Ok([collect(left?), collect(right?)])
    }

    /// The inner node over two halves, or their page when few keys remain.
    fn join(
        &self,
        prefix: Prefix,
        left: Patch,
        right: Patch,
        work: &mut Work<R::Cursor<'_>>,
    ) -> Result<Patch, StoreError> {
        let keys = left
            .page_keys()
            .zip(right.page_keys())
            .map(|(left, right)| left + right);
        if keys.is_none_or(|keys| keys > PAGE_KEYS_MAX) {
            let hash = node_hash(left.hash(), right.hash());
            return Ok(Patch::Inner(Box::new([left, right]), hash));
        }
        let mut drafts = self.drafts(left, prefix.child(false), work)?;
        drafts.extend(self.drafts(right, prefix.child(true), work)?);
        merge_tiles(&mut drafts, 0, prefix, &mut work.cursor)?;
        let hash = drafts_hash(&drafts, prefix.depth());
        Ok(Patch::Page(drafts, hash))
    }

    /// The tiles of a page that is about to be merged with its sibling.
    fn drafts(
        &self,
        page: Patch,
        prefix: Prefix,
        work: &mut Work<R::Cursor<'_>>,
    ) -> Result<Vec<Draft>, StoreError> {
        match page {
            Patch::Page(drafts, _) => Ok(drafts),
            Patch::Keep(node) => {
                let Below::Page(keys) = node.below() else {
                    unreachable!("only pages merge")
                };
                let tiles = self.read_page(prefix, keys, work)?;
                Ok(tiles.into_iter().map(Draft::kept).collect())
            }
            Patch::Inner(..) => unreachable!("only pages merge"),
        }
    }

    fn read_page(
        &self,
        prefix: Prefix,
        keys: usize,
        work: &mut Work<R::Cursor<'_>>,
    ) -> Result<Vec<Tile>, StoreError> {
        if keys == 0 {
            return Ok(vec![Tile::empty(prefix.depth())]);
        }
        work.touched.push(prefix);
        super::read_page(self.rows, prefix, keys)
    }

    fn page(
        &self,
        node: Node,
        keys: usize,
        prefix: Prefix,
        changes: &[LeafChange],
        work: &mut Work<R::Cursor<'_>>,
    ) -> Result<Patch, StoreError> {
        let touched = work.touched.len();
        let tiles = self.read_page(prefix, keys, work)?;
        let mut edit = Edit {
            tiles: tiles.iter(),
            drafts: Vec::with_capacity(tiles.len() + 2),
            work,
        };
        edit.subtree(prefix, changes)?;
        let drafts = edit.drafts;
        if drafts.iter().all(|draft| draft.entries.is_none()) {
            work.touched.truncate(touched);
            return Ok(Patch::Keep(node));
        }
        Ok(place(drafts, prefix.depth()))
    }
}

/// Applies changes to the tiles of one page.
struct Edit<'a, C> {
    /// What is left of the present tiles.
    tiles: std::slice::Iter<'a, Tile>,
    drafts: Vec<Draft>,
    work: &'a mut Work<C>,
}

impl<C: LeafCursor> Edit<'_, C> {
    fn subtree(&mut self, prefix: Prefix, changes: &[LeafChange]) -> Result<(), StoreError> {
        let next = self
            .tiles
            .as_slice()
            .first()
            .expect("tiles cover the page, checked when read");
        if next.depth > prefix.depth() {
            let (before, after) = part(changes, prefix.depth());
            let first = self.drafts.len();
            self.subtree(prefix.child(false), before)?;
            self.subtree(prefix.child(true), after)?;
            if !changes.is_empty() {
                merge_tiles(&mut self.drafts, first, prefix, &mut self.work.cursor)?;
            }
            return Ok(());
        }
        let tile = *next;
        self.tiles.next();
        if changes.is_empty() {
            self.drafts.push(Draft::kept(tile));
            return Ok(());
        }
        self.tile(tile, prefix, changes)
    }

    fn tile(
        &mut self,
        tile: Tile,
        prefix: Prefix,
        changes: &[LeafChange],
    ) -> Result<(), StoreError> {
        let mut present = Vec::with_capacity(tile.keys);
        if tile.keys > 0 {
            self.work.cursor.read(prefix, tile.keys, &mut present)?;
        }
        let before = self.work.leaves.len();
        let next = merge(&present, changes, &mut self.work.leaves);
        if self.work.leaves.len() == before {
            self.drafts.push(Draft::kept(tile));
        } else {
            split(next, prefix.depth(), &mut self.drafts);
        }
        Ok(())
    }
}

/// `present` with `changes` made, both ascending; notes what differs in `deltas`.
fn merge(present: &[Entry], changes: &[LeafChange], deltas: &mut Vec<LeafDelta>) -> Vec<Entry> {
    let mut next = Vec::with_capacity(present.len() + changes.len());
    let mut present = present.iter().peekable();
    for change in changes {
        while let Some(entry) = present.next_if(|entry| entry.key_hash < change.key_hash) {
            next.push(*entry);
        }
        let old = present
            .next_if(|entry| entry.key_hash == change.key_hash)
            .map(|entry| entry.value_hash);
        if old != change.value_hash {
            deltas.push(LeafDelta {
                key_hash: change.key_hash,
                old,
                new: change.value_hash,
            });
        }
        next.extend(change.value_hash.map(|value_hash| Entry {
            key_hash: change.key_hash,
            value_hash,
        }));
    }
    next.extend(present);
    next
}

/// Parts `entries` of the subtree at `depth` into tiles.
fn split(entries: Vec<Entry>, depth: u16, drafts: &mut Vec<Draft>) {
    if entries.len() <= TILE_KEYS_MAX {
        drafts.push(Draft {
            tile: Tile::of(depth, &entries),
            entries: Some(entries),
        });
        return;
    }
    let (left, right) = page::halves(depth, &entries);
    split(left.to_vec(), depth + 1, drafts);
    split(right.to_vec(), depth + 1, drafts);
}

/// Makes one tile of those from `first` on, which cover the subtree at `prefix`, when few keys remain.
fn merge_tiles<C: LeafCursor>(
    drafts: &mut Vec<Draft>,
    first: usize,
    prefix: Prefix,
    cursor: &mut C,
) -> Result<(), StoreError> {
    if keys_of(&drafts[first..]) > TILE_KEYS_MAX {
        return Ok(());
    }
    // Each half has no more keys than a tile, so it is one tile already.
    let halves = [prefix.child(false), prefix.child(true)];
    let mut entries = Vec::with_capacity(TILE_KEYS_MAX);
    for (draft, half) in drafts.drain(first..).zip(halves) {
        match draft.entries {
            Some(known) => entries.extend(known),
            None if draft.tile.keys == 0 => {}
            None => cursor.read(half, draft.tile.keys, &mut entries)?,
        }
    }
    drafts.push(Draft {
        tile: Tile::of(prefix.depth(), &entries),
        entries: Some(entries),
    });
    Ok(())
}

/// The node over `drafts`: a page, or inner nodes over several when it overflows.
fn place(mut drafts: Vec<Draft>, depth: u16) -> Patch {
    if keys_of(&drafts) <= PAGE_KEYS_MAX {
        let hash = drafts_hash(&drafts, depth);
        return Patch::Page(drafts, hash);
    }
    let tiles: Vec<Tile> = drafts.iter().map(|draft| draft.tile).collect();
    let middle =
        page::subtree_end(&tiles, 0, depth + 1).expect("more keys than a tile's have two halves");
    let right = place(drafts.split_off(middle), depth + 1);
    let left = place(drafts, depth + 1);
    let hash = node_hash(left.hash(), right.hash());
    Patch::Inner(Box::new([left, right]), hash)
}

/// Rows of the changed pages below `patch`, from left to right.
fn page_rows(patch: &Patch, prefix: Prefix, rows: &mut Vec<(Prefix, Option<Vec<u8>>)>) {
    match patch {
        Patch::Keep(_) => {}
        Patch::Page(drafts, _) => {
            if keys_of(drafts) > 0 {
                let tiles: Vec<Tile> = drafts.iter().map(|draft| draft.tile).collect();
                rows.push((prefix, Some(page::encode(&tiles, prefix.depth()))));
            }
        }
        Patch::Inner(halves, _) => {
            page_rows(&halves[0], prefix.child(false), rows);
            page_rows(&halves[1], prefix.child(true), rows);
        }
    }
}

fn part(changes: &[LeafChange], depth: u16) -> (&[LeafChange], &[LeafChange]) {
    if changes.is_empty() {
        return (changes, changes);
    }
    changes.split_at(changes.partition_point(|change| !turns_right(&change.key_hash, depth)))
}

pub(super) fn keys_of(drafts: &[Draft]) -> usize {
    drafts.iter().map(|draft| draft.tile.keys).sum()
}

fn drafts_hash(drafts: &[Draft], depth: u16) -> [u8; 32] {
    if drafts.is_empty() {
        return EMPTY;
    }
    let tiles: Vec<Tile> = drafts.iter().map(|draft| draft.tile).collect();
    page::tiles_hash(&tiles, depth)
}
