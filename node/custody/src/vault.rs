//! Encrypts details for their readers, and decrypts them with this node's keys. Only the vault uses secret encryption
//! keys.

use std::{
    fmt,
    sync::{PoisonError, RwLock},
};

use bytes::Bytes;
use piaolian_contracts::{
    chain::{ChainId, Hash, PublicKey},
    organisations::KeyId,
    types::OrganisationId,
};
use piaolian_details::Details;
use piaolian_encryption::{Context, DetailsKey, EncryptedDetails, EncryptionError, Reader, Secret};
use piaolian_proto::v1::WrappedKey;
use rand::{SeedableRng, rngs::StdRng};

/// The encryption key of a reader, as the ledger has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncryptionKey {
    /// The organisation that has the key.
    pub organisation: OrganisationId,
    /// The number of the key within it.
    pub key_id: KeyId,
    /// The public half.
    pub public_key: PublicKey,
}

impl EncryptionKey {
    const fn reader(&self) -> Reader<'_> {
        Reader {
            organisation: self.organisation,
            key_id: self.key_id,
            public_key: &self.public_key,
        }
    }
}

/// Reasons why this node cannot decrypt details.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecryptionError {
    /// The details are encrypted for none of this node's keys.
    #[error("the details are encrypted for none of this node's encryption keys")]
    NoKey,
    /// The details or the wrapped key were altered, or belong to another receipt.
    #[error(transparent)]
    Encryption(#[from] EncryptionError),
    /// The content is not the one that the issuer committed to.
    #[error("the details do not match the issuer's commitment")]
    OtherCommitment,
}

/// The secret encryption keys of this node's organisation: the one in use, and earlier ones until they are destroyed.
pub struct Vault {
    chain_id: ChainId,
    secrets: RwLock<Vec<Secret>>,
}

impl Vault {
    /// Makes a vault with these keys.
    pub const fn new(chain_id: ChainId, secrets: Vec<Secret>) -> Self {
        Self {
            chain_id,
            secrets: RwLock::new(secrets),
        }
    }

    /// Removes a key that was destroyed.
    pub fn forget(&self, key_id: KeyId) {
        let mut secrets = self.secrets.write().unwrap_or_else(PoisonError::into_inner);
        secrets.retain(|secret| secret.key_id() != key_id);
    }

    /// Encrypts a receipt's details with a new key.
    ///
    /// # Errors
    /// When there are no readers, too many, or one twice.
    pub fn encrypt(
        &self,
        details: &Details,
        readers: &[EncryptionKey],
    ) -> Result<EncryptedDetails, EncryptionError> {
        let readers: Vec<_> = readers.iter().map(EncryptionKey::reader).collect();
        let context = self.context(&details.commitment());
        EncryptedDetails::new(&context, details.encoded(), &readers, &mut rand::rng())
    }

    /// Decrypts details whose key is wrapped for one of this node's keys.
    ///
    /// # Errors
    /// When it is wrapped for none, or the details do not match `commitment`.
    pub fn decrypt(
        &self,
        commitment: &Hash,
        encrypted: &EncryptedDetails,
    ) -> Result<Details, DecryptionError> {
        let key = self.key(commitment, encrypted.keys())?;
        self.decrypt_with(commitment, encrypted, &key)
    }

    /// Decrypts details with a separately wrapped key: of an authorisation, or of a key rotation.
    ///
    /// # Errors
    /// When it is wrapped for none of this node's keys, or the details do not match `commitment`.
    pub fn decrypt_granted(
        &self,
        commitment: &Hash,
        encrypted: &EncryptedDetails,
        granted: &WrappedKey,
    ) -> Result<Details, DecryptionError> {
        let key = self.key(commitment, std::slice::from_ref(granted))?;
        self.decrypt_with(commitment, encrypted, &key)
    }

    /// Wraps the key of encrypted details for another reader. The same call yields the same bytes. The key is unwrapped
    /// from `keys`: those of the details, or the one of an authorisation for this node.
    ///
    /// # Errors
    /// When none of the keys is for this node, or the reader's key is not an encryption key.
    pub fn share_key(
        &self,
        commitment: &Hash,
        keys: &[WrappedKey],
        reader: &EncryptionKey,
    ) -> Result<WrappedKey, DecryptionError> {
        let key = self.key(commitment, keys)?;
        let (context, reader) = (self.context(commitment), reader.reader());
        let mut rng = StdRng::from_seed(*key.seed_for(&context, &reader));
        Ok(key.wrap(&context, &reader, &mut rng)?)
    }

    /// Returns this node's encryption key that one of these keys is wrapped for.
    pub fn decrypting_key(&self, keys: &[WrappedKey]) -> Option<KeyId> {
        let secrets = self.secrets.read().unwrap_or_else(PoisonError::into_inner);
        let mut secrets = keys.iter().flat_map(|wrapped| {
            let fits = move |secret: &&Secret| secret.is_for(wrapped);
            secrets.iter().filter(fits)
        });
        secrets.next().map(Secret::key_id)
    }

    /// Returns the numbers of this node's encryption keys.
    pub fn key_ids(&self) -> Vec<KeyId> {
        let secrets = self.secrets.read().unwrap_or_else(PoisonError::into_inner);
        secrets.iter().map(Secret::key_id).collect()
    }

    /// Unwraps the first of `keys` that is for one of this node's keys.
    fn key(&self, commitment: &Hash, keys: &[WrappedKey]) -> Result<DetailsKey, DecryptionError> {
        let secrets = self.secrets.read().unwrap_or_else(PoisonError::into_inner);
        let mut pairs = keys.iter().flat_map(|wrapped| {
            let secrets = secrets.iter();
            secrets.map(move |secret| (wrapped, secret))
        });
        let (wrapped, secret) = pairs
            .find(|(wrapped, secret)| secret.is_for(wrapped))
            .ok_or(DecryptionError::NoKey)?;
        Ok(secret.unwrap(&self.context(commitment), wrapped)?)
    }

    fn decrypt_with(
        &self,
        commitment: &Hash,
        encrypted: &EncryptedDetails,
        key: &DetailsKey,
    ) -> Result<Details, DecryptionError> {
        let encoded = encrypted.decrypt(&self.context(commitment), key)?;
        let details = Details::decode_committed(Bytes::copy_from_slice(&encoded));
        details
            .filter(|details| details.commitment() == *commitment)
            .ok_or(DecryptionError::OtherCommitment)
    }

    const fn context(&self, commitment: &Hash) -> Context<'_> {
        Context {
            chain_id: &self.chain_id,
            commitment: *commitment,
        }
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault")
            .field("secrets", &self.secrets)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests;
