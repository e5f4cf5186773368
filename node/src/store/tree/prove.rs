//! Proofs out of the present version.

use piaolian_contracts::proof::{
    Entry, StateProof,
    hashing::{BUCKET_KEYS_MAX, turns_right},
};

use super::{
    Tree, damaged, page,
    prefix::Prefix,
    read_page,
    rows::{LeafCursor, Rows},
    top::Below,
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
        let mut descent = Descent { key_hash, prefix: Prefix::ROOT, siblings: Vec::new() };
        let keys = descent.top(self);
        let bucket = if keys == 0 { Vec::new() } else { descent.page(rows, keys)? };
        descent.siblings.reverse();
        StateProof::new(descent.siblings, bucket).map_err(|_| damaged(descent.prefix))
    }
}

impl Descent<'_> {
    fn turn(&mut self) -> bool {
        let right = turns_right(self.key_hash, self.prefix.depth());
        self.prefix = self.prefix.child(right);
        right
    }

    /// Goes down to the page, and gives its number of keys.
    fn top(&mut self, tree: &Tree) -> usize {
        let mut node = tree.top.root();
        loop {
            match node.below() {
                Below::Page(keys) => return keys,
                Below::Halves(pair) => {
                    let halves = tree.top.halves(pair);
                    let right = usize::from(self.turn());
                    self.siblings.push(*halves[1 - right].hash());
                    node = halves[right];
                }
            }
        }
    }

    /// Goes down to the tile and through it, and gives the bucket's entries.
    fn page<R: Rows>(&mut self, rows: &R, keys: usize) -> Result<Vec<Entry>, StoreError> {
        let place = self.prefix;
        let tiles = read_page(rows, place, keys)?;
        let mut tiles = tiles.as_slice();
        while tiles[0].depth > self.prefix.depth() {
            let middle = page::subtree_end(tiles, 0, self.prefix.depth() + 1);
            let (left, right) = tiles.split_at(middle.ok_or_else(|| damaged(place))?);
            let (near, far) = if self.turn() { (right, left) } else { (left, right) };
            self.siblings.push(page::tiles_hash(far, self.prefix.depth()));
            tiles = near;
        }
        let mut entries = Vec::with_capacity(tiles[0].keys);
        if tiles[0].keys > 0 {
            rows.cursor().read(self.prefix, tiles[0].keys, &mut entries)?;
        }
        Ok(self.tile(&entries).to_vec())
    }

    fn tile<'e>(&mut self, mut entries: &'e [Entry]) -> &'e [Entry] {
        while entries.len() > BUCKET_KEYS_MAX {
            let (left, right) = page::halves(self.prefix.depth(), entries);
            let (near, far) = if self.turn() { (right, left) } else { (left, right) };
            self.siblings.push(page::subtree_hash(self.prefix.depth(), far));
            entries = near;
        }
        entries
    }
}
