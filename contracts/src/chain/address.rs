//! Addresses: the short names of keys in votes and headers.

use std::fmt;

use super::{hash::Hash, key::PublicKey};
use crate::malformed::{Malformed, fixed};

/// The first 20 bytes of `SHA-256("piaolian/address/v1" ‖ u8(algorithm) ‖ public key)`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address([u8; Self::BYTES]);

impl Address {
    /// Length in bytes.
    pub const BYTES: usize = 20;

    /// The address of a key.
    pub fn of(key: &PublicKey) -> Self {
        let hash = Hash::tagged(
            "piaolian/address/v1",
            &[&[key.algorithm().number()], key.as_bytes()],
        );
        let (address, _) = hash
            .as_bytes()
            .split_first_chunk()
            .expect("a hash is longer than an address");
        Self(*address)
    }

    /// Wraps the bytes of an address.
    pub const fn new(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// Takes the value of a message's field.
    ///
    /// # Errors
    /// When it is not 20 bytes.
    pub fn parse(field: &str, bytes: &[u8]) -> Result<Self, Malformed> {
        fixed(field, bytes).map(Self)
    }
}

impl From<Address> for bytes::Bytes {
    fn from(address: Address) -> Self {
        Self::copy_from_slice(&address.0)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
