//! Builds proofs from the current version, and from a prepared one.

use piaolian_contracts::state_tree::{Entry, StateProof, hashing::turns_right};

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

/// A descent from the root to the bucket of a key, which collects the siblings.
struct Descent<'a> {
    key_hash: &'a [u8; 32],
    prefix: Prefix,
    /// From the root down.
    siblings: Vec<[u8; 32]>,
}

impl Tree {
    /// Builds the proof that the key at `key_hash` is present or absent in the current version.
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

    /// Builds the proof that the key at `key_hash` is present or absent in the version prepared as `update`, which
    /// [fits](Self::fits) the current one.
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

    /// Descends one step. Returns whether it goes to the right.
    fn turn(&mut self) -> bool {
        let right = turns_right(self.key_hash, self.prefix.depth());
        self.prefix = self.prefix.child(right);
        right
    }

    /// Descends through the changed inner nodes of a prepared version.
    fn patch<'p>(&mut self, mut patch: &'p Patch) -> &'p Patch {
        while let Patch::Inner(halves, _) = patch {
            let right = usize::from(self.turn());
            self.siblings.push(*halves[1 - right].hash());
            patch = &halves[right];
        }
        patch
    }

    /// Descends from `node` of the current version to the bucket.
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

    /// Descends through a page to the bucket.
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
