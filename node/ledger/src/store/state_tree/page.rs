//! A page: a subtree of at most 128 keys, stored as the hashes of its buckets.
//!
//! ```text
//!   page at depth d          row: (relative depth u8 ‖ keys u8 [‖ hash 32]) for each slot
//!     /        \
//!   slot       /  \          slot: a bucket, or an empty subtree (0 keys, no hash);
//!          slot    slot            a bucket's entries are a separate row
//! ```
//!
//! Slots are ordered from left to right and cover the page without gaps, so their depths determine its shape.

use std::slice::Iter;

use piaolian_contracts::state_tree::{
    Entry,
    hashing::{BUCKET_KEYS_MAX, EMPTY, bucket_hash, node_hash},
};

/// Most keys of a page. It determines the memory of the tree: about one node of the top for every 64 to 128 keys (see
/// [`super::top`]).
pub(crate) const PAGE_KEYS_MAX: usize = 128;

/// Bytes of a slot with keys in a row.
const SLOT_BYTES: usize = 34;

/// A bucket or an empty subtree of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    /// Depth in the whole tree.
    pub(crate) depth: u16,
    /// Number of keys, at most [`BUCKET_KEYS_MAX`].
    pub(crate) keys: u8,
    pub(crate) hash: [u8; 32],
}

impl Slot {
    /// A subtree without keys.
    pub(crate) const fn empty(depth: u16) -> Self {
        Self {
            depth,
            keys: 0,
            hash: EMPTY,
        }
    }

    /// The bucket of `entries`: all entries of the subtree at `depth`, ascending, at most [`BUCKET_KEYS_MAX`].
    pub(crate) fn of(entries: &[Entry], depth: u16) -> Self {
        if entries.is_empty() {
            return Self::empty(depth);
        }
        let keys = u8::try_from(entries.len()).expect("a bucket has at most BUCKET_KEYS_MAX keys");
        Self {
            depth,
            keys,
            hash: bucket_hash(depth, entries),
        }
    }
}

/// Returns the number of keys of all `slots`.
pub(crate) fn keys_of(slots: &[Slot]) -> usize {
    slots.iter().map(|slot| usize::from(slot.keys)).sum()
}

/// Returns the end of the subtree at `depth` that begins with slot `from`: one past its last slot. `None` when the slots
/// do not cover it.
pub(crate) fn subtree_end(slots: &[Slot], from: usize, depth: u16) -> Option<usize> {
    let first = slots.get(from)?;
    if first.depth == depth {
        return Some(from + 1);
    }
    if first.depth < depth {
        return None;
    }
    let middle = subtree_end(slots, from, depth + 1)?;
    subtree_end(slots, middle, depth + 1)
}

/// Computes the hash of the subtree at `depth` that `slots` cover.
pub(crate) fn fold(slots: &[Slot], depth: u16) -> [u8; 32] {
    fn subtree(slots: &mut Iter<'_, Slot>, depth: u16) -> [u8; 32] {
        match slots.as_slice().first() {
            Some(slot) if slot.depth > depth => {
                let left = subtree(slots, depth + 1);
                let right = subtree(slots, depth + 1);
                node_hash(&left, &right)
            }
            Some(slot) => {
                slots.next();
                slot.hash
            }
            None => EMPTY,
        }
    }
    subtree(&mut slots.iter(), depth)
}

/// Encodes the page at `depth` into `row`, replacing its content.
pub(crate) fn encode(slots: &[Slot], depth: u16, row: &mut Vec<u8>) {
    row.clear();
    for slot in slots {
        let below = u8::try_from(slot.depth - depth).expect("a bucket lies no deeper than 253");
        row.extend_from_slice(&[below, slot.keys]);
        if slot.keys > 0 {
            row.extend_from_slice(&slot.hash);
        }
    }
}

/// Decodes the slots of the page at `depth`; `None` when `row` is not such a page.
pub(crate) fn decode(mut row: &[u8], depth: u16) -> Option<Vec<Slot>> {
    let mut slots = Vec::with_capacity(row.len() / SLOT_BYTES + 4);
    while let Some((&[below, keys], rest)) = row.split_first_chunk() {
        row = rest;
        let mut slot = Slot {
            keys,
            ..Slot::empty(depth + u16::from(below))
        };
        if keys > 0 {
            let (hash, rest) = row.split_first_chunk()?;
            slot.hash = *hash;
            row = rest;
        }
        if slot.depth > 256 || usize::from(keys) > BUCKET_KEYS_MAX {
            return None;
        }
        slots.push(slot);
    }
    let whole = row.is_empty() && subtree_end(&slots, 0, depth) == Some(slots.len());
    (whole && (1..=PAGE_KEYS_MAX).contains(&keys_of(&slots))).then_some(slots)
}
