//! Reads of state values with their proofs.

use std::collections::BTreeMap;

use piaolian_contracts::{
    chain::{Hash, Height},
    state_tree::{
        StateProof,
        hashing::{key_hash, value_hash},
    },
};

use super::{
    ChainView, CurrentVersion, StoreError,
    columns::{STATE, UNDO},
    rows::TreeRows,
    state_tree::LeafChange,
};

/// A value of the state, or its absence, with its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The height whose header carries `state_root`.
    pub height: Height,
    /// The root under which the proof verifies.
    pub state_root: Hash,
    /// The value, or `None` when the key is absent.
    pub value: Option<Vec<u8>>,
    /// The proof.
    pub proof: StateProof,
}

impl ChainView {
    /// Reads the value of `key` (the prefix of a proven table followed by the key) at the tip, with its proof.
    ///
    /// # Errors
    /// When the store cannot be read or is damaged.
    pub fn prove(&self, key: &[u8]) -> Result<Proven, StoreError> {
        self.prove_current(&self.current_version(), key)
    }

    fn prove_current(&self, current: &CurrentVersion, key: &[u8]) -> Result<Proven, StoreError> {
        let proof = current
            .tree
            .prove(&TreeRows(self.database()), &key_hash(key))?;
        Ok(Proven {
            height: current.tip.height,
            state_root: current.tip.state_root,
            value: self.value(key)?,
            proof,
        })
    }

    /// Reads the value of `key` at `height`, with its proof. `None` when `height` is above the tip, or more than
    /// [`UNDO_HEIGHTS`](super::UNDO_HEIGHTS) below it.
    ///
    /// # Errors
    /// When the store cannot be read or is damaged.
    pub fn prove_at(&self, key: &[u8], height: Height) -> Result<Option<Proven>, StoreError> {
        let current = self.current_version();
        if current.tip.height == height {
            return self.prove_current(&current, key).map(Some);
        }
        let Some(before) = self.undone(&current, height)? else {
            return Ok(None);
        };
        let mut changes: Vec<LeafChange> = before.iter().map(leaf).collect();
        changes.sort_unstable();
        let rows = TreeRows(self.database());
        let update = current.tree.prepare(&rows, &changes)?;
        let value = match before.get(key) {
            Some(value) => value.clone(),
            None => self.value(key)?,
        };
        Ok(Some(Proven {
            height,
            state_root: update.root(),
            value,
            proof: current.tree.prove_in(&update, &rows, &key_hash(key))?,
        }))
    }

    fn value(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self
            .database()
            .get_raw(&STATE, key)?
            .map(|value| value.to_vec()))
    }

    /// Reads the values at `height` of all proven keys that changed since.
    fn undone(
        &self,
        current: &CurrentVersion,
        height: Height,
    ) -> Result<Option<BTreeMap<Vec<u8>, Option<Vec<u8>>>>, StoreError> {
        let tip = current.tip.height.get();
        if height.get() > tip || tip - height.get() > super::UNDO_HEIGHTS {
            return Ok(None);
        }
        let mut before = BTreeMap::new();
        // Iterates from the tip down, so that the row of the lowest block, which has the value at `height`, overwrites
        // the others.
        for later in (height.get() + 1..=tip).rev() {
            let row = self.database().get(&UNDO, &Height::new(later))?;
            let row = row.ok_or_else(|| StoreError::corrupt(UNDO.name(), &later.to_be_bytes()))?;
            before.extend(row.0);
        }
        Ok(Some(before))
    }
}

fn leaf((key, value): (&Vec<u8>, &Option<Vec<u8>>)) -> LeafChange {
    LeafChange {
        key_hash: key_hash(key),
        value_hash: value.as_deref().map(value_hash),
    }
}
