//! The top of the tree, in memory: all nodes above the pages.
//!
//! ```text
//!   root ─► pair 0: [node | node]          node: hash 32 bytes, link 4 bytes
//!                     │      └─► page of 97 keys          link: a page and its number of keys,
//!                     └─► pair 5: [node | node]                 or the pair of its two halves
//! ```
//!
//! # Memory
//!
//! A pair takes 72 bytes, and there is one for each subtree of more than
//! [`PAGE_KEYS_MAX`](super::page::PAGE_KEYS_MAX) = 128 keys. Key hashes are uniform, so over `n` keys
//!
//! ```text
//!   bytes(n) = 72 × Σ_d 2^d × P[ Poisson(n / 2^d) > 128 ]
//! ```
//!
//! which is between 0.56 and 1.13 bytes a key, and 0.67 GiB for a billion keys. The tests check both the formula and the
//! tree.

use piaolian_contracts::state_tree::hashing::EMPTY;

/// Pairs in one chunk of the arena. Chunks never move, so growing copies nothing.
const CHUNK_PAIRS: usize = 4096;

/// Link to the content below a node, in four bytes: the highest bit marks a page; the others are its number of keys, or
/// the index of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Link(u32);

const PAGE: u32 = 1 << 31;

/// A node of the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    hash: [u8; 32],
    link: Link,
}

/// Content below a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Below {
    /// A page with this number of keys; 0: no page.
    Page(usize),
    /// Two halves, with more keys than a page holds.
    Halves(Pair),
}

/// The index of two sibling nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pair(u32);

impl Node {
    /// A subtree without keys.
    pub(crate) const VOID: Self = Self {
        hash: EMPTY,
        link: Link(PAGE),
    };

    /// A page of `keys` keys.
    pub(crate) fn page(hash: [u8; 32], keys: usize) -> Self {
        let keys = u32::try_from(keys).expect("a page has at most PAGE_KEYS_MAX keys");
        Self {
            hash,
            link: Link(PAGE | keys),
        }
    }

    /// An inner node.
    pub(crate) fn inner(hash: [u8; 32], pair: Pair) -> Self {
        Self {
            hash,
            link: Link(pair.0),
        }
    }

    pub(crate) fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    pub(crate) fn below(&self) -> Below {
        if self.link.0 & PAGE == 0 {
            Below::Halves(Pair(self.link.0))
        } else {
            // At most 128 (PAGE_KEYS_MAX), so it fits into a `usize` on every machine.
            Below::Page((self.link.0 & !PAGE) as usize)
        }
    }
}

/// The nodes above the pages.
#[derive(Debug)]
pub(crate) struct Top {
    root: Node,
    chunks: Vec<Vec<[Node; 2]>>,
    free: Vec<Pair>,
}

impl Top {
    pub(crate) const fn new() -> Self {
        Self {
            root: Node::VOID,
            chunks: Vec::new(),
            free: Vec::new(),
        }
    }

    pub(crate) fn root(&self) -> Node {
        self.root
    }

    pub(crate) fn set_root(&mut self, node: Node) {
        self.root = node;
    }

    pub(crate) fn halves(&self, pair: Pair) -> [Node; 2] {
        let index = pair.0 as usize;
        self.chunks[index / CHUNK_PAIRS][index % CHUNK_PAIRS]
    }

    pub(crate) fn set_halves(&mut self, pair: Pair, nodes: [Node; 2]) {
        let index = pair.0 as usize;
        self.chunks[index / CHUNK_PAIRS][index % CHUNK_PAIRS] = nodes;
    }

    /// Allocates a pair of empty nodes.
    ///
    /// # Panics
    /// Above 2^31 pairs, which are 150 GB of memory and 10^11 keys.
    pub(crate) fn allocate(&mut self) -> Pair {
        if let Some(pair) = self.free.pop() {
            return pair;
        }
        if self
            .chunks
            .last()
            .is_none_or(|chunk| chunk.len() == CHUNK_PAIRS)
        {
            self.chunks.push(Vec::with_capacity(CHUNK_PAIRS));
        }
        let full = (self.chunks.len() - 1) * CHUNK_PAIRS;
        let chunk = self.chunks.last_mut().expect("pushed above");
        chunk.push([Node::VOID; 2]);
        let index = u32::try_from(full + chunk.len() - 1)
            .ok()
            .filter(|index| index & PAGE == 0);
        Pair(index.expect("fewer than 2^31 pairs"))
    }

    /// Releases the pairs below `node`.
    pub(crate) fn release(&mut self, node: Node) {
        if let Below::Halves(pair) = node.below() {
            let [left, right] = self.halves(pair);
            self.release(left);
            self.release(right);
            self.free.push(pair);
        }
    }

    /// Returns the number of pairs in use.
    #[cfg(test)]
    pub(crate) fn pairs(&self) -> usize {
        self.chunks.iter().map(Vec::len).sum::<usize>() - self.free.len()
    }

    /// Returns the memory of the nodes, in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.chunks.len() * CHUNK_PAIRS * size_of::<[Node; 2]>()
            + self.free.capacity() * size_of::<Pair>()
    }
}
