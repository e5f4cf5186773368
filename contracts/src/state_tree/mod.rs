//! The state tree, and proofs that a key of the state holds a value or none. Proof files of receipts (`proof.proto`)
//! contain such proofs; the crate `verifier` checks the files.
//!
//! ```text
//!                 root                depth 0
//!                /    \
//!            node      node           depth 1     left: bit 0 of the key hash is 0
//!           /    \    /    \                      right: it is 1
//!      bucket  empty …     node       depth 2
//!       ≤ 8               /    \
//!      keys          bucket    bucket
//! ```
//!
//! # The tree
//!
//! The state is a set of pairs (key, value), a key being a table's prefix byte followed by the key within the table.
//! Only committed tables take part ([`crate::state::Table::is_committed`]). The place of a key is its *key hash*,
//! SHA-256 of the key, read as 256 bits from the highest bit of the first byte on. The subtree at depth `d` with prefix
//! `p` (`d` bits) is made of all keys whose key hash begins with `p`:
//!
//! - no key: an *empty* subtree, [`hashing::EMPTY`];
//! - 1 to 8 keys: one *bucket*, which holds (key hash, value hash) of each, ascending by key hash;
//! - more than 8: an *inner node* over the subtrees at depth `d + 1` with prefixes `p0` and `p1`.
//!   One of the two may be empty: paths are not compressed.
//!
//! So the shape is a pure function of the key set, whatever the order of writes: an insertion splits the bucket that
//! overflows, a deletion merges two subtrees as soon as 8 keys remain. An attacker who searches for keys with a common
//! hash prefix only makes their paths longer; no bucket grows. A bucket cannot lie deeper than 253, where only 8 key
//! hashes are left.
//!
//! # The hashes
//!
//! [`hashing`] gives the bytes. Empty, bucket and inner hashes have domains of their own. A bucket
//! binds its depth, and its prefix too, since every entry begins with it. An inner node binds
//! neither: its place follows from the path of the root to it. The root of the whole tree is the
//! header's `state_root`.
//!
//! # The proof
//!
//! A [`StateProof`] for a key is the end of the key's path: the bucket or the empty subtree there, its
//! depth, and the siblings from there up to the root. The key is present when the bucket has its
//! key hash; otherwise it is absent. There is exactly one proof for a root and a key: everything
//! that a verifier could ignore is refused instead, and [`StateProof::decode`] takes canonical
//! bytes alone.
//!
//! At a million keys a proof has 17 or 18 siblings and about 1 KB; at a billion 27 or 28 and at most 1.5 KB, unless
//! somebody searched for keys with a common hash prefix.

pub mod hashing;
pub mod model;
mod wire;

pub use wire::PROOF_BYTES_MAX;

use crate::chain::Hash;
use hashing::{
    BUCKET_KEYS_MAX, DEPTH_MAX, EMPTY, bucket_hash, key_hash, node_hash, shares_prefix, turns_right,
};

/// One key of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// SHA-256 of the state key.
    pub key_hash: [u8; 32],
    /// SHA-256 of the value.
    pub value_hash: [u8; 32],
}

/// Proof that a key holds a value, or that it holds none, under a state root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateProof {
    /// The siblings from the end of the path up to the root; as many as the depth of that end.
    siblings: Vec<[u8; 32]>,
    /// Ascending by key hash; empty when the path ends in an empty subtree.
    bucket: Vec<Entry>,
}

/// The reason why a proof proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The bytes are too many, or not a `StateProof` in canonical encoding.
    #[error("the proof is not a canonically encoded StateProof")]
    Malformed,
    /// A hash is not 32 bytes long.
    #[error("a hash of the proof has {0} bytes instead of 32")]
    HashLength(usize),
    /// The path is longer than a key hash has bits.
    #[error("the proof's depth of {0} is above 256")]
    TooDeep(usize),
    /// Depth and siblings disagree.
    #[error("the proof has {siblings} siblings at depth {depth}")]
    SiblingCount {
        /// The depth that the proof states.
        depth: u32,
        /// The number of siblings that it carries.
        siblings: usize,
    },
    /// A bucket holds at most 8 keys.
    #[error("the proof's bucket has {0} entries, more than 8")]
    BucketTooLarge(usize),
    /// Entries are out of order, or a key hash comes twice.
    #[error("the proof's bucket is not strictly ascending by key hash")]
    BucketUnsorted,
    /// An entry lies outside the subtree where the proof puts it.
    #[error("an entry of the proof's bucket is not on the key's path")]
    EntryOffPath,
    /// A subtree this small would have been merged with its empty sibling.
    #[error("the proof ends below a subtree that is a bucket itself")]
    NotMerged,
    /// The proof leads to another root.
    #[error("the proof does not lead to the state root")]
    WrongRoot,
}

impl StateProof {
    /// Makes a proof from its parts. Checks everything that does not depend on a root or key.
    ///
    /// `siblings` run from the end of the path up to the root.
    ///
    /// # Errors
    /// When no tree and no key have such a proof.
    pub fn new(siblings: Vec<[u8; 32]>, bucket: Vec<Entry>) -> Result<Self, ProofError> {
        if siblings.len() > DEPTH_MAX {
            return Err(ProofError::TooDeep(siblings.len()));
        }
        if bucket.len() > BUCKET_KEYS_MAX {
            return Err(ProofError::BucketTooLarge(bucket.len()));
        }
        if !bucket.is_sorted_by(|a, b| a.key_hash < b.key_hash) {
            return Err(ProofError::BucketUnsorted);
        }
        if siblings.first() == Some(&EMPTY) {
            return Err(ProofError::NotMerged);
        }
        Ok(Self { siblings, bucket })
    }

    /// Checks the proof for `key` (table prefix followed by the key) against `root`, the header's
    /// `state_root`. Gives the SHA-256 of the key's value, or `None` when the key is absent.
    ///
    /// # Errors
    /// When the proof is not *the* proof of this key under this root. It then says nothing about the key.
    pub fn verify(&self, root: &Hash, key: &[u8]) -> Result<Option<Hash>, ProofError> {
        self.verify_hash(root, &key_hash(key))
    }

    /// [`verify`](Self::verify) for a key given by its hash.
    ///
    /// # Errors
    /// As for `verify`.
    pub fn verify_hash(
        &self,
        root: &Hash,
        key_hash: &[u8; 32],
    ) -> Result<Option<Hash>, ProofError> {
        let depth = self.depth();
        if !self
            .bucket
            .iter()
            .all(|entry| shares_prefix(&entry.key_hash, key_hash, depth))
        {
            return Err(ProofError::EntryOffPath);
        }
        let end = match self.bucket.as_slice() {
            [] => EMPTY,
            entries => bucket_hash(depth, entries),
        };
        let reached = (0..depth)
            .rev()
            .zip(&self.siblings)
            .fold(end, |below, (depth, sibling)| {
                if turns_right(key_hash, depth) {
                    node_hash(sibling, &below)
                } else {
                    node_hash(&below, sibling)
                }
            });
        if reached != *root.as_bytes() {
            return Err(ProofError::WrongRoot);
        }
        let found = self.bucket.iter().find(|entry| entry.key_hash == *key_hash);
        Ok(found.map(|entry| entry.value_hash.into()))
    }

    /// Depth of the bucket or empty subtree where the path ends, 0 to 256.
    pub fn depth(&self) -> u16 {
        u16::try_from(self.siblings.len()).expect("checked to be at most 256 by `new`")
    }

    /// Siblings from the end of the path up to the root.
    pub fn siblings(&self) -> &[[u8; 32]] {
        &self.siblings
    }

    /// The bucket's entries, ascending by key hash.
    pub fn bucket(&self) -> &[Entry] {
        &self.bucket
    }
}

#[cfg(test)]
mod tests;
