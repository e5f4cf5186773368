//! A direct implementation of the specification of the tree: slow, obvious, from the whole key set.
//!
//! For tests of faster trees, and for small states such as a founding document's.

use std::collections::BTreeMap;

use super::{
    Entry, StateProof,
    hashing::{BUCKET_KEYS_MAX, EMPTY, bucket_hash, node_hash, turns_right},
};
use crate::chain::Hash;

/// A state: key hash to value hash.
pub type Keys = BTreeMap<[u8; 32], [u8; 32]>;

/// The root of the tree over `keys`.
pub fn root(keys: &Keys) -> Hash {
    subtree(&entries(keys), 0).into()
}

/// The proof for the key at `key_hash` over `keys`.
pub fn prove(keys: &Keys, key_hash: &[u8; 32]) -> StateProof {
    let mut siblings = Vec::new();
    let mut rest = entries(keys);
    let mut depth = 0_u16;
    while rest.len() > BUCKET_KEYS_MAX {
        let (left, right) = halves(&rest, depth);
        let (near, far) = if turns_right(key_hash, depth) {
            (right, left)
        } else {
            (left, right)
        };
        depth = depth.saturating_add(1);
        siblings.push(subtree(&far, depth));
        rest = near;
    }
    siblings.reverse();
    StateProof::new(siblings, rest).expect("a proof out of the tree is well formed")
}

fn entries(keys: &Keys) -> Vec<Entry> {
    let entry = |(key_hash, value_hash): (&_, &_)| Entry {
        key_hash: *key_hash,
        value_hash: *value_hash,
    };
    keys.iter().map(entry).collect()
}

fn subtree(entries: &[Entry], depth: u16) -> [u8; 32] {
    if entries.is_empty() {
        return EMPTY;
    }
    if entries.len() <= BUCKET_KEYS_MAX {
        return bucket_hash(depth, entries);
    }
    let (left, right) = halves(entries, depth);
    let below = depth.saturating_add(1);
    node_hash(&subtree(&left, below), &subtree(&right, below))
}

fn halves(entries: &[Entry], depth: u16) -> (Vec<Entry>, Vec<Entry>) {
    entries
        .iter()
        .partition(|entry| !turns_right(&entry.key_hash, depth))
}
