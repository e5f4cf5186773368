//! A secret key with its number on the ledger.

use piaolian_contracts::{
    organisations::{KeyId, KeyPurpose},
    types::OrganisationId,
};
use piaolian_encryption::Secret;
use piaolian_genesis::KeyPair;
use rand::{TryRng, rngs::SysRng};
use zeroize::Zeroizing;

use super::KeyError;

/// A secret key of an organisation. It is wiped when dropped and never shown.
#[derive(Debug)]
pub struct HeldKey {
    key_id: KeyId,
    pair: KeyPair,
}

impl HeldKey {
    /// Makes a key of a pair that is or will be registered under `key_id`.
    pub const fn new(key_id: KeyId, pair: KeyPair) -> Self {
        Self { key_id, pair }
    }

    /// Generates a key from the system's randomness.
    ///
    /// # Errors
    /// When the system provides none.
    pub fn generate(purpose: KeyPurpose, key_id: KeyId) -> Result<Self, KeyError> {
        let mut secret = Zeroizing::new([0; KeyPair::SECRET_BYTES]);
        SysRng
            .try_fill_bytes(secret.as_mut_slice())
            .map_err(|error| KeyError::Randomness(error.to_string()))?;
        Ok(Self::new(key_id, KeyPair::from_secret(purpose, secret)))
    }

    /// Returns the number of the key within the organisation.
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Returns the purpose of the key.
    pub const fn purpose(&self) -> KeyPurpose {
        self.pair.purpose()
    }

    /// Returns the secret half, to decrypt details that were encrypted for this key.
    pub fn decryption_secret(&self, organisation: OrganisationId) -> Secret {
        Secret::new(organisation, self.key_id, self.pair.secret())
    }

    /// Returns both halves.
    pub const fn pair(&self) -> &KeyPair {
        &self.pair
    }
}
