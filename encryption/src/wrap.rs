//! Wraps the key of details for one reader: HPKE (RFC 9180) to an encryption key.

use std::fmt;

use bytes::Bytes;
use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable, aead::ChaCha20Poly1305, kdf::HkdfSha256,
    kem::X25519HkdfSha256, single_shot_open, single_shot_seal_with_rng,
};
use piaolian_contracts::{
    chain::{Hash, KeyAlgorithm, PublicKey},
    organisations::KeyId,
    types::OrganisationId,
};
use piaolian_proto::v1::WrappedKey;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{Context, DetailsKey, EncryptionError};

type Suite = X25519HkdfSha256;

/// Length of an encapsulated secret, in bytes.
pub(crate) const ENCAPSULATED_BYTES: usize = 32;
/// Length of a wrapped key, in bytes: the key and its tag.
pub(crate) const WRAPPED_BYTES: usize = DetailsKey::BYTES + 16;

/// A reader: one of an organisation's encryption keys, as the ledger has it.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The number of the key within it.
    pub key_id: KeyId,
    /// The public key, for encryption.
    pub public_key: &'a PublicKey,
}

/// The secret half of an encryption key. It is wiped when dropped and never shown.
pub struct Secret {
    organisation: OrganisationId,
    key_id: KeyId,
    secret: Zeroizing<[u8; Self::BYTES]>,
}

impl Secret {
    /// Length in bytes.
    pub const BYTES: usize = 32;

    /// Makes the secret half of an organisation's encryption key.
    pub const fn new(
        organisation: OrganisationId,
        key_id: KeyId,
        secret: Zeroizing<[u8; Self::BYTES]>,
    ) -> Self {
        Self {
            organisation,
            key_id,
            secret,
        }
    }

    /// Returns the organisation that has the key.
    pub const fn organisation(&self) -> &OrganisationId {
        &self.organisation
    }

    /// Returns the key's number.
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Tells whether a key was wrapped for this one.
    pub fn is_for(&self, wrapped: &WrappedKey) -> bool {
        wrapped.organisation == self.organisation.as_str() && wrapped.key_id == self.key_id.get()
    }

    /// Unwraps a key that was wrapped for this one.
    ///
    /// # Errors
    /// When it was wrapped for another key or receipt, or altered.
    pub fn unwrap(
        &self,
        context: &Context<'_>,
        wrapped: &WrappedKey,
    ) -> Result<DetailsKey, EncryptionError> {
        if !self.is_for(wrapped) {
            return Err(EncryptionError::NotForReader {
                organisation: self.organisation,
                key_id: self.key_id,
            });
        }
        let wrong = |_| EncryptionError::WrongKey;
        let secret = <Suite as Kem>::PrivateKey::from_bytes(&*self.secret).map_err(wrong)?;
        let encapsulated = <Suite as Kem>::EncappedKey::from_bytes(&wrapped.encapsulated);
        let key = single_shot_open::<ChaCha20Poly1305, HkdfSha256, Suite>(
            &OpModeR::Base,
            &secret,
            &encapsulated.map_err(wrong)?,
            &context.of_reader(&self.organisation, self.key_id),
            &wrapped.wrapped,
            &[],
        );
        let key = Zeroizing::new(key.map_err(wrong)?);
        DetailsKey::from_bytes(&key).ok_or(EncryptionError::WrongKey)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("organisation", &self.organisation)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

impl DetailsKey {
    /// Returns a seed for wrapping the key for a reader, so that wrapping it again yields the same bytes:
    /// `SHA-256("piaolian/hand-on/v1" ‖ key (32) ‖ info of the wrapped key ‖ public key (32))`. Only a holder of the
    /// key can compute it.
    pub fn seed_for(&self, context: &Context<'_>, reader: &Reader<'_>) -> Zeroizing<[u8; 32]> {
        let bound_to = context.of_reader(&reader.organisation, reader.key_id);
        let parts = [self.as_bytes(), &bound_to, reader.public_key.as_bytes()];
        Zeroizing::new(*Hash::tagged("piaolian/hand-on/v1", &parts).as_bytes())
    }

    /// Wraps the key for a reader.
    ///
    /// # Errors
    /// When the reader's key is not an encryption key.
    pub fn wrap(
        &self,
        context: &Context<'_>,
        reader: &Reader<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<WrappedKey, EncryptionError> {
        let Reader {
            organisation,
            key_id,
            public_key,
        } = *reader;
        let unfit = |_| EncryptionError::UnfitKey {
            organisation,
            key_id,
        };
        if public_key.algorithm() != KeyAlgorithm::X25519 {
            return Err(EncryptionError::UnfitKey {
                organisation,
                key_id,
            });
        }
        let recipient = <Suite as Kem>::PublicKey::from_bytes(public_key.as_bytes());
        let (encapsulated, wrapped) =
            single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, Suite>(
                &OpModeS::Base,
                &recipient.map_err(unfit)?,
                &context.of_reader(&organisation, key_id),
                self.as_bytes(),
                &[],
                rng,
            )
            .map_err(unfit)?;
        Ok(WrappedKey {
            organisation: organisation.to_string(),
            key_id: key_id.get(),
            encapsulated: Bytes::copy_from_slice(&encapsulated.to_bytes()),
            wrapped: wrapped.into(),
        })
    }
}
