//! Recovering an organisation's keys: the governors register a new admin key for it.
//!
//! ```text
//!   admin key lost or stolen ── RecoverKeys, by vote ──► listed keys and every admin key end
//!                                                    └─► the keys brought along take effect from the next block
//! ```

use std::collections::BTreeSet;

use piaolian_proto::v1 as proto;

use super::admit::parse_new_keys;
use crate::{
    action::ActionContext,
    chain::Height,
    malformed::Malformed,
    organisations::{
        KEYS_MAX, Key, KeyId, KeyPurpose, NewKey, ORGANISATIONS, Organisation, OrganisationError,
        member,
    },
    rejection::Stop,
    types::OrganisationId,
    upgrades::Schedule,
};

/// Registers keys of an organisation that cannot do so itself, and ends others: those that
/// are listed, and every admin key.
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
        let keys = parse_new_keys(message.keys)?;
        refuse_repeated(&keys)?;
        Ok(Self {
            organisation: OrganisationId::parse("organisation", &message.organisation)?,
            keys,
            revoked: revoked
                .map(|key_id| KeyId::parse("revoked_key_ids", key_id))
                .collect::<Result<_, _>>()?,
        })
    }
}

impl RecoverKeys {
    /// Refuses a proposal that ends the key of a validator or registers it anew: that needs a decision of its own.
    pub(crate) fn check_proposed(&self, ctx: &mut ActionContext<'_, '_>) -> Result<(), Stop> {
        let organisation = member(ctx.overlay, self.organisation)?;
        let schedule = Schedule::read(ctx.overlay, ctx.block.height)?;
        let is_named = |key: &Key| {
            let mut brought = self.keys.iter();
            self.revoked.contains(&key.id) || brought.any(|new| *new.public_key() == key.public_key)
        };
        let mut named = organisation.keys.iter().filter(|key| is_named(key));
        match named.find(|key| schedule.has_key(&key.public_key)) {
            None => Ok(()),
            Some(key) => Err(OrganisationError::ValidatorKeyInUse { key_id: key.id }.into()),
        }
    }

    /// Ends the listed keys and every admin key, and registers the new ones, with this block. A thief with a stolen
    /// admin key can act until then, so no change that the thief made to the organisation's keys can make this fail.
    pub(crate) fn apply(&self, ctx: &mut ActionContext<'_, '_>) -> Result<(), Stop> {
        let (id, height) = (self.organisation, ctx.block.height);
        let mut organisation = member(ctx.overlay, id)?;
        self.end_listed(ctx, &mut organisation)?;
        end_admin_keys(&mut organisation, height);
        for key in &self.keys {
            key.register_anew(ctx.overlay, &ctx.block.chain_id, height, &mut organisation)?;
        }
        let admin = organisation
            .live_keys(KeyPurpose::Admin, height.next())
            .next();
        if admin.is_none() {
            return Err(OrganisationError::NoAdminKey { organisation: id }.into());
        }
        ctx.overlay.entry(ORGANISATIONS, &id)?.set(organisation);
        Ok(())
    }

    /// Ends the listed keys. It skips a key that has already ended, and a key that validates by now: the new admin key
    /// can rotate that one.
    fn end_listed(
        &self,
        ctx: &mut ActionContext<'_, '_>,
        organisation: &mut Organisation,
    ) -> Result<(), Stop> {
        let schedule = Schedule::read(ctx.overlay, ctx.block.height)?;
        for key_id in &self.revoked {
            let key = *organisation
                .key(*key_id)
                .ok_or(OrganisationError::KeyNotRegistered {
                    organisation: organisation.id,
                    key_id: *key_id,
                })?;
            if !schedule.has_key(&key.public_key) {
                organisation.end_key(key.id, ctx.block.height);
            }
        }
        Ok(())
    }
}

/// Ends every admin key, so that no earlier holder can change the organisation's keys.
fn end_admin_keys(organisation: &mut Organisation, height: Height) {
    let keys = organisation.keys.iter();
    let admin: Vec<_> = keys
        .filter(|key| key.purpose == KeyPurpose::Admin)
        .map(|key| key.id)
        .collect();
    for key_id in admin {
        organisation.end_key(key_id, height);
    }
}

fn refuse_repeated(keys: &[NewKey]) -> Result<(), Malformed> {
    let public_keys: BTreeSet<_> = keys.iter().map(|key| key.public_key().as_bytes()).collect();
    if public_keys.len() < keys.len() {
        return Err(Malformed::new("keys", "must name each public key once"));
    }
    Ok(())
}
