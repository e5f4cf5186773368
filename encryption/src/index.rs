//! Rows of the holder index, from persons to receipts, that reveal nothing without its key.
//!
//! ```text
//!   tag    HMAC-SHA-256(key, "piaolian/holder-index/v1/person" ‖ 0 ‖ identity number)
//!   place  HMAC-SHA-256(key, "piaolian/holder-index/v1/place" ‖ 0 ‖ tag ‖ receipt), 16 bytes of it
//!   row    tag (32) ‖ place (16) ──► nonce (24) ‖ XChaCha20-Poly1305(content), bound to its name
//! ```
//!
//! The rows without the key reveal how many receipts each person has, but neither the persons nor the receipts. Without
//! the key nobody can test identity numbers, which are few enough to try all.

use std::fmt;

use chacha20poly1305::{
    Key, KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use rand_core::CryptoRng;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::EncryptionError;

const PERSON: &[u8] = b"piaolian/holder-index/v1/person";
const PLACE: &[u8] = b"piaolian/holder-index/v1/place";
const CONTENT: &[u8] = b"piaolian/holder-index/v1/content";
const CHECK: &[u8] = b"piaolian/holder-index/v1/check";

const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 32;
const PLACE_BYTES: usize = 16;

/// Keyed tag of a person. It has a meaning in one index only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PersonTag([u8; TAG_BYTES]);

impl PersonTag {
    /// Returns the bytes with which the names of this person's rows begin.
    pub const fn as_bytes(&self) -> &[u8; TAG_BYTES] {
        &self.0
    }
}

/// The name of a row: the person's tag, and a place among the person's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowName([u8; Self::BYTES]);

impl RowName {
    /// Length in bytes.
    pub const BYTES: usize = TAG_BYTES + PLACE_BYTES;

    /// Makes a name of stored bytes.
    pub const fn new(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes to store.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

/// The key of an index. It is wiped when dropped.
#[derive(Clone)]
pub struct IndexKey(Zeroizing<[u8; Self::BYTES]>);

impl IndexKey {
    /// Length in bytes.
    pub const BYTES: usize = 32;

    /// Makes a random key.
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        let mut key = Zeroizing::new([0; Self::BYTES]);
        rng.fill_bytes(key.as_mut_slice());
        Self(key)
    }

    /// Makes a key of these bytes.
    pub const fn new(bytes: Zeroizing<[u8; Self::BYTES]>) -> Self {
        Self(bytes)
    }

    /// Returns the secret bytes, to be written to the key's file.
    pub fn reveal(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// Returns the tag of a person. Lower case counts as upper case: identity numbers may end in an X.
    pub fn tag(&self, identity_number: &str) -> PersonTag {
        let number = Zeroizing::new(identity_number.to_ascii_uppercase());
        PersonTag(self.mac(PERSON, &[number.as_bytes()]))
    }

    /// Returns the name of the row of a person's receipt.
    pub fn row(&self, person: &PersonTag, receipt: &[u8]) -> RowName {
        let place = self.mac(PLACE, &[&person.0, receipt]);
        let mut name = [0; RowName::BYTES];
        let (tag, rest) = name.split_at_mut(TAG_BYTES);
        tag.copy_from_slice(&person.0);
        rest.copy_from_slice(&place[..PLACE_BYTES]);
        RowName(name)
    }

    /// Encrypts the content of a row.
    ///
    /// # Panics
    /// When `content` has gigabytes.
    pub fn encrypt(&self, row: &RowName, content: &[u8], rng: &mut impl CryptoRng) -> Vec<u8> {
        let mut nonce = [0; NONCE_BYTES];
        rng.fill_bytes(&mut nonce);
        let payload = Payload {
            msg: content,
            aad: &row.0,
        };
        let encrypted = self.cipher().encrypt(&XNonce::from(nonce), payload);
        let encrypted = encrypted.expect("a row is short");
        [&nonce[..], &encrypted].concat()
    }

    /// Decrypts the content of a row.
    ///
    /// # Errors
    /// When the row was altered, moved, or encrypted with another key.
    pub fn decrypt(
        &self,
        row: &RowName,
        encrypted: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, EncryptionError> {
        let (nonce, encrypted) = encrypted
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(EncryptionError::Tampered)?;
        let payload = Payload {
            msg: encrypted,
            aad: &row.0,
        };
        let content = self.cipher().decrypt(&XNonce::from(*nonce), payload);
        content
            .map(Zeroizing::new)
            .map_err(|_| EncryptionError::Tampered)
    }

    /// Returns a check value, which tells keys apart without revealing them.
    pub fn check(&self) -> [u8; TAG_BYTES] {
        self.mac(CHECK, &[])
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        let key = Zeroizing::new(self.mac(CONTENT, &[]));
        XChaCha20Poly1305::new(&Key::from(*key))
    }

    fn mac(&self, domain: &[u8], parts: &[&[u8]]) -> [u8; TAG_BYTES] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_slice())
            .expect("an HMAC takes keys of any length");
        mac.update(domain);
        mac.update(&[0]);
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for IndexKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IndexKey(…)")
    }
}
