//! A tree with rows in memory, and the model that it is compared with.

use std::collections::BTreeMap;

use piaolian_contracts::{
    chain::Hash,
    state_tree::{
        Entry, hashing,
        model::{self, Keys},
    },
};

use super::super::{
    LeafChange, Prefix, RowSink, Rows, Slot, Tree, TreeUpdate, damaged, decode_bucket, decode_page,
};
use crate::store::StoreError;

/// The columns of the tree.
#[derive(Clone, Default)]
pub(super) struct Memory {
    pub(super) pages: BTreeMap<Prefix, Vec<u8>>,
    pub(super) buckets: BTreeMap<Prefix, Vec<u8>>,
}

impl Rows for Memory {
    fn page(&self, prefix: Prefix) -> Result<Vec<Slot>, StoreError> {
        let slots = self
            .pages
            .get(&prefix)
            .and_then(|row| decode_page(row, prefix));
        slots.ok_or_else(|| damaged(prefix))
    }

    fn bucket(&self, prefix: Prefix) -> Result<Vec<Entry>, StoreError> {
        let entries = self
            .buckets
            .get(&prefix)
            .and_then(|row| decode_bucket(row, prefix));
        entries.ok_or_else(|| StoreError::corrupt("buckets", &prefix.encode()))
    }
}

/// The rows that an update writes and deletes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) pages: BTreeMap<Prefix, Option<Vec<u8>>>,
    pub(super) buckets: BTreeMap<Prefix, Option<Vec<u8>>>,
}

impl RowSink for Written {
    fn page(&mut self, prefix: Prefix, row: Option<&[u8]>) {
        let twice = self.pages.insert(prefix, row.map(<[u8]>::to_vec));
        assert_eq!(twice, None, "no row is changed twice");
    }

    fn bucket(&mut self, prefix: Prefix, row: Option<&[u8]>) {
        let twice = self.buckets.insert(prefix, row.map(<[u8]>::to_vec));
        assert_eq!(twice, None, "no row is changed twice");
    }
}

pub(super) fn written(update: &TreeUpdate) -> Written {
    let mut written = Written::default();
    update.write(&mut written);
    written
}

fn change(rows: &mut BTreeMap<Prefix, Vec<u8>>, changes: BTreeMap<Prefix, Option<Vec<u8>>>) {
    for (prefix, row) in changes {
        match row {
            Some(row) => drop(rows.insert(prefix, row)),
            None => assert!(
                rows.remove(&prefix).is_some(),
                "only existing rows are deleted"
            ),
        }
    }
}

impl Memory {
    pub(super) fn write(&mut self, update: &TreeUpdate) {
        let written = written(update);
        change(&mut self.pages, written.pages);
        change(&mut self.buckets, written.buckets);
    }

    /// Returns all leaves.
    fn keys(&self) -> Keys {
        let buckets = self
            .buckets
            .iter()
            .flat_map(|(prefix, row)| decode_bucket(row, *prefix).unwrap());
        buckets
            .map(|entry| (entry.key_hash, entry.value_hash))
            .collect()
    }
}

/// A tree with rows in memory, and its expected keys.
pub(super) struct World {
    pub(super) tree: Tree,
    pub(super) rows: Memory,
    pub(super) keys: Keys,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            tree: Tree::load([]).unwrap(),
            rows: Memory::default(),
            keys: Keys::new(),
        }
    }

    /// Applies one block's changes and checks the root.
    pub(super) fn block(
        &mut self,
        changes: impl IntoIterator<Item = ([u8; 32], Option<[u8; 32]>)>,
    ) {
        let changes: BTreeMap<_, _> = changes.into_iter().collect();
        for (key, value) in &changes {
            match value {
                Some(value) => self.keys.insert(*key, *value),
                None => self.keys.remove(key),
            };
        }
        let changes: Vec<_> = changes
            .into_iter()
            .map(|(key_hash, value_hash)| LeafChange {
                key_hash,
                value_hash,
            })
            .collect();
        let update = self.tree.prepare(&self.rows, &changes).unwrap();
        assert_eq!(update.root(), model::root(&self.keys));
        // A tree with an empty cache computes the same update.
        let cold = self.reopened().prepare(&self.rows, &changes).unwrap();
        assert_eq!(written(&cold), written(&update));
        assert_eq!(cold.leaves(), update.leaves());
        self.rows.write(&update);
        let root = update.root();
        self.tree.apply(update);
        assert_eq!(self.tree.root(), root);
        assert_eq!(self.rows.keys(), self.keys);
    }

    pub(super) fn reopened(&self) -> Tree {
        let pages = self
            .rows
            .pages
            .keys()
            .map(|prefix| Ok((*prefix, self.rows.page(*prefix)?)));
        Tree::load(pages).unwrap()
    }

    pub(super) fn check_proof(&self, key: &[u8; 32]) {
        let proof = self.tree.prove(&self.rows, key).unwrap();
        assert_eq!(proof, model::prove(&self.keys, key));
        let proven = proof.verify_hash(&self.tree.root(), key);
        assert_eq!(proven, Ok(self.keys.get(key).copied().map(Hash::new)));
    }
}

/// Returns a key hash; with `ground`, as if it had been ground to begin with 200 zero bits.
pub(super) fn key(number: u16, ground: bool) -> [u8; 32] {
    let mut key = hashing::key_hash(&number.to_be_bytes());
    if ground {
        key[..25].fill(0);
    }
    key
}

pub(super) fn value(number: u32) -> [u8; 32] {
    hashing::value_hash(&number.to_be_bytes())
}
