//! Public keys.
//!
//! ```text
//!   registration   refuses non-canonical, small-order and undecodable keys
//!   verification   ZIP-215: single and batch verification agree on every input
//! ```

use std::fmt;

use bytes::Bytes;
use curve25519_dalek::{edwards::CompressedEdwardsY, montgomery::MontgomeryPoint};
use ed25519_zebra::VerificationKey;
use piaolian_proto::v1 as proto;

use super::{address::Address, signature::Signature};
use crate::{
    fields::field,
    malformed::{Malformed, fixed},
    numbered::numbered,
};

numbered! {
    /// The algorithm of a key. The number is part of addresses and sign bytes.
    pub enum KeyAlgorithm(u8) of proto KeyAlgorithm, "must name a key algorithm" {
        /// Signs; verification follows ZIP-215.
        Ed25519: "Ed25519",
        /// Encrypts; cannot sign.
        X25519: "X25519",
    }
}

impl From<KeyAlgorithm> for proto::KeyAlgorithm {
    fn from(algorithm: KeyAlgorithm) -> Self {
        match algorithm {
            KeyAlgorithm::Ed25519 => Self::Ed25519,
            KeyAlgorithm::X25519 => Self::X25519,
        }
    }
}

/// A public key with its algorithm. It may still be unfit: see [`PublicKey::check`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey {
    algorithm: KeyAlgorithm,
    bytes: [u8; Self::BYTES],
}

/// A key that may not be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnfitKey {
    /// The bytes are not a point of the curve.
    #[error("the public key is no point of the curve")]
    NoPoint,
    /// The same point has another, canonical encoding.
    #[error("the public key is not canonically encoded")]
    NotCanonical,
    /// The point has small order, so that anyone can sign for it.
    #[error("the public key has small order")]
    SmallOrder,
}

/// A signature that its key did not make, or a key that makes none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature is not valid")]
pub struct BadSignature;

impl PublicKey {
    /// Length in bytes, for both algorithms.
    pub const BYTES: usize = 32;

    /// A key of `algorithm`.
    pub const fn new(algorithm: KeyAlgorithm, bytes: [u8; Self::BYTES]) -> Self {
        Self { algorithm, bytes }
    }

    /// An Ed25519 key.
    pub const fn ed25519(bytes: [u8; Self::BYTES]) -> Self {
        Self::new(KeyAlgorithm::Ed25519, bytes)
    }

    /// Its algorithm.
    pub const fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.bytes
    }

    /// Takes the values of a message's fields.
    ///
    /// # Errors
    /// When `bytes` has another length than 32.
    pub fn parse(field: &str, algorithm: KeyAlgorithm, bytes: &[u8]) -> Result<Self, Malformed> {
        Ok(Self::new(algorithm, fixed(field, bytes)?))
    }

    /// Checks that the key is fit to be registered. Verification under ZIP-215 accepts more keys, so every key of the
    /// state must pass this check first.
    ///
    /// # Errors
    /// When it is not a point, not canonical or of small order.
    pub fn check(&self) -> Result<(), UnfitKey> {
        match self.algorithm {
            KeyAlgorithm::Ed25519 => check_edwards(&self.bytes),
            KeyAlgorithm::X25519 => check_montgomery(&self.bytes),
        }
    }

    /// Verifies a signature under ZIP-215.
    ///
    /// # Errors
    /// When the signature does not hold, or this key cannot sign.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), BadSignature> {
        if self.algorithm != KeyAlgorithm::Ed25519 {
            return Err(BadSignature);
        }
        VerificationKey::try_from(self.bytes)
            .and_then(|key| key.verify(&signature.to_zebra(), message))
            .map_err(|_| BadSignature)
    }

    /// The short name of the key in votes and headers.
    pub fn address(&self) -> Address {
        Address::of(self)
    }
}

field!(
    PublicKey: (i32, Bytes),
    |key| (key.algorithm().to_message(), key.as_bytes().to_vec().into()),
    |field, (algorithm, bytes)| {
        Self::parse(field, KeyAlgorithm::parse("algorithm", algorithm)?, &bytes)
    }
);

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm, hex::encode(self.bytes))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn check_edwards(bytes: &[u8; 32]) -> Result<(), UnfitKey> {
    let point = CompressedEdwardsY(*bytes)
        .decompress()
        .ok_or(UnfitKey::NoPoint)?;
    if point.is_small_order() {
        return Err(UnfitKey::SmallOrder);
    }
    if point.compress().0 != *bytes {
        return Err(UnfitKey::NotCanonical);
    }
    Ok(())
}

fn check_montgomery(bytes: &[u8; 32]) -> Result<(), UnfitKey> {
    // Every clamped scalar is a multiple of the cofactor, so one of them is
    // enough to find a point of small order: RFC 7748, section 6.1.
    let point = MontgomeryPoint(*bytes);
    if point.mul_clamped([1; 32]).0 == [0; 32] {
        return Err(UnfitKey::SmallOrder);
    }
    // RFC 7748 reduces u modulo 2^255 - 19; its canonical form is below that.
    let [low, middle @ .., high] = bytes;
    if *high >= 0x80 || (*high == 0x7f && middle.iter().all(|b| *b == 0xff) && *low >= 0xed) {
        return Err(UnfitKey::NotCanonical);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::{constants::EIGHT_TORSION, edwards::EdwardsPoint, traits::Identity};
    use ed25519_dalek::{Signer, SigningKey};

    use super::*;

    fn signing_key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    #[test]
    fn a_key_verifies_what_it_signed_and_nothing_else() {
        let signing = signing_key();
        let key = PublicKey::ed25519(signing.verifying_key().to_bytes());
        let signature = Signature::new(signing.sign(b"message").to_bytes());
        assert_eq!(key.verify(b"message", &signature), Ok(()));
        assert_eq!(key.verify(b"other", &signature), Err(BadSignature));
        let sealing = PublicKey::new(KeyAlgorithm::X25519, *key.as_bytes());
        assert_eq!(sealing.verify(b"message", &signature), Err(BadSignature));
    }

    #[test]
    fn keys_of_small_order_are_unfit() {
        for point in EIGHT_TORSION {
            let key = PublicKey::ed25519(point.compress().0);
            assert_eq!(key.check(), Err(UnfitKey::SmallOrder));
        }
        let identity = EdwardsPoint::identity().to_montgomery().0;
        let key = PublicKey::new(KeyAlgorithm::X25519, identity);
        assert_eq!(key.check(), Err(UnfitKey::SmallOrder));
    }

    #[test]
    fn undecodable_and_non_canonical_keys_are_unfit() {
        let no_point = (0..=u8::MAX)
            .map(|byte| [byte; 32])
            .find(|bytes| CompressedEdwardsY(*bytes).decompress().is_none())
            .unwrap();
        assert_eq!(PublicKey::ed25519(no_point).check(), Err(UnfitKey::NoPoint));
        // y = p + 3 encodes the point y = 3 a second time, and 2^255 - 1 is u = 18.
        let mut p_and_three = [0xff; 32];
        p_and_three[0] = 0xf0;
        p_and_three[31] = 0x7f;
        assert_eq!(
            PublicKey::ed25519(p_and_three).check(),
            Err(UnfitKey::NotCanonical)
        );
        let mut above_p = [0xff; 32];
        above_p[31] = 0x7f;
        assert_eq!(
            PublicKey::new(KeyAlgorithm::X25519, above_p).check(),
            Err(UnfitKey::NotCanonical)
        );
    }

    #[test]
    fn honest_keys_are_fit() {
        let signing = signing_key();
        let edwards = signing.verifying_key();
        assert_eq!(PublicKey::ed25519(edwards.to_bytes()).check(), Ok(()));
        let sealing = MontgomeryPoint::mul_base_clamped([9; 32]);
        assert_eq!(
            PublicKey::new(KeyAlgorithm::X25519, sealing.0).check(),
            Ok(())
        );
    }
}
