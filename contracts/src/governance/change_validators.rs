//! Changing the validator set from a height on.

use std::collections::BTreeSet;

use piaolian_proto::v1 as proto;

use super::errors::GovernanceError;
use crate::{
    action::ActionContext,
    chain::{
        Height, PublicKey, Validator, ValidatorSet,
        validators::{POWER_MAX, VALIDATORS_MAX},
    },
    malformed::Malformed,
    organisations::{KeyId, active_member},
    rejection::Stop,
    types::OrganisationId,
    upgrades::{Schedule, check_height},
};

/// A proposed validator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Proposed {
    organisation: OrganisationId,
    /// `None`: the key with which it validates at that height.
    key: Option<KeyId>,
    power: u64,
}

/// Replaces the validators from a height on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeValidators {
    validators: Vec<Proposed>,
    effective_height: Height,
}

impl TryFrom<proto::ChangeValidators> for ChangeValidators {
    type Error = Malformed;

    fn try_from(message: proto::ChangeValidators) -> Result<Self, Malformed> {
        if !(1..=VALIDATORS_MAX).contains(&message.validators.len()) {
            return Err(Malformed::new("validators", "must be 1 to 128"));
        }
        let mut named = BTreeSet::new();
        let mut validators = Vec::with_capacity(message.validators.len());
        for (place, validator) in message.validators.into_iter().enumerate() {
            let proposed = Proposed::try_from(validator)
                .map_err(|error| error.within(format_args!("validators[{place}]")))?;
            if !named.insert(proposed.organisation) {
                return Err(Malformed::new("validators", "must name each once"));
            }
            validators.push(proposed);
        }
        Ok(Self {
            validators,
            effective_height: Height::new(message.effective_height),
        })
    }
}

impl TryFrom<proto::ProposedValidator> for Proposed {
    type Error = Malformed;

    fn try_from(message: proto::ProposedValidator) -> Result<Self, Malformed> {
        if !(1..=POWER_MAX).contains(&message.power) {
            return Err(Malformed::new("power", "must be 1 to 4,294,967,296"));
        }
        let key = Some(message.key_id).filter(|key_id| *key_id != 0);
        let key = key.map(|key_id| KeyId::parse("key_id", key_id));
        Ok(Self {
            organisation: OrganisationId::parse("organisation", &message.organisation)?,
            key: key.transpose()?,
            power: message.power,
        })
    }
}

impl ChangeValidators {
    /// Sets the validators for their height.
    pub(super) fn apply(&self, ctx: &mut ActionContext<'_, '_>) -> Result<(), Stop> {
        let height = self.effective_height;
        check_height(ctx.block.height, height)?;
        let schedule = Schedule::read(ctx.overlay, ctx.block.height)?;
        let before = schedule.validators_before(height)?;
        let mut validators = Vec::with_capacity(self.validators.len());
        for proposed in &self.validators {
            let key = self.key_of(ctx, &before, proposed)?;
            let validator = Validator::new(proposed.organisation, key, proposed.power);
            validators.push(validator.map_err(|_| unfit())?);
        }
        let validators = ValidatorSet::new(validators).map_err(|_| unfit())?;
        schedule.set_validators(ctx.overlay, height, validators)
    }

    /// Returns the key of a proposed validator: the named one, or else the one with which it validates at that height.
    fn key_of(
        &self,
        ctx: &mut ActionContext<'_, '_>,
        before: &ValidatorSet,
        proposed: &Proposed,
    ) -> Result<PublicKey, Stop> {
        let (organisation, height) = (proposed.organisation, self.effective_height);
        let member = active_member(ctx.overlay, organisation, ctx.block.height.next())?;
        let held = before.of(&organisation).next();
        let held = held.map(|validator| *validator.public_key());
        let Some(key_id) = proposed.key else {
            let none = GovernanceError::NoValidatorYet {
                organisation,
                height,
            };
            return Ok(held.ok_or(none)?);
        };
        let named = member.endless_validate_key(key_id, ctx.block.height.next())?;
        if held.is_some_and(|held| held != named) {
            return Err(GovernanceError::ValidatesWithAnotherKey {
                organisation,
                height,
            }
            .into());
        }
        Ok(named)
    }
}

/// Returns a fault that cannot occur: each organisation occurs once, each key belongs to one organisation, and the
/// powers were checked, so the set is always valid.
fn unfit() -> Stop {
    Stop::Fault(crate::state::Fault(
        "validators that were checked make no set".into(),
    ))
}
