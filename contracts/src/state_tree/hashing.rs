//! The hashes of the state tree: the only place that knows their bytes.
//!
//! ```text
//!   key hash     SHA-256(table prefix ‖ key)              which way the path turns
//!   value hash   SHA-256(value)
//!   bucket       SHA-256(BUCKET ‖ u16_be depth ‖ (key hash ‖ value hash) × 1..=8)
//!   inner node   SHA-256(NODE ‖ left ‖ right)
//!   empty        SHA-256(EMPTY)
//! ```

use sha2::{Digest, Sha256};

use super::Entry;

/// Most keys that share one bucket.
pub const BUCKET_KEYS_MAX: usize = 8;

/// Bits of a key hash, and so the most inner nodes above a bucket.
pub const DEPTH_MAX: usize = 256;

/// The hash of a subtree without keys: SHA-256 of `piaolian/state/empty/v1`.
pub const EMPTY: [u8; 32] = [
    0xdd, 0x97, 0xc0, 0xcb, 0x10, 0xe0, 0xd1, 0x21, 0xeb, 0x9b, 0x3f, 0xf5, 0xf6, 0xf8, 0x32, 0x0a,
    0x62, 0x07, 0x75, 0x04, 0x92, 0xfa, 0xdc, 0xf6, 0x18, 0x1b, 0x20, 0x19, 0x4d, 0x39, 0xda, 0x28,
];

const BUCKET_DOMAIN: &[u8] = b"piaolian/state/bucket/v1";
const NODE_DOMAIN: &[u8] = b"piaolian/state/node/v1";
#[cfg(test)]
const EMPTY_DOMAIN: &[u8] = b"piaolian/state/empty/v1";

/// The path of `key` (table prefix followed by the key) in the tree.
pub fn key_hash(key: &[u8]) -> [u8; 32] {
    Sha256::digest(key).into()
}

/// The hash of `value` that a bucket holds.
pub fn value_hash(value: &[u8]) -> [u8; 32] {
    Sha256::digest(value).into()
}

/// The hash of the bucket at `depth` that holds `entries`, ascending by key hash.
///
/// The prefix needs no field of its own: it is the first `depth` bits of every entry.
pub fn bucket_hash(depth: u16, entries: &[Entry]) -> [u8; 32] {
    let mut hasher = Sha256::new_with_prefix(BUCKET_DOMAIN);
    hasher.update(depth.to_be_bytes());
    for entry in entries {
        hasher.update(entry.key_hash);
        hasher.update(entry.value_hash);
    }
    hasher.finalize().into()
}

/// The hash of an inner node. Its depth needs no field: a root fixes how many
/// nodes lie above, and the bucket at the end of a path names its own depth.
pub fn node_hash(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    let mut hasher = Sha256::new_with_prefix(NODE_DOMAIN);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize().into()
}

/// Whether the path of `key_hash` turns right below `depth` (0 to 255).
pub fn turns_right(key_hash: &[u8; 32], depth: u16) -> bool {
    let byte = key_hash[usize::from(depth / 8)];
    byte & 0x80_u8.wrapping_shr(u32::from(depth % 8)) != 0
}

/// Whether `a` and `b` agree in their first `depth` bits (0 to 256).
pub fn shares_prefix(a: &[u8; 32], b: &[u8; 32], depth: u16) -> bool {
    let whole = usize::from(depth / 8);
    if a[..whole] != b[..whole] {
        return false;
    }
    let rest = u32::from(depth % 8);
    // The bits after the prefix within the byte that it ends in.
    rest == 0 || (a[whole] ^ b[whole]) & !0xff_u8.wrapping_shr(rest) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_hash_is_that_of_its_domain() {
        assert_eq!(EMPTY, <[u8; 32]>::from(Sha256::digest(EMPTY_DOMAIN)));
    }

    #[test]
    fn bits_are_counted_from_the_first_bytes_highest() {
        let mut key = [0; 32];
        key[0] = 0b0100_0000;
        key[31] = 1;
        let right: Vec<u16> = (0..256).filter(|depth| turns_right(&key, *depth)).collect();
        assert_eq!(right, [1, 255]);
    }

    #[test]
    fn a_prefix_ends_at_the_first_differing_bit() {
        let key = [0xa5; 32];
        for bit in 0..256_u16 {
            let mut other = key;
            other[usize::from(bit / 8)] ^= 0x80 >> (bit % 8);
            for depth in 0..=256 {
                assert_eq!(shares_prefix(&key, &other, depth), depth <= bit);
            }
        }
    }
}
