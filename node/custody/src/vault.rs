//! Encrypting details for those who may read them, and opening them with this node's keys.

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
use piaolian_encryption::{Context, DetailsKey, EncryptedDetails, EncryptionError, Reader, Secret};
use piaolian_proto::v1::WrappedKey;
use rand::{SeedableRng, rngs::StdRng};

use piaolian_details::Details;

/// An encryption key of somebody who may read, as the ledger has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncryptionKey {
    /// Whose.
    pub organisation: OrganisationId,
    /// Its number.
    pub key_id: KeyId,
    /// Its public half.
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

/// Why encrypted details do not open here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecryptionError {
    /// No key of this node is among those that they are encrypted for.
    #[error("they are encrypted for none of this node's encryption keys")]
    NoKey,
    /// They, or the wrapped key, were altered, or are another receipt's.
    #[error(transparent)]
    Encryption(#[from] EncryptionError),
    /// What is in them is not what the issuer committed to.
    #[error("they are not what the issuer committed to")]
    OtherCommitment,
}

/// The secret encryption keys of this node's organisation: the one in use, and earlier ones until
/// they are destroyed.
pub struct Vault {
    chain_id: ChainId,
    secrets: RwLock<Vec<Secret>>,
}

impl Vault {
    /// A vault with these keys.
    #[must_use]
    pub const fn new(chain_id: ChainId, secrets: Vec<Secret>) -> Self {
        Self {
            chain_id,
            secrets: RwLock::new(secrets),
        }
    }

    /// Forgets a key that was destroyed.
    pub fn forget(&self, key_id: KeyId) {
        let mut secrets = self.secrets.write().unwrap_or_else(PoisonError::into_inner);
        secrets.retain(|secret| secret.key_id() != key_id);
    }

    /// Encrypts a receipt's details, under a new key.
    ///
    /// # Errors
    /// When the readers are none, too many or one twice.
    pub fn encrypt(
        &self,
        details: &Details,
        readers: &[EncryptionKey],
    ) -> Result<EncryptedDetails, EncryptionError> {
        let readers: Vec<_> = readers.iter().map(EncryptionKey::reader).collect();
        let context = self.context(&details.commitment());
        EncryptedDetails::new(&context, details.encoded(), &readers, &mut rand::rng())
    }

    /// Opens encrypted details that one of this node's keys opens by itself.
    ///
    /// # Errors
    /// When none does, or they are not what `commitment` stands for.
    pub fn decrypt(
        &self,
        commitment: &Hash,
        encrypted: &EncryptedDetails,
    ) -> Result<Details, DecryptionError> {
        let key = self.key(commitment, encrypted.keys())?;
        self.decrypt_with(commitment, encrypted, &key)
    }

    /// Opens encrypted details with a key that was wrapped apart from them: by an
    /// authorisation, or after a rotation.
    ///
    /// # Errors
    /// When it was wrapped for none of this node's keys, or they are not what
    /// `commitment` stands for.
    pub fn decrypt_granted(
        &self,
        commitment: &Hash,
        encrypted: &EncryptedDetails,
        granted: &WrappedKey,
    ) -> Result<Details, DecryptionError> {
        let key = self.key(commitment, std::slice::from_ref(granted))?;
        self.decrypt_with(commitment, encrypted, &key)
    }

    /// Hands the key of encrypted details on to another reader, each time by the very same
    /// bytes. It is taken from `keys`: those of the details, or the one that an authorisation
    /// handed on to this node.
    ///
    /// # Errors
    /// When none of the keys is for this node, or the reader's is none that one encrypts for.
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

    /// Which encryption key of this node's opens what these keys were wrapped for, if any does.
    #[must_use]
    pub fn decrypting_key(&self, keys: &[WrappedKey]) -> Option<KeyId> {
        let secrets = self.secrets.read().unwrap_or_else(PoisonError::into_inner);
        let mut secrets = keys.iter().flat_map(|wrapped| {
            let fits = move |secret: &&Secret| secret.is_for(wrapped);
            secrets.iter().filter(fits)
        });
        secrets.next().map(Secret::key_id)
    }

    /// The encryption keys that open something here.
    #[must_use]
    pub fn key_ids(&self) -> Vec<KeyId> {
        let secrets = self.secrets.read().unwrap_or_else(PoisonError::into_inner);
        secrets.iter().map(Secret::key_id).collect()
    }

    /// The first of `keys` that is for one of this node's.
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
        let opened = encrypted.decrypt(&self.context(commitment), key)?;
        let details = Details::decode_committed(Bytes::copy_from_slice(&opened));
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
