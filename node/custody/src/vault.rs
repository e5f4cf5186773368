//! Sealing details for those who may read them, and opening them with this node's keys.

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
use piaolian_proto::v1::WrappedKey;
use piaolian_sealing::{Context, DetailsKey, Reader, Sealed, SealingError, Secret};
use rand::{SeedableRng, rngs::StdRng};

use piaolian_details::Details;

/// A seal key of somebody who may read, as the ledger has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealKey {
    /// Whose.
    pub organisation: OrganisationId,
    /// Its number.
    pub key_id: KeyId,
    /// Its public half.
    pub public_key: PublicKey,
}

impl SealKey {
    const fn reader(&self) -> Reader<'_> {
        Reader {
            organisation: self.organisation,
            key_id: self.key_id,
            public_key: &self.public_key,
        }
    }
}

/// Why sealed details do not open here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// No key of this node is among those that they are sealed for.
    #[error("they are sealed for none of this node's seal keys")]
    NoKey,
    /// They, or the wrapped key, were altered, or are another receipt's.
    #[error(transparent)]
    Sealing(#[from] SealingError),
    /// What is in them is not what the issuer committed to.
    #[error("they are not what the issuer committed to")]
    OtherCommitment,
}

/// The secret seal keys of this node's organisation: the one in use, and earlier ones until
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

    /// Seals a receipt's details, under a new key.
    ///
    /// # Errors
    /// When the readers are none, too many or one twice.
    pub fn seal(&self, details: &Details, readers: &[SealKey]) -> Result<Sealed, SealingError> {
        let readers: Vec<_> = readers.iter().map(SealKey::reader).collect();
        let context = self.context(&details.commitment());
        Sealed::new(&context, details.encoded(), &readers, &mut rand::rng())
    }

    /// Opens sealed details that one of this node's keys opens by itself.
    ///
    /// # Errors
    /// When none does, or they are not what `commitment` stands for.
    pub fn open(&self, commitment: &Hash, sealed: &Sealed) -> Result<Details, OpenError> {
        let key = self.key(commitment, sealed.keys())?;
        self.open_with(commitment, sealed, &key)
    }

    /// Opens sealed details with a key that was wrapped apart from them: by an
    /// authorisation, or after a rotation.
    ///
    /// # Errors
    /// When it was wrapped for none of this node's keys, or they are not what
    /// `commitment` stands for.
    pub fn open_granted(
        &self,
        commitment: &Hash,
        sealed: &Sealed,
        granted: &WrappedKey,
    ) -> Result<Details, OpenError> {
        let key = self.key(commitment, std::slice::from_ref(granted))?;
        self.open_with(commitment, sealed, &key)
    }

    /// Hands the key of sealed details on to another reader, each time by the very same
    /// bytes. It is taken from `keys`: those of the details, or the one that an authorisation
    /// handed on to this node.
    ///
    /// # Errors
    /// When none of the keys is for this node, or the reader's is none that one seals for.
    pub fn hand_on(
        &self,
        commitment: &Hash,
        keys: &[WrappedKey],
        reader: &SealKey,
    ) -> Result<WrappedKey, OpenError> {
        let key = self.key(commitment, keys)?;
        let (context, reader) = (self.context(commitment), reader.reader());
        let mut rng = StdRng::from_seed(*key.seed_for(&context, &reader));
        Ok(key.wrap(&context, &reader, &mut rng)?)
    }

    /// Which seal key of this node's opens what these keys were wrapped for, if any does.
    #[must_use]
    pub fn opener(&self, keys: &[WrappedKey]) -> Option<KeyId> {
        let secrets = self.secrets.read().unwrap_or_else(PoisonError::into_inner);
        let mut secrets = keys.iter().flat_map(|wrapped| {
            let fits = move |secret: &&Secret| secret.is_for(wrapped);
            secrets.iter().filter(fits)
        });
        secrets.next().map(Secret::key_id)
    }

    /// The seal keys that open something here.
    #[must_use]
    pub fn key_ids(&self) -> Vec<KeyId> {
        let secrets = self.secrets.read().unwrap_or_else(PoisonError::into_inner);
        secrets.iter().map(Secret::key_id).collect()
    }

    /// The first of `keys` that is for one of this node's.
    fn key(&self, commitment: &Hash, keys: &[WrappedKey]) -> Result<DetailsKey, OpenError> {
        let secrets = self.secrets.read().unwrap_or_else(PoisonError::into_inner);
        let mut pairs = keys.iter().flat_map(|wrapped| {
            let secrets = secrets.iter();
            secrets.map(move |secret| (wrapped, secret))
        });
        let (wrapped, secret) = pairs
            .find(|(wrapped, secret)| secret.is_for(wrapped))
            .ok_or(OpenError::NoKey)?;
        Ok(secret.unwrap(&self.context(commitment), wrapped)?)
    }

    fn open_with(
        &self,
        commitment: &Hash,
        sealed: &Sealed,
        key: &DetailsKey,
    ) -> Result<Details, OpenError> {
        let opened = sealed.open(&self.context(commitment), key)?;
        let details = Details::reopen(Bytes::copy_from_slice(&opened));
        details
            .filter(|details| details.commitment() == *commitment)
            .ok_or(OpenError::OtherCommitment)
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
