//! Registering a public key.
//!
//! ```text
//!   purpose and algorithm fit ─► point is fit ─► possession proved ─► registered nowhere ─► life ahead
//!                                                                  └► recovered: not by another
//! ```

use piaolian_proto::v1 as proto;

use super::{
    codec::end_of_life,
    errors::OrganisationError,
    record::{KEYS_MAX, Key, KeyId, Organisation, RECOVERY_KEYS},
    roles::KeyPurpose,
    schema::{KEY_OWNERS, KeyOwner},
};
use crate::{
    chain::{ChainId, Height, KeyAlgorithm, PublicKey, Signature},
    malformed::Malformed,
    rejection::Stop,
    storage::Overlay,
    types::OrganisationId,
};

/// A public key being registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    purpose: KeyPurpose,
    public_key: PublicKey,
    /// `None` for a key that cannot sign.
    possession: Option<Signature>,
    last_height: Option<Height>,
}

impl TryFrom<proto::NewKey> for NewKey {
    type Error = Malformed;

    fn try_from(key: proto::NewKey) -> Result<Self, Malformed> {
        let algorithm = KeyAlgorithm::parse("algorithm", key.algorithm)?;
        let possession = match algorithm {
            KeyAlgorithm::Ed25519 => Some(Signature::parse(
                "proof_of_possession",
                &key.proof_of_possession,
            )?),
            KeyAlgorithm::X25519 if key.proof_of_possession.is_empty() => None,
            KeyAlgorithm::X25519 => {
                return Err(Malformed::new("proof_of_possession", "must be empty"));
            }
        };
        Ok(Self {
            purpose: KeyPurpose::parse("purpose", key.purpose)?,
            public_key: PublicKey::parse("public_key", algorithm, &key.public_key)?,
            possession,
            last_height: end_of_life(key.last_height),
        })
    }
}

/// Returns the bytes that a new key signs to prove that its owner holds it: `"piaolian/key/v1" ‖ u32_be(len(chain id))
/// ‖ chain id ‖ organisation (18) ‖ u8(purpose) ‖ u8(algorithm) ‖ public key`.
pub fn possession_sign_bytes(
    chain_id: &ChainId,
    organisation: &OrganisationId,
    purpose: KeyPurpose,
    public_key: &PublicKey,
) -> Vec<u8> {
    let mut bytes = chain_id.begin_sign_bytes("piaolian/key/v1");
    bytes.extend_from_slice(organisation.as_bytes());
    bytes.push(purpose.number());
    bytes.push(public_key.algorithm().number());
    bytes.extend_from_slice(public_key.as_bytes());
    bytes
}

impl NewKey {
    /// The purpose of the key.
    pub const fn purpose(&self) -> KeyPurpose {
        self.purpose
    }

    /// The public key.
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// Registers the key under the organisation's next id, live from the next block. The caller has checked who may ask
    /// for it.
    pub(crate) fn register(
        &self,
        overlay: &mut Overlay<'_>,
        chain_id: &ChainId,
        height: Height,
        organisation: &mut Organisation,
    ) -> Result<(), Stop> {
        self.check(chain_id, &organisation.id)?;
        if let Some(owner) = overlay.get(KEY_OWNERS, &self.public_key)? {
            return Err(self.taken(&owner).into());
        }
        let keys_max = KEYS_MAX.saturating_sub(RECOVERY_KEYS);
        self.enter(overlay, height, organisation, keys_max)
    }

    /// Registers the key by decision of the governors. A key that the organisation already has ends and is registered
    /// anew. Otherwise a thief with a stolen admin key, who can read the proposal, could prevent the recovery by
    /// registering the key first.
    pub(crate) fn register_anew(
        &self,
        overlay: &mut Overlay<'_>,
        chain_id: &ChainId,
        height: Height,
        organisation: &mut Organisation,
    ) -> Result<(), Stop> {
        self.check(chain_id, &organisation.id)?;
        if let Some(owner) = overlay.get(KEY_OWNERS, &self.public_key)? {
            if owner.organisation != organisation.id {
                return Err(self.taken(&owner).into());
            }
            organisation.end_key(owner.key_id, height);
        }
        self.enter(overlay, height, organisation, KEYS_MAX)
    }

    fn taken(&self, owner: &KeyOwner) -> OrganisationError {
        OrganisationError::PublicKeyTaken {
            public_key: self.public_key,
            organisation: owner.organisation,
            key_id: owner.key_id,
        }
    }

    /// Writes the key under the next id.
    fn enter(
        &self,
        overlay: &mut Overlay<'_>,
        height: Height,
        organisation: &mut Organisation,
        keys_max: usize,
    ) -> Result<(), Stop> {
        let first_height = height.next();
        if let Some(last_height) = self.last_height.filter(|last| *last < first_height) {
            return Err(OrganisationError::KeyLifeOver {
                last_height,
                first_height,
            }
            .into());
        }
        let id = next_key_id(organisation, keys_max)?;
        let owner = KeyOwner {
            organisation: organisation.id,
            key_id: id,
        };
        overlay.entry(KEY_OWNERS, &self.public_key)?.set(owner);
        organisation.keys.push(Key {
            id,
            purpose: self.purpose,
            public_key: self.public_key,
            first_height,
            last_height: self.last_height,
        });
        Ok(())
    }

    /// The checks that need no state.
    fn check(
        &self,
        chain_id: &ChainId,
        organisation: &OrganisationId,
    ) -> Result<(), OrganisationError> {
        let public_key = self.public_key;
        if public_key.algorithm() != self.purpose.algorithm() {
            return Err(OrganisationError::WrongAlgorithm {
                purpose: self.purpose,
                algorithm: public_key.algorithm(),
            });
        }
        public_key
            .check()
            .map_err(|problem| OrganisationError::UnfitPublicKey {
                public_key,
                problem,
            })?;
        let Some(possession) = &self.possession else {
            return Ok(());
        };
        let message = possession_sign_bytes(chain_id, organisation, self.purpose, &public_key);
        public_key
            .verify(&message, possession)
            .map_err(|_| OrganisationError::NotPossessed { public_key })
    }
}

fn next_key_id(organisation: &Organisation, keys_max: usize) -> Result<KeyId, OrganisationError> {
    let keys = organisation.keys.len();
    if keys >= keys_max {
        return Err(OrganisationError::TooManyKeys {
            organisation: organisation.id,
            keys_max,
        });
    }
    let next = u32::try_from(keys.saturating_add(1)).expect("there are at most KEYS_MAX");
    Ok(KeyId::parse("key_id", next).expect("counting begins at 1"))
}
