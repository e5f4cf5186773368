//! A receipt's details for the eyes of those alone who may read them.
//!
//! ```text
//!   details ─pad─► ChaCha20-Poly1305 under a key of its own ─► ciphertext
//!                              │
//!                              └─HPKE─► wrapped for the issuer's encryption key
//!                                    └► for finance's, for each grantee's …
//!
//!   secret encryption key ─► unwrap ─► key ─► open ─► details ─► held against their commitment
//! ```
//!
//! All of it is bound to one chain and one commitment: what was encrypted for one receipt opens
//! for no other, and a wrapped key is of use to its own reader alone. Whoever destroys a
//! secret encryption key has made unreadable what was wrapped for it and nobody else.
//!
//! Who may open them finds a person's receipts again by an [index](IndexKey) that says nothing
//! to whoever lacks its key.

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

/// Why encrypted details do not open, or cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncryptionError {
    /// They have another form.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The details are longer than a receipt's may be.
    #[error("details of {0} bytes are too long to be encrypted")]
    TooLong(usize),
    /// A reader's key cannot be wrapped for.
    #[error("key {key_id} of organisation {organisation} is none that details are encrypted for")]
    UnfitKey {
        /// Whose.
        organisation: OrganisationId,
        /// Which.
        key_id: KeyId,
    },
    /// Their key is not wrapped for this one.
    #[error("the details are not encrypted for key {key_id} of organisation {organisation}")]
    NotForReader {
        /// Whose.
        organisation: OrganisationId,
        /// Which.
        key_id: KeyId,
    },
    /// The wrapped key does not open: it was altered, is of another receipt, or for another key.
    #[error("the wrapped key does not open")]
    WrongKey,
    /// The ciphertext does not open: it was altered, or is of another receipt.
    #[error("the encrypted details do not open")]
    Tampered,
}
