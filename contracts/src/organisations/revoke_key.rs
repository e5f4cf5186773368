//! `RevokeKey`: an organisation ends a key of its own.

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use super::{
    errors::OrganisationError,
    record::{Key, KeyId, Organisation},
    roles::KeyPurpose,
    schema::{ORGANISATIONS, VALIDATOR_SET},
};
use crate::{
    act::{Act, Effects, Handler},
    malformed::Malformed,
    rejection::Stop,
    types::Reason,
};

/// Ends a key of the acting organisation with this block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokeKey {
    key_id: KeyId,
    /// Kept with the transaction.
    reason: Reason,
}

impl RevokeKey {
    /// Why the key ends.
    #[must_use]
    pub const fn reason(&self) -> &Reason {
        &self.reason
    }
}

impl TryFrom<proto::RevokeKey> for RevokeKey {
    type Error = Malformed;

    fn try_from(message: proto::RevokeKey) -> Result<Self, Malformed> {
        Ok(Self {
            key_id: KeyId::parse("key_id", message.key_id)?,
            reason: Reason::parse("reason", message.reason)?,
        })
    }
}

impl Handler for RevokeKey {
    fn key_purpose(&self) -> KeyPurpose {
        KeyPurpose::Admin
    }

    fn execute(&self, act: &mut Act<'_, '_>) -> Result<Effects, Stop> {
        let (id, height) = (act.actor_id(), act.block.height);
        let organisation = act
            .overlay
            .get(ORGANISATIONS, &id)?
            .ok_or(OrganisationError::UnknownOrganisation { organisation: id })?;
        let mut organisation = Arc::unwrap_or_clone(organisation);
        let key = self.revocable(&organisation, act)?;
        for held in &mut organisation.keys {
            if held.id == key.id {
                held.last_height = Some(height);
            }
        }
        act.overlay.put(ORGANISATIONS, &id, organisation);
        Ok(Effects::none())
    }
}

impl RevokeKey {
    /// The key, if nothing keeps it from ending with this block.
    fn revocable(&self, organisation: &Organisation, act: &mut Act<'_, '_>) -> Result<Key, Stop> {
        let key = *organisation
            .key(self.key_id)
            .ok_or(OrganisationError::UnknownKey {
                organisation: organisation.id,
                key_id: self.key_id,
            })?;
        if let Some(last_height) = key.last_height.filter(|last| *last <= act.block.height) {
            return Err(OrganisationError::KeyEnded {
                key_id: key.id,
                last_height,
            }
            .into());
        }
        let next = act.block.height.next();
        let mut admins = organisation.live_keys(KeyPurpose::Admin, next);
        if key.purpose == KeyPurpose::Admin && !admins.any(|admin| admin.id != key.id) {
            return Err(OrganisationError::LastAdminKey { key_id: key.id }.into());
        }
        let validators = act.overlay.get(VALIDATOR_SET, &())?;
        if validators.is_some_and(|set| set.by_key(&key.public_key).is_some()) {
            return Err(OrganisationError::ValidatorKeyInUse { key_id: key.id }.into());
        }
        Ok(key)
    }
}
