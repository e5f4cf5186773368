//! Merkle paths of lists.

use bytes::Bytes;
use piaolian_contracts::{
    chain::{Hash, merkle::PATH_HASHES_MAX},
    malformed::Malformed,
};

/// Parses the hashes of a path, of which a tree has at most 64.
pub(crate) fn hashes(field: &str, path: &[Bytes]) -> Result<Vec<Hash>, Malformed> {
    if path.len() > PATH_HASHES_MAX {
        return Err(Malformed::new(field, "must be at most 64 hashes"));
    }
    path.iter().map(|hash| Hash::parse(field, hash)).collect()
}
