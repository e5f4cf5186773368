//! Merkle trees as RFC 6962, section 2.1.
//!
//! ```text
//!   leaf  = SHA-256(0x00 ‖ data)
//!   inner = SHA-256(0x01 ‖ left ‖ right)      left: the largest power of two below the count
//!   empty = SHA-256("")
//! ```

use sha2::{Digest, Sha256};

use super::hash::Hash;

/// A path never has more hashes: a tree has fewer than 2^64 leaves.
pub const PATH_HASHES_MAX: usize = 64;

/// The hash of a leaf.
pub fn leaf_hash(data: &[u8]) -> Hash {
    Hash::sha256(&[&[0x00], data])
}

/// The hash of an inner node.
pub fn inner_hash(left: &Hash, right: &Hash) -> Hash {
    Hash::sha256(&[&[0x01], left.as_bytes(), right.as_bytes()])
}

/// The root over the data of the leaves, in order.
pub fn root<T: AsRef<[u8]>>(leaves: impl IntoIterator<Item = T>) -> Hash {
    let mut frontier = Frontier::default();
    for leaf in leaves {
        frontier.push(leaf_hash(leaf.as_ref()));
    }
    frontier
        .root()
        .unwrap_or_else(|| Hash::new(Sha256::digest([]).into()))
}

/// The subtree hashes from the leaf at `index` up to the root, or `None` when
/// there is no such leaf.
pub fn path<T: AsRef<[u8]>>(leaves: &[T], index: usize) -> Option<Vec<Hash>> {
    if index >= leaves.len() {
        return None;
    }
    let mut path = Vec::new();
    let (mut leaves, mut index) = (leaves, index);
    while leaves.len() > 1 {
        let (left, right) = leaves.split_at(split(leaves.len()));
        if let Some(beyond) = index.checked_sub(left.len()) {
            path.push(root(left));
            (leaves, index) = (right, beyond);
        } else {
            path.push(root(right));
            leaves = left;
        }
    }
    path.reverse();
    Some(path)
}

/// Whether `data` is the leaf at `index` of the `count` leaves under `root`.
#[must_use]
pub fn verify(root: &Hash, data: &[u8], index: u64, count: u64, path: &[Hash]) -> bool {
    root_of_path(leaf_hash(data), index, count, path).is_some_and(|computed| computed == *root)
}

/// The root that a path leads to, or `None` when it does not fit the tree's shape.
fn root_of_path(leaf: Hash, index: u64, count: u64, path: &[Hash]) -> Option<Hash> {
    if index >= count || path.len() > PATH_HASHES_MAX {
        return None;
    }
    // RFC 9162, section 2.1.3.2: walk up. The last node of a level, if it has no sibling, moves up unchanged.
    let mut node = index;
    let mut last = count.checked_sub(1)?;
    let mut hash = leaf;
    for sibling in path {
        if last == 0 {
            return None;
        }
        if node & 1 == 1 || node == last {
            hash = inner_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = inner_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(hash)
}

/// The largest power of two below `count`, which is at least 2.
fn split(count: usize) -> usize {
    count.next_power_of_two() >> 1
}

/// The roots of the complete subtrees of a growing tree, largest first: enough
/// to know the root of any number of leaves with at most 64 hashes.
#[derive(Clone, Debug, Default)]
struct Frontier {
    count: u64,
    subtrees: Vec<Hash>,
}

impl Frontier {
    fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        // A new leaf completes one subtree for each trailing one of the count.
        for _ in 0..self.count.trailing_ones() {
            let left = self
                .subtrees
                .pop()
                .expect("there is a subtree for each one of the count");
            hash = inner_hash(&left, &hash);
        }
        self.subtrees.push(hash);
        self.count = self.count.saturating_add(1);
    }

    fn root(&self) -> Option<Hash> {
        let mut subtrees = self.subtrees.iter().rev();
        let smallest = *subtrees.next()?;
        Some(subtrees.fold(smallest, |right, left| inner_hash(left, &right)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(count: usize) -> Vec<Vec<u8>> {
        (0..count)
            .map(|n| format!("leaf {n}").into_bytes())
            .collect()
    }

    /// The definition of RFC 6962, word for word.
    fn slow_root(leaves: &[Vec<u8>]) -> Hash {
        match leaves {
            [] => Hash::sha256(&[]),
            [leaf] => leaf_hash(leaf),
            _ => {
                let (left, right) = leaves.split_at(split(leaves.len()));
                inner_hash(&slow_root(left), &slow_root(right))
            }
        }
    }

    #[test]
    fn the_root_is_that_of_the_definition() {
        for count in 0..70 {
            let leaves = leaves(count);
            assert_eq!(root(&leaves), slow_root(&leaves), "{count} leaves");
        }
    }

    #[test]
    fn the_vectors_of_certificate_transparency_hold() {
        assert_eq!(
            root::<&[u8]>([]).to_string(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        let inputs = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ];
        let leaves: Vec<Vec<u8>> = inputs.iter().map(|i| hex::decode(i).unwrap()).collect();
        assert_eq!(
            root(&leaves).to_string(),
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
        );
    }

    #[test]
    fn every_path_verifies_at_its_place_and_nowhere_else() {
        for count in 1..24 {
            let leaves = leaves(count);
            let root = root(&leaves);
            for index in 0..count {
                let path = path(&leaves, index).unwrap();
                for claimed in 0..count {
                    assert_eq!(
                        verify(&root, &leaves[index], claimed as u64, count as u64, &path),
                        claimed == index,
                        "leaf {index} as {claimed} of {count}"
                    );
                }
            }
            assert_eq!(super::path(&leaves, count), None);
        }
    }

    #[test]
    fn an_altered_or_cut_path_fails() {
        let leaves = leaves(13);
        let root = root(&leaves);
        let path = path(&leaves, 5).unwrap();
        for place in 0..path.len() {
            let mut altered = path.clone();
            altered[place] = Hash::ZERO;
            assert!(!verify(&root, &leaves[5], 5, 13, &altered));
        }
        assert!(!verify(&root, &leaves[5], 5, 13, &path[1..]));
        assert!(!verify(&root, &leaves[5], 13, 13, &path));
        assert!(!verify(
            &root,
            &leaves[5],
            5,
            13,
            &[path.clone(), path.clone()].concat()
        ));
    }
}
