//! `RotateValidatorKey`: a validator replaces its validate key from a height on.

use piaolian_proto::v1 as proto;

use crate::{
    action::{ActionContext, Effects, Handler},
    chain::Height,
    malformed::Malformed,
    organisations::{Key, KeyId, KeyPurpose, Organisation, OrganisationError, member},
    rejection::Stop,
    upgrades::{Rotation, Schedule, check_height},
};

/// Schedules a newer key to replace an old one in the validator set, with the same power. Both are live until then, so
/// that the node can hold both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RotateValidatorKey {
    old_key: KeyId,
    new_key: KeyId,
    effective_height: Height,
}

impl TryFrom<proto::RotateValidatorKey> for RotateValidatorKey {
    type Error = Malformed;

    fn try_from(message: proto::RotateValidatorKey) -> Result<Self, Malformed> {
        Ok(Self {
            old_key: KeyId::parse("old_key_id", message.old_key_id)?,
            new_key: KeyId::parse("new_key_id", message.new_key_id)?,
            effective_height: Height::new(message.effective_height),
        })
    }
}

impl Handler for RotateValidatorKey {
    fn key_purpose(&self) -> KeyPurpose {
        KeyPurpose::Admin
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        let (id, height) = (ctx.actor_id(), ctx.block.height);
        check_height(height, self.effective_height)?;
        let organisation = member(ctx.overlay, id)?;
        let old = organisation
            .key(self.old_key)
            .ok_or(OrganisationError::KeyNotRegistered {
                organisation: id,
                key_id: self.old_key,
            })?;
        let new_key = organisation.endless_validate_key(self.new_key, height.next())?;
        let schedule = Schedule::read(ctx.overlay, height)?;
        if let Some(height) = schedule.rotation_of(&id) {
            return Err(OrganisationError::RotationPending {
                organisation: id,
                height,
            }
            .into());
        }
        if schedule.has_key(&new_key) {
            let key_id = self.new_key;
            return Err(OrganisationError::ValidatorKeyInUse { key_id }.into());
        }
        // In the set that is scheduled for that height, if there is one.
        let validators = schedule.validators_before(self.effective_height.next())?;
        if validators.by_key(&old.public_key).is_none() {
            return Err(OrganisationError::NotInValidatorSet {
                key_id: self.old_key,
                height: self.effective_height,
            }
            .into());
        }
        refuse_older(&organisation, old, self.new_key)?;
        let rotation = Rotation {
            organisation: id,
            old_key: old.public_key,
            new_key,
        };
        schedule.set_rotation(ctx.overlay, self.effective_height, rotation)?;
        Ok(Effects::none())
    }
}

/// Refuses a key that is older than the present one. Each rotation needs no vote and adds a handover to all later proof
/// files, so a validator must not rotate back and forth.
fn refuse_older(
    organisation: &Organisation,
    old: &Key,
    new_key: KeyId,
) -> Result<(), OrganisationError> {
    // A recovery may have registered the same public key anew.
    let same = |key: &&Key| key.public_key == old.public_key;
    let old_key = organisation
        .keys
        .iter()
        .rfind(same)
        .map_or(old.id, |key| key.id);
    if new_key > old_key {
        return Ok(());
    }
    Err(OrganisationError::KeyNotNewer { new_key, old_key })
}
