//! The tree as its specification says it, slow and obvious: one recursion from the key set to the root.

use std::collections::BTreeMap;

use piaolian_contracts::{
    chain::Hash,
    proof::{Entry, StateProof, hashing},
};
use sha2::{Digest, Sha256};

/// The state: key hash to value hash.
pub(super) type Keys = BTreeMap<[u8; 32], [u8; 32]>;

/// The root of the tree over `keys`.
pub(super) fn root(keys: &Keys) -> Hash {
    let keys: Vec<_> = keys.iter().map(|(key, value)| (*key, *value)).collect();
    Hash::new(subtree(&keys, 0))
}

/// The proof for `key` over `keys`.
pub(super) fn proof(keys: &Keys, key: &[u8; 32]) -> StateProof {
    let mut rest: Vec<_> = keys.iter().map(|(key, value)| (*key, *value)).collect();
    let mut siblings = Vec::new();
    let mut depth = 0;
    while rest.len() > 8 {
        let (far, near) = rest
            .into_iter()
            .partition(|(other, _)| bit(other, depth) != bit(key, depth));
        depth += 1;
        siblings.push(subtree(&far, depth));
        rest = near;
    }
    siblings.reverse();
    let bucket = rest.into_iter().map(|(key_hash, value_hash)| Entry {
        key_hash,
        value_hash,
    });
    StateProof::new(siblings, bucket.collect()).unwrap()
}

fn subtree(keys: &Vec<([u8; 32], [u8; 32])>, depth: usize) -> [u8; 32] {
    let mut hasher = Sha256::new();
    if keys.is_empty() {
        return hashing::EMPTY;
    } else if keys.len() <= 8 {
        hasher.update("piaolian/state/bucket/v1");
        hasher.update([(depth >> 8) as u8, depth as u8]);
        for (key, value) in keys {
            hasher.update(key);
            hasher.update(value);
        }
    } else {
        let (left, right) = keys.iter().partition(|(key, _)| bit(key, depth) == 0);
        hasher.update("piaolian/state/node/v1");
        hasher.update(subtree(&left, depth + 1));
        hasher.update(subtree(&right, depth + 1));
    }
    hasher.finalize().into()
}

fn bit(key: &[u8; 32], depth: usize) -> u8 {
    key[depth / 8] >> (7 - depth % 8) & 1
}
