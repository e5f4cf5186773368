//! Proofs out of the present version, and out of one that is prepared.

use piaolian_contracts::proof::{Entry, StateProof, hashing::turns_right};

use super::{
    Tree, TreeUpdate, damaged,
    edit::Draft,
    page,
    prefix::Prefix,
    rows::Rows,
    top::{Below, Node},
    update::Patch,
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
            Patch::Page(draft, _) => descent.page(self, rows, draft)?,
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

    /// Through the changed part of a prepared version's top.
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
                Below::Page(keys) => {
                    let slots = tree.page(rows, self.prefix, keys)?;
                    return self.page(tree, rows, &Draft::kept(slots.to_vec()));
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

    /// Through a page to the bucket at the end of the path.
    fn page<R: Rows>(
        &mut self,
        tree: &Tree,
        rows: &R,
        page: &Draft,
    ) -> Result<Vec<Entry>, StoreError> {
        let place = self.prefix;
        let mut slots = page.slots.as_slice();
        while slots[0].depth > self.prefix.depth() {
            let middle = page::subtree_end(slots, 0, self.prefix.depth() + 1);
            let (left, right) = slots.split_at(middle.ok_or_else(|| damaged(place))?);
            let (near, far) = if self.turn() {
                (right, left)
            } else {
                (left, right)
            };
            self.siblings.push(page::fold(far, self.prefix.depth()));
            slots = near;
        }
        Ok(page.bucket(tree, rows, self.prefix, &slots[0])?.to_vec())
    }
}
