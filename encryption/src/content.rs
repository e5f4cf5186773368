//! Encrypts receipt details, each with its own key.
//!
//! ```text
//!   u32_be(length) ‖ details ‖ zeros up to a multiple of 512 ──► ChaCha20-Poly1305, nonce of zeros
//! ```
//!
//! A key is used once, so the nonce may be constant. The padding hides the number of fee lines to within about five.

use std::fmt;

use chacha20poly1305::{
    ChaCha20Poly1305, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use piaolian_contracts::receipts::DETAILS_BYTES_MAX;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{Context, EncryptionError};

/// Padded details have a multiple of this length, in bytes.
pub const PADDED_TO_BYTES: usize = 512;

const LENGTH_BYTES: usize = size_of::<u32>();

/// The key of one receipt's details. It is wiped when dropped and never shown.
#[derive(Clone)]
pub struct DetailsKey(Zeroizing<[u8; Self::BYTES]>);

impl DetailsKey {
    /// Length in bytes.
    pub const BYTES: usize = 32;

    /// Makes a random key.
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        let mut key = Zeroizing::new([0; Self::BYTES]);
        rng.fill_bytes(key.as_mut_slice());
        Self(key)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; Self::BYTES] = bytes.try_into().ok()?;
        Some(Self(Zeroizing::new(bytes)))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// Encrypts details. A key must be used once only: the nonce is constant.
    pub(crate) fn encrypt(
        &self,
        context: &Context<'_>,
        details: &[u8],
    ) -> Result<Vec<u8>, EncryptionError> {
        if details.len() > DETAILS_BYTES_MAX {
            return Err(EncryptionError::TooLong(details.len()));
        }
        let padded = Zeroizing::new(pad(details));
        let payload = Payload {
            msg: &padded,
            aad: &context.of_content(),
        };
        let encrypted = self.cipher().encrypt(&Nonce::default(), payload);
        encrypted.map_err(|_| EncryptionError::TooLong(details.len()))
    }

    /// Decrypts details that this key encrypted for this receipt.
    pub(crate) fn decrypt(
        &self,
        context: &Context<'_>,
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, EncryptionError> {
        let payload = Payload {
            msg: ciphertext,
            aad: &context.of_content(),
        };
        let padded = self.cipher().decrypt(&Nonce::default(), payload);
        let padded = Zeroizing::new(padded.map_err(|_| EncryptionError::Tampered)?);
        unpad(&padded).ok_or(EncryptionError::Tampered)
    }

    fn cipher(&self) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new((&*self.0).into())
    }
}

impl fmt::Debug for DetailsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DetailsKey(…)")
    }
}

fn pad(details: &[u8]) -> Vec<u8> {
    let length = u32::try_from(details.len()).expect("checked against DETAILS_BYTES_MAX");
    let padded = (LENGTH_BYTES + details.len()).next_multiple_of(PADDED_TO_BYTES);
    let mut bytes = Vec::with_capacity(padded);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(details);
    bytes.resize(padded, 0);
    bytes
}

fn unpad(padded: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (length, rest) = padded.split_first_chunk::<LENGTH_BYTES>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let details = rest.get(..length)?;
    let is_the_padding = pad(details) == padded;
    is_the_padding.then(|| Zeroizing::new(details.to_vec()))
}
