//! Encrypts receipt details for the organisations that may read them.
//!
//! ```text
//!   details ─pad─► ChaCha20-Poly1305 under a key of its own ─► ciphertext
//!                              │
//!                              └─HPKE─► wrapped for the issuer's encryption key
//!                                    └► for finance's, for each grantee's …
//!
//!   secret encryption key ─► unwrap ─► key ─► decrypt ─► details ─► compared with their commitment
//! ```
//!
//! Ciphertext and wrapped keys are bound to one chain and one commitment: they cannot be decrypted for another receipt,
//! and a wrapped key serves its own reader only. Destroying a secret encryption key makes everything unreadable that
//! was wrapped for this key only.
//!
//! A reader finds a person's receipts with an [index](IndexKey) that reveals nothing without its key.

mod content;
mod context;
mod index;
mod message;
mod wrap;

pub use content::{DetailsKey, PADDED_TO_BYTES};
pub use context::Context;
pub use index::{IndexKey, PersonTag, RowName};
pub use message::{ENCRYPTED_BYTES_MAX, EncryptedDetails, KEYS_MAX, VERSION, attachment_hash};
pub use wrap::{Reader, Secret};

use piaolian_contracts::{malformed::Malformed, organisations::KeyId, types::OrganisationId};

/// Reasons why details cannot be encrypted or decrypted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncryptionError {
    /// The encrypted details are malformed.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The details are longer than a receipt's may be.
    #[error("details of {0} bytes are too long to be encrypted")]
    TooLong(usize),
    /// A reader's key is not an encryption key.
    #[error("key {key_id} of organisation {organisation} is not an encryption key")]
    UnfitKey {
        /// The organisation that has the key.
        organisation: OrganisationId,
        /// The number of the key within it.
        key_id: KeyId,
    },
    /// The details' key is not wrapped for this encryption key.
    #[error("the details are not encrypted for key {key_id} of organisation {organisation}")]
    NotForReader {
        /// The organisation that has the key.
        organisation: OrganisationId,
        /// The number of the key within it.
        key_id: KeyId,
    },
    /// The wrapped key was altered, or belongs to another receipt or encryption key.
    #[error("the wrapped key cannot be decrypted")]
    WrongKey,
    /// The ciphertext was altered, or belongs to another receipt.
    #[error("the encrypted details cannot be decrypted")]
    Tampered,
}
