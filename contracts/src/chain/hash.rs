//! SHA-256 and its 32 bytes.

use std::{fmt, str::FromStr};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::{
    fields::field,
    malformed::{Malformed, fixed},
};

/// A SHA-256 hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; Self::BYTES]);

impl Hash {
    /// Length in bytes.
    pub const BYTES: usize = 32;

    /// 32 zero bytes: stands for a hash if there is nothing to hash.
    pub const ZERO: Self = Self([0; Self::BYTES]);

    /// Wraps the bytes of a hash.
    pub const fn new(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// SHA-256 of the concatenation of `parts`.
    pub fn sha256(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// SHA-256 of `domain` followed by `parts`. The domain keeps hashes of
    /// different meaning apart, such as `"piaolian/header/v1"`.
    pub fn tagged(domain: &str, parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(domain.as_bytes());
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// Takes the value of a message's field.
    ///
    /// # Errors
    /// When it is not 32 bytes.
    pub fn parse(field: &str, bytes: &[u8]) -> Result<Self, Malformed> {
        fixed(field, bytes).map(Self)
    }

    /// Takes the value of a message's field; `None` if it is empty.
    ///
    /// # Errors
    /// When it is neither empty nor 32 bytes.
    pub fn parse_optional(field: &str, bytes: &[u8]) -> Result<Option<Self>, Malformed> {
        if bytes.is_empty() {
            return Ok(None);
        }
        Self::parse(field, bytes).map(Some)
    }
}

field!(Hash: Bytes, |hash| (*hash).into(), |field, bytes| Self::parse(field, &bytes));

impl From<[u8; Hash::BYTES]> for Hash {
    fn from(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }
}

impl From<Hash> for [u8; Hash::BYTES] {
    fn from(hash: Hash) -> Self {
        hash.0
    }
}

impl From<Hash> for Bytes {
    fn from(hash: Hash) -> Self {
        Self::copy_from_slice(&hash.0)
    }
}

impl AsRef<[u8]> for Hash {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl TryFrom<&[u8]> for Hash {
    type Error = Malformed;

    fn try_from(bytes: &[u8]) -> Result<Self, Malformed> {
        Self::parse("", bytes)
    }
}

impl FromStr for Hash {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let mut bytes = [0; Self::BYTES];
        hex::decode_to_slice(text, &mut bytes)
            .map_err(|_| Malformed::new("", "must be 64 hexadecimal digits"))?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_bytes_round_trip() {
        let hash = Hash::sha256(&[b"a", b"bc"]);
        assert_eq!(
            hash.to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(hash.to_string().parse::<Hash>().unwrap(), hash);
        assert!("ba78".parse::<Hash>().is_err());
    }

    #[test]
    fn a_domain_is_part_of_what_is_hashed() {
        assert_eq!(Hash::tagged("ab", &[b"c"]), Hash::sha256(&[b"abc"]));
    }
}
