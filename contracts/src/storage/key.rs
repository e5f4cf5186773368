//! Keys of the tables, stored inline instead of on the heap, because a block handles tens of thousands of them.

use std::{borrow::Borrow, cmp::Ordering, fmt, ops::Deref};

use crate::chain::Height;

/// A key of a declared table.
pub trait Key {
    /// Its bytes, without the table's prefix.
    fn bytes(&self) -> KeyBytes;
}

/// The one key of a table that holds a single record.
impl Key for () {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[])
    }
}

/// u64 big-endian: in order of height.
impl Key for Height {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[&self.get().to_be_bytes()])
    }
}

/// The bytes of a key, at most [`KeyBytes::MAX`].
#[derive(Clone, Copy)]
pub struct KeyBytes {
    bytes: [u8; Self::MAX],
    length: u8,
}

impl KeyBytes {
    /// The longest key is a claim's place in its insurer's list: insurer (18), date (4) and
    /// claim number (64). A test builds the longest key of every table.
    pub const MAX: usize = 18 + 4 + 64;

    /// The concatenation of `parts`, which are together at most [`KeyBytes::MAX`] long.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut bytes = [0; Self::MAX];
        let mut length = 0_usize;
        for part in parts {
            let end = length.saturating_add(part.len());
            bytes
                .get_mut(length..end)
                .expect("no declared key is longer")
                .copy_from_slice(part);
            length = end;
        }
        let length = u8::try_from(length).expect("MAX is below 256");
        Self { bytes, length }
    }
}

impl Deref for KeyBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

/// Lets a map be searched by plain bytes: equality and order are those of the bytes.
impl Borrow<[u8]> for KeyBytes {
    fn borrow(&self) -> &[u8] {
        self
    }
}

impl PartialEq for KeyBytes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for KeyBytes {}

impl PartialOrd for KeyBytes {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for KeyBytes {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl fmt::Debug for KeyBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&**self))
    }
}
