//! Proofs out of the present version.

use piaolian_contracts::proof::{
    Entry, StateProof,
    hashing::{BUCKET_KEYS_MAX, turns_right},
};

use super::{
    Tree, TreeUpdate, damaged,
    page::{self, Tile},
    prefix::Prefix,
    read_page,
    rows::{LeafCursor, Rows},
    top::{Below, Node},
    update::{Draft, Patch},
};
use crate::store::StoreError;

/// The way from the root to a key's end, noting the siblings.
struct Descent<'a> {
    key_hash: &'a [u8; 32],
    prefix: Prefix,
    /// From the root down.
    siblings: Vec<[u8; 32]>,
}

impl Tree {
    /// The proof that the key at `key_hash` is present or absent in the present version.
    ///
    /// # Errors
    /// When rows cannot be read or are damaged.
    pub(crate) fn prove<R: Rows>(
        &self,
        rows: &R,
        key_hash: &[u8; 32],
    ) -> Result<StateProof, StoreError> {
        let mut descent = Descent::new(key_hash);
        let bucket = descent.present(self, rows, self.top.root())?;
        descent.proof(bucket)
    }

    /// The proof that the key at `key_hash` is present or absent in the version that `update`, which
    /// [fits](Self::fits) the present one, makes of it.
    ///
    /// # Errors
    /// When rows cannot be read or are damaged.
    pub(crate) fn prove_in<R: Rows>(
        &self,
        update: &TreeUpdate,
        rows: &R,
        key_hash: &[u8; 32],
    ) -> Result<StateProof, StoreError> {
        let mut descent = Descent::new(key_hash);
        let bucket = match descent.patch(&update.patch) {
            Patch::Keep(node) => descent.present(self, rows, *node)?,
            Patch::Page(drafts, _) => descent.drafts(rows, drafts)?,
            Patch::Inner(..) => unreachable!("the descent ends below inner nodes"),
        };
        descent.proof(bucket)
    }
}

impl<'a> Descent<'a> {
    fn new(key_hash: &'a [u8; 32]) -> Self {
        Self {
            key_hash,
            prefix: Prefix::ROOT,
            siblings: Vec::new(),
        }
    }

    fn proof(mut self, bucket: Vec<Entry>) -> Result<StateProof, StoreError> {
        self.siblings.reverse();
        StateProof::new(self.siblings, bucket).map_err(|_| damaged(self.prefix))
    }

    /// One step down; whether to the right.
    fn turn(&mut self) -> bool {
        let right = turns_right(self.key_hash, self.prefix.depth());
        self.prefix = self.prefix.child(right);
        right
    }

    /// Through the changed part of the next version's top.
    fn patch<'p>(&mut self, mut patch: &'p Patch) -> &'p Patch {
        while let Patch::Inner(halves, _) = patch {
            let right = usize::from(self.turn());
            self.siblings.push(*halves[1 - right].hash());
            patch = &halves[right];
        }
        patch
    }

    /// From `node` of the present version down to the bucket.
    fn present<R: Rows>(
        &mut self,
        tree: &Tree,
        rows: &R,
        mut node: Node,
    ) -> Result<Vec<Entry>, StoreError> {
        loop {
            match node.below() {
                Below::Page(0) => return Ok(Vec::new()),
                Below::Page(keys) => {
                    let tiles = read_page(rows, self.prefix, keys)?;
                    let drafts: Vec<_> = tiles.into_iter().map(Draft::kept).collect();
                    return self.drafts(rows, &drafts);
                }
                Below::Halves(pair) => {
                    let halves = tree.top.halves(pair);
                    let right = usize::from(self.turn());
                    self.siblings.push(*halves[1 - right].hash());
                    node = halves[right];
                }
            }
        }
    }

    /// Through a page's tiles and the one at the end of the path.
    fn drafts<R: Rows>(&mut self, rows: &R, drafts: &[Draft]) -> Result<Vec<Entry>, StoreError> {
        let place = self.prefix;
        let tiles: Vec<Tile> = drafts.iter().map(|draft| draft.tile).collect();
        let mut path = 0..tiles.len();
        while tiles[path.start].depth > self.prefix.depth() {
            let below = &tiles[path.clone()];
            let middle = page::subtree_end(below, 0, self.prefix.depth() + 1);
            let middle = path.start + middle.ok_or_else(|| damaged(place))?;
            let (left, right) = (path.start..middle, middle..path.end);
            let (near, far) = if self.turn() {
                (right, left)
            } else {
                (left, right)
            };
            self.siblings
                .push(page::tiles_hash(&tiles[far], self.prefix.depth()));
            path = near;
        }
        let draft = &drafts[path.start];
        if let Some(entries) = &draft.entries {
            return Ok(self.tile(entries).to_vec());
        }
        let mut entries = Vec::with_capacity(draft.tile.keys);
        if draft.tile.keys > 0 {
            rows.cursor()
                .read(self.prefix, draft.tile.keys, &mut entries)?;
        }
        Ok(self.tile(&entries).to_vec())
    }

    fn tile<'e>(&mut self, mut entries: &'e [Entry]) -> &'e [Entry] {
        while entries.len() > BUCKET_KEYS_MAX {
            let (left, right) = page::halves(self.prefix.depth(), entries);
            let (near, far) = if self.turn() {
                (right, left)
            } else {
                (left, right)
            };
            self.siblings
                .push(page::subtree_hash(self.prefix.depth(), far));
            entries = near;
        }
        entries
    }
}
