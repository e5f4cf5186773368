//! `RevokeKey`: an organisation ends a key of its own.

use piaolian_proto::v1 as proto;

use crate::{
    action::{ActionContext, Effects, Handler},
    chain::Height,
    malformed::Malformed,
    organisations::{
        Key, KeyId, KeyPurpose, ORGANISATIONS, Organisation, OrganisationError, member,
    },
    rejection::Stop,
    types::Reason,
    upgrades::Schedule,
};

/// Ends a key of the acting organisation with this block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokeKey {
    key_id: KeyId,
    /// Kept with the transaction.
    reason: Reason,
}

impl RevokeKey {
    /// The reason why the key ends.
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

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        let (id, height) = (ctx.actor_id(), ctx.block.height);
        let mut organisation = member(ctx.overlay, id)?;
        refuse_ended_key(ctx, &organisation)?;
        let key = *live_key(&organisation, self.key_id, height)?;
        organisation.end_key(key.id, height);
        let is_left = organisation
            .live_keys(KeyPurpose::Admin, height.next())
            .next()
            .is_some();
        if key.purpose == KeyPurpose::Admin && !is_left {
            return Err(OrganisationError::LastAdminKey { key_id: key.id }.into());
        }
        refuse_validators(ctx, &key)?;
        ctx.overlay.entry(ORGANISATIONS, &id)?.set(organisation);
        Ok(Effects::none())
    }
}

/// Refuses a change of keys that is signed with a key that this block has ended. Such a key may sign until the end of
/// the block, but must not undo its own end.
pub(super) fn refuse_ended_key(
    ctx: &ActionContext<'_, '_>,
    organisation: &Organisation,
) -> Result<(), OrganisationError> {
    let key_id = ctx.key_id;
    let end = |organisation: &Organisation| organisation.key(key_id)?.last_height;
    match end(organisation) {
        Some(last_height) if end(&ctx.actor) != Some(last_height) => {
            Err(OrganisationError::KeyEnded {
                key_id,
                last_height,
            })
        }
        Some(_) | None => Ok(()),
    }
}

/// The key, unless it ended before.
fn live_key(
    organisation: &Organisation,
    key_id: KeyId,
    height: Height,
) -> Result<&Key, OrganisationError> {
    let key = organisation
        .key(key_id)
        .ok_or(OrganisationError::KeyNotRegistered {
            organisation: organisation.id,
            key_id,
        })?;
    match key.last_height.filter(|last| *last <= height) {
        None => Ok(key),
        Some(last_height) => Err(OrganisationError::KeyEnded {
            key_id,
            last_height,
        }),
    }
}

/// Refuses a key that the validator set has or is scheduled to have. The check reads every scheduled set, hundreds at
/// worst, so it comes last and is made only for validate keys.
fn refuse_validators(ctx: &mut ActionContext<'_, '_>, key: &Key) -> Result<(), Stop> {
    if key.purpose != KeyPurpose::Validate {
        return Ok(());
    }
    let schedule = Schedule::read(ctx.overlay, ctx.block.height)?;
    if schedule.has_key(&key.public_key) {
        return Err(OrganisationError::ValidatorKeyInUse { key_id: key.id }.into());
    }
    Ok(())
}
