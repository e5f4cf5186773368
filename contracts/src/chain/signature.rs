//! Signatures.

use std::fmt;

use bytes::Bytes;

use crate::{
    fields::field,
    malformed::{Malformed, fixed},
};

/// A signature: 64 bytes. Whether it is valid only [`PublicKey::verify`](super::PublicKey::verify) says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature([u8; Self::BYTES]);

impl Signature {
    /// Length in bytes.
    pub const BYTES: usize = 64;

    /// Wraps the bytes of a signature.
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
    /// When it is not 64 bytes.
    pub fn parse(field: &str, bytes: &[u8]) -> Result<Self, Malformed> {
        fixed(field, bytes).map(Self)
    }

    pub(crate) fn to_zebra(self) -> ed25519_zebra::Signature {
        ed25519_zebra::Signature::from_bytes(&self.0)
    }
}

field!(Signature: Bytes, |signature| (*signature).into(), |field, bytes| {
    Self::parse(field, &bytes)
});

impl From<[u8; Signature::BYTES]> for Signature {
    fn from(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }
}

impl From<Signature> for Bytes {
    fn from(signature: Signature) -> Self {
        Self::copy_from_slice(&signature.0)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}
