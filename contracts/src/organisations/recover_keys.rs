//! Recovering an organisation's keys: the governors give it an admin key again.

use piaolian_proto::v1 as proto;

use super::{
    admit::parse_new_keys,
    errors::OrganisationError,
    new_key::NewKey,
    record::{KEYS_MAX, KeyId},
    revoke_key::end_key,
    roles::KeyPurpose,
    schema::{ORGANISATIONS, member},
};
use crate::{act::Act, malformed::Malformed, rejection::Stop, types::OrganisationId};

/// Registers keys of an organisation that cannot do so itself, and ends others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoverKeys {
    organisation: OrganisationId,
    keys: Vec<NewKey>,
    revoked: Vec<KeyId>,
}

impl TryFrom<proto::RecoverKeys> for RecoverKeys {
    type Error = Malformed;

    fn try_from(message: proto::RecoverKeys) -> Result<Self, Malformed> {
        if message.revoked_key_ids.len() > KEYS_MAX {
            return Err(Malformed::new("revoked_key_ids", "must be at most 128"));
        }
        let revoked = message.revoked_key_ids.into_iter();
        Ok(Self {
            organisation: OrganisationId::parse("organisation", &message.organisation)?,
            keys: parse_new_keys(message.keys)?,
            revoked: revoked
                .map(|key_id| KeyId::parse("revoked_key_ids", key_id))
                .collect::<Result<_, _>>()?,
        })
    }
}

impl RecoverKeys {
    /// Registers the new keys and ends the others, with this block.
    pub(crate) fn carry_out(&self, act: &mut Act<'_, '_>) -> Result<(), Stop> {
        let (id, height) = (self.organisation, act.block.height);
        let mut organisation = member(act.overlay, id)?;
        for key in &self.keys {
            key.register(act.overlay, &act.block.chain_id, height, &mut organisation)?;
        }
        for key_id in &self.revoked {
            end_key(act, &mut organisation, *key_id)?;
        }
        let admin = organisation
            .live_keys(KeyPurpose::Admin, height.next())
            .next();
        if admin.is_none() {
            return Err(OrganisationError::NoAdminKey { organisation: id }.into());
        }
        act.overlay.put(ORGANISATIONS, &id, organisation);
        Ok(())
    }
}
