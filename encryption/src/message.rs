//! The message of encrypted details, as it is stored and sent.

use bytes::Bytes;
use piaolian_contracts::{
    chain::Hash, malformed::Malformed, organisations::KeyId, receipts::DETAILS_BYTES_MAX,
    types::OrganisationId,
};
use piaolian_proto::v1::{self as proto, WrappedKey};
use prost::Message;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    Context, DetailsKey, EncryptionError, PADDED_TO_BYTES, Reader, Secret,
    wrap::{ENCAPSULATED_BYTES, WRAPPED_BYTES},
};

/// The version of the message.
pub const VERSION: u32 = 1;

/// Most wrapped keys of a message: issuer, finance bureaus, and some more.
pub const KEYS_MAX: usize = 16;

/// Longest encrypted details, in bytes: the details with their padding, and the wrapped keys.
pub const ENCRYPTED_BYTES_MAX: usize = DETAILS_BYTES_MAX + 8 * PADDED_TO_BYTES;

const TAG_BYTES: usize = 16;

/// Returns the name of an attachment on the ledger, for encrypted details and wrapped keys:
/// `SHA-256("piaolian/attachment/v1" ‖ bytes)`.
pub fn attachment_hash(bytes: &[u8]) -> Hash {
    Hash::tagged("piaolian/attachment/v1", &[bytes])
}

/// Encrypted details of the right form. Decryption shows whether the content is right.
#[derive(Clone, Debug, PartialEq)]
pub struct EncryptedDetails(proto::EncryptedDetails);

impl EncryptedDetails {
    /// Encrypts details for these readers, under a new key.
    ///
    /// # Errors
    /// When the details are too long, there are no readers, too many, or one twice, or a reader's key is not an
    /// encryption key.
    pub fn new(
        context: &Context<'_>,
        details: &[u8],
        readers: &[Reader<'_>],
        rng: &mut impl CryptoRng,
    ) -> Result<Self, EncryptionError> {
        let key = DetailsKey::random(rng);
        let ciphertext = key.encrypt(context, details)?;
        let mut keys = Vec::with_capacity(readers.len());
        for reader in readers {
            keys.push(key.wrap(context, reader, rng)?);
        }
        keys.sort_by(|a, b| place(a).cmp(&place(b)));
        let encrypted = proto::EncryptedDetails {
            version: VERSION,
            ciphertext: ciphertext.into(),
            keys,
        };
        Ok(Self(check(encrypted)?))
    }

    /// Decodes encrypted details.
    ///
    /// # Errors
    /// When they are too long, of another version or form, or not canonically encoded.
    pub fn decode(bytes: Bytes) -> Result<Self, Malformed> {
        if bytes.len() > ENCRYPTED_BYTES_MAX {
            return Err(Malformed::new("encrypted", "is too long"));
        }
        let message = proto::EncryptedDetails::decode(bytes.clone())
            .map_err(|error| Malformed::new("encrypted", error.to_string()))?;
        if message.encode_to_vec() != bytes {
            return Err(Malformed::new("encrypted", "must be canonically encoded"));
        }
        Ok(Self(check(message)?))
    }

    /// Returns the canonical encoding.
    pub fn encode(&self) -> Bytes {
        self.0.encode_to_vec().into()
    }

    /// Returns the hash that names them on the ledger.
    pub fn hash(&self) -> Hash {
        attachment_hash(&self.encode())
    }

    /// Returns the wrapped keys.
    pub fn keys(&self) -> &[WrappedKey] {
        &self.0.keys
    }

    /// Unwraps the key that was wrapped for a secret encryption key.
    ///
    /// # Errors
    /// When there is none, or it cannot be decrypted.
    pub fn key_for(
        &self,
        context: &Context<'_>,
        secret: &Secret,
    ) -> Result<DetailsKey, EncryptionError> {
        let mut keys = self.0.keys.iter();
        let wrapped = keys.find(|wrapped| secret.is_for(wrapped));
        let wrapped = wrapped.ok_or(EncryptionError::NotForReader {
            organisation: *secret.organisation(),
            key_id: secret.key_id(),
        })?;
        secret.unwrap(context, wrapped)
    }

    /// Decrypts the details. The caller compares them with their commitment.
    ///
    /// # Errors
    /// When the key is another one, or they were altered.
    pub fn decrypt(
        &self,
        context: &Context<'_>,
        key: &DetailsKey,
    ) -> Result<Zeroizing<Vec<u8>>, EncryptionError> {
        key.decrypt(context, &self.0.ciphertext)
    }
}

fn place(wrapped: &WrappedKey) -> (&str, u32) {
    (&wrapped.organisation, wrapped.key_id)
}

/// Rejects messages that [`EncryptedDetails::new`] cannot make.
fn check(encrypted: proto::EncryptedDetails) -> Result<proto::EncryptedDetails, Malformed> {
    if encrypted.version != VERSION {
        return Err(Malformed::new("version", "must be 1"));
    }
    let padded = encrypted.ciphertext.len().checked_sub(TAG_BYTES);
    if !padded.is_some_and(|padded| padded > 0 && padded % PADDED_TO_BYTES == 0) {
        return Err(Malformed::new("ciphertext", "must be padded to 512 bytes"));
    }
    if !(1..=KEYS_MAX).contains(&encrypted.keys.len()) {
        return Err(Malformed::new("keys", "must be 1 to 16"));
    }
    if !encrypted.keys.is_sorted_by(|a, b| place(a) < place(b)) {
        return Err(Malformed::new(
            "keys",
            "must ascend by organisation and key id",
        ));
    }
    for wrapped in &encrypted.keys {
        OrganisationId::parse("keys.organisation", &wrapped.organisation)?;
        KeyId::parse("keys.key_id", wrapped.key_id)?;
        if wrapped.encapsulated.len() != ENCAPSULATED_BYTES {
            return Err(Malformed::new("keys.encapsulated", "must be 32 bytes"));
        }
        if wrapped.wrapped.len() != WRAPPED_BYTES {
            return Err(Malformed::new("keys.wrapped", "must be 48 bytes"));
        }
    }
    Ok(encrypted)
}
