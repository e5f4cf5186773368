//! The place of a subtree in the tree: the first bits of its key hashes.

use std::ops::Deref;

use piaolian_contracts::state_tree::hashing::{shares_prefix, turns_right};

/// The first `depth` bits of key hashes; the place of a subtree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Prefix {
    /// The bits, followed by zeros: also the lowest key hash of the subtree.
    bits: [u8; 32],
    /// 0 to 256.
    depth: u16,
}

impl Prefix {
    /// The prefix of the whole tree.
    pub(crate) const ROOT: Self = Self {
        bits: [0; 32],
        depth: 0,
    };

    /// Returns the prefix of the left or right half.
    ///
    /// # Panics
    /// At depth 256, where a subtree is a single key.
    pub(crate) fn child(self, right: bool) -> Self {
        let mut bits = self.bits;
        if right {
            bits[usize::from(self.depth / 8)] |= 0x80 >> (self.depth % 8);
        }
        Self {
            bits,
            depth: self.depth + 1,
        }
    }

    /// Returns the number of bits, 0 to 256.
    pub(crate) fn depth(self) -> u16 {
        self.depth
    }

    /// Returns the lowest key hash of the subtree.
    pub(crate) fn first(&self) -> &[u8; 32] {
        &self.bits
    }

    /// Whether `key_hash` is in the subtree.
    pub(crate) fn contains(&self, key_hash: &[u8; 32]) -> bool {
        shares_prefix(&self.bits, key_hash, self.depth)
    }

    /// Whether the path to this subtree turns right at `depth`.
    pub(crate) fn turns_right_at(&self, depth: u16) -> bool {
        turns_right(&self.bits, depth)
    }

    /// Encodes the prefix: the bytes that contain its bits ‖ `u16_be depth`, 2 to 34 bytes. Neighbours in the tree are
    /// mostly neighbours in this order, so a block's rows are inserted nearly in order.
    pub(crate) fn encode(self) -> EncodedPrefix {
        let bits = usize::from(self.depth.div_ceil(8));
        let mut bytes = [0; 34];
        bytes[..bits].copy_from_slice(&self.bits[..bits]);
        bytes[bits..bits + 2].copy_from_slice(&self.depth.to_be_bytes());
        EncodedPrefix {
            bytes,
            length: bits + 2,
        }
    }

    /// Decodes the output of [`encode`](Self::encode), and nothing else.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (rest, depth) = bytes.split_last_chunk()?;
        let depth = u16::from_be_bytes(*depth);
        if depth > 256 || rest.len() != usize::from(depth.div_ceil(8)) {
            return None;
        }
        let mut bits = [0; 32];
        bits[..rest.len()].copy_from_slice(rest);
        // Bits after the prefix would be a second encoding of the same subtree.
        let clean = depth.is_multiple_of(8) || rest[rest.len() - 1] << (depth % 8) == 0;
        clean.then_some(Self { bits, depth })
    }
}

/// An encoded prefix.
pub(crate) struct EncodedPrefix {
    bytes: [u8; 34],
    length: usize,
}

impl Deref for EncodedPrefix {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoded_prefix_decodes_at_every_depth() {
        let mut prefix = Prefix::ROOT;
        for depth in 0..256 {
            assert_eq!(Prefix::decode(&prefix.encode()), Some(prefix));
            prefix = prefix.child(depth % 3 == 0);
        }
        assert_eq!(Prefix::decode(&prefix.encode()), Some(prefix));
    }

    #[test]
    fn a_prefix_with_bits_after_its_end_is_refused() {
        assert_eq!(
            Prefix::decode(&[0b1010_0000, 0, 3]).map(Prefix::depth),
            Some(3)
        );
        assert_eq!(Prefix::decode(&[0b1011_0000, 0, 3]), None);
        assert_eq!(Prefix::decode(&[0, 3]), None);
        assert_eq!(Prefix::decode(&[0, 0, 0, 3]), None);
        assert_eq!(Prefix::decode(&[1, 1]), None);
        assert_eq!(Prefix::decode(&[0]), None);
    }
}
