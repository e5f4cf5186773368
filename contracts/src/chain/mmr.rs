//! The history of headers as a Merkle mountain range: a tree that grows at its
//! right end and never changes a finished subtree.
//!
//! ```text
//!   level 2           ●                  stored for ever: every complete subtree,
//!   level 1      ●         ●             addressed by (level, index)
//!   level 0   h1   h2   h3   h4   h5     h5 alone is the second peak
//!             └──── peak ─────┘   └ peak
//!
//!   root = peaks bagged from the right = the RFC 6962 root over the header hashes
//! ```
//!
//! So a proof is an RFC 6962 path and [`merkle::verify`] checks it. Leaf 0 is the
//! header of height 1. The root of an empty range is 32 zero bytes.

use super::{
    hash::Hash,
    ids::Height,
    merkle::{self, inner_hash, leaf_hash},
};

/// The place of a complete subtree: it covers the leaves from
/// `index · 2^level` to `(index + 1) · 2^level − 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The number of levels above the leaves; below 64.
    pub level: u8,
    /// The place in its level, from the left.
    pub index: u64,
}

impl Position {
    /// A key for a store: level, then index big-endian.
    pub fn key(self) -> [u8; 9] {
        let mut key = [self.level; 9];
        let (_, index) = key.split_at_mut(1);
        index.copy_from_slice(&self.index.to_be_bytes());
        key
    }
}

/// The roots of the complete subtrees, largest first; all that is needed to append.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peaks {
    count: u64,
    hashes: Vec<Hash>,
}

impl Peaks {
    /// Restores stored peaks; `None` if their number does not match `count`.
    pub fn restore(count: u64, hashes: Vec<Hash>) -> Option<Self> {
        (hashes.len() == count.count_ones() as usize).then_some(Self { count, hashes })
    }

    /// The number of headers that the range holds.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The peaks, largest first.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// Appends a header's hash and returns the subtrees that it completed, leaf
    /// first: the nodes to store.
    pub fn append(&mut self, header: &Hash) -> Vec<(Position, Hash)> {
        let mut position = Position {
            level: 0,
            index: self.count,
        };
        let mut hash = leaf_hash(header.as_bytes());
        let mut completed = vec![(position, hash)];
        for _ in 0..self.count.trailing_ones() {
            let left = self
                .hashes
                .pop()
                .expect("there is a peak for each one of the count");
            hash = inner_hash(&left, &hash);
            position = Position {
                level: position.level.saturating_add(1),
                index: position.index >> 1,
            };
            completed.push((position, hash));
        }
        self.hashes.push(hash);
        self.count = self.count.saturating_add(1);
        completed
    }

    /// The root of the range; 32 zero bytes when it is empty.
    pub fn root(&self) -> Hash {
        bag(self.hashes.iter().copied()).unwrap_or(Hash::ZERO)
    }
}

/// The path that proves the header of `height` in the range of headers 1 to
/// `count`. `node` reads a stored subtree. `Ok(None)` when the range does not
/// hold that height.
///
/// # Errors
/// Those of `node`.
pub fn prove<E>(
    height: Height,
    count: u64,
    mut node: impl FnMut(Position) -> Result<Hash, E>,
) -> Result<Option<Vec<Hash>>, E> {
    let Some(leaf) = height.get().checked_sub(1).filter(|leaf| *leaf < count) else {
        return Ok(None);
    };
    let mut path = Vec::new();
    let (mut start, mut end) = (0_u64, count);
    while end.saturating_sub(start) > 1 {
        let middle = start.saturating_add(split(end.saturating_sub(start)));
        if leaf < middle {
            path.push(subtree(middle, end, &mut node)?);
            end = middle;
        } else {
            path.push(subtree(start, middle, &mut node)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(Some(path))
}

/// Whether `header` is the hash of the header of `height` in the range of headers
/// 1 to `count` with this root.
#[must_use]
pub fn verify(root: &Hash, header: &Hash, height: Height, count: u64, path: &[Hash]) -> bool {
    height
        .get()
        .checked_sub(1)
        .is_some_and(|leaf| merkle::verify(root, header.as_bytes(), leaf, count, path))
}

/// The hash over the leaves from `start` to `end`, which begin at a complete
/// subtree's border: bags the complete subtrees that it is made of.
fn subtree<E>(
    start: u64,
    end: u64,
    node: &mut impl FnMut(Position) -> Result<Hash, E>,
) -> Result<Hash, E> {
    let mut hashes = Vec::new();
    let mut from = start;
    while let Some(size @ 1..) = end.checked_sub(from) {
        let level = size.ilog2();
        hashes.push(node(Position {
            level: u8::try_from(level).expect("a logarithm of a u64 is below 64"),
            index: from >> level,
        })?);
        from = from.saturating_add(1 << level);
    }
    Ok(bag(hashes.into_iter()).expect("a subtree has at least one leaf"))
}

/// Joins peaks, largest first, from the right.
fn bag(peaks: impl DoubleEndedIterator<Item = Hash>) -> Option<Hash> {
    peaks.rev().reduce(|right, left| inner_hash(&left, &right))
}

/// The largest power of two below `count`, which is at least 2.
fn split(count: u64) -> u64 {
    count.next_power_of_two() >> 1
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, convert::Infallible};

    use super::*;

    fn header(height: u64) -> Hash {
        Hash::sha256(&[&height.to_be_bytes()])
    }

    #[test]
    fn the_root_is_the_rfc_6962_root_over_header_hashes() {
        let mut peaks = Peaks::default();
        assert_eq!(peaks.root(), Hash::ZERO);
        let mut headers = Vec::new();
        for height in 1..80 {
            peaks.append(&header(height));
            headers.push(header(height));
            assert_eq!(peaks.root(), merkle::root(&headers));
            let restored = Peaks::restore(peaks.count(), peaks.hashes().to_vec());
            assert_eq!(restored.as_ref(), Some(&peaks));
        }
        assert_eq!(Peaks::restore(4, peaks.hashes().to_vec()), None);
    }

    #[test]
    fn every_header_is_proved_from_stored_nodes() {
        let mut peaks = Peaks::default();
        let mut nodes = BTreeMap::new();
        let mut headers = Vec::new();
        for count in 1..40_u64 {
            nodes.extend(peaks.append(&header(count)));
            headers.push(header(count));
            for height in 1..=count {
                let read = |position| Ok::<_, Infallible>(nodes[&position]);
                let Ok(path) = prove(Height::new(height), count, read);
                let path = path.unwrap();
                let place = usize::try_from(height - 1).unwrap();
                assert_eq!(Some(&path), merkle::path(&headers, place).as_ref());
                let verify = |height| {
                    verify(
                        &peaks.root(),
                        &headers[place],
                        Height::new(height),
                        count,
                        &path,
                    )
                };
                assert!(verify(height));
                assert!(!verify(height + 1));
            }
        }
    }

    #[test]
    fn heights_outside_the_range_have_no_proof() {
        let read = |_| Ok::<_, Infallible>(Hash::ZERO);
        assert_eq!(prove(Height::GENESIS, 5, read), Ok(None));
        assert_eq!(prove(Height::new(6), 5, read), Ok(None));
    }
}
