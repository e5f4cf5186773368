//! The name of a chain, heights and block times.

use std::{fmt, str::FromStr};

use crate::{fields::field, malformed::Malformed};

/// The name of a chain: 1 to 64 characters of `[a-z0-9-]`. It is part of
/// everything that is signed, so that nothing is valid on two chains.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ChainId(String);

impl ChainId {
    /// Longest name, in bytes.
    pub const BYTES_MAX: usize = 64;

    /// Parses the value of a message's field.
    ///
    /// # Errors
    /// When it is not 1 to 64 characters of `[a-z0-9-]`.
    pub fn parse(field: &str, name: &str) -> Result<Self, Malformed> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (1..=Self::BYTES_MAX).contains(&name.len()) && name.bytes().all(plain) {
            Ok(Self(name.to_owned()))
        } else {
            Err(Malformed::new(
                field,
                "must be 1 to 64 characters of [a-z0-9-]",
            ))
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Begins bytes that are bound to the chain: domain ‖ `u32_be(len)` ‖ chain id. Every signature of the protocol is
    /// over bytes that begin in this way, and every encryption is bound to such bytes.
    pub fn begin_sign_bytes(&self, domain: &str) -> Vec<u8> {
        let length = u32::try_from(self.0.len()).expect("a chain id has at most 64 bytes");
        let mut bytes = Vec::with_capacity(SIGN_BYTES_USUAL);
        bytes.extend_from_slice(domain.as_bytes());
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(self.0.as_bytes());
        bytes
    }
}

/// The usual length of sign bytes, so that the buffer is built without growing.
const SIGN_BYTES_USUAL: usize = 192;

impl FromStr for ChainId {
    type Err = Malformed;

    fn from_str(name: &str) -> Result<Self, Malformed> {
        Self::parse("", name)
    }
}

impl fmt::Display for ChainId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The height of a block: 0 is the genesis state, 1 the first block.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Height(u64);

impl Height {
    /// The genesis state, before any block.
    pub const GENESIS: Self = Self(0);

    /// A height.
    pub const fn new(height: u64) -> Self {
        Self(height)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The height above. A chain never reaches `u64::MAX`: at one block a
    /// millisecond that is 500 million years.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The height below, or `None` at genesis.
    pub const fn previous(self) -> Option<Self> {
        match self.0.checked_sub(1) {
            Some(height) => Some(Self(height)),
            None => None,
        }
    }
}

field!(Height: u64, |height| height.get(), |_, height| Ok(Self::new(height)));

impl fmt::Display for Height {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chain_ids_are_plain() {
        assert!("piaolian-demo-1".parse::<ChainId>().is_ok());
        assert!("a".repeat(64).parse::<ChainId>().is_ok());
        for bad in ["", "Demo", "票", "a b", &"a".repeat(65)] {
            assert!(bad.parse::<ChainId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn heights_step() {
        assert_eq!(Height::GENESIS.next(), Height::new(1));
        assert_eq!(Height::GENESIS.previous(), None);
        assert_eq!(Height::new(2).previous(), Some(Height::new(1)));
    }
}
