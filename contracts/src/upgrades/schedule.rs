//! The schedule of changes for later heights. It is checked as a whole and applied at each height.
//!
//! ```text
//!   set of this height ─► upgrade ─► upgrade ─► … each step: new keys < 1/3 of the power
//! ```

use std::{collections::BTreeSet, sync::Arc};

use super::{
    errors::UpgradeError,
    record::{Rotation, Upgrade},
    schema::{UPGRADES, VALIDATOR_SET},
};
use crate::{
    chain::{Height, PublicKey, ValidatorSet, validators::VALIDATORS_MAX},
    malformed::Malformed,
    rejection::Stop,
    state::{Fault, Table},
    storage::{Key as _, Overlay, corrupt, missing_genesis_record},
    types::OrganisationId,
};

/// The least distance from a block to a height for which it may schedule a change. The validators of the next height
/// are already named in the header of the block.
const HEIGHTS_AHEAD_MIN: u64 = 2;

/// The largest distance: a year of blocks three seconds apart.
const HEIGHTS_AHEAD_MAX: u64 = 10_000_000;

/// Most heights with scheduled changes at a time, because each new entry is checked with all of them. A validator has
/// at most one scheduled rotation, so half of the room is left for the governors.
pub const PENDING_MAX: usize = 2 * VALIDATORS_MAX;

/// Refuses a height for which the block at `height` may not schedule a change.
pub(crate) fn check_height(height: Height, effective_height: Height) -> Result<(), UpgradeError> {
    let above = |heights| Height::new(height.get().saturating_add(heights));
    let (earliest, latest) = (above(HEIGHTS_AHEAD_MIN), above(HEIGHTS_AHEAD_MAX));
    if (earliest..=latest).contains(&effective_height) {
        return Ok(());
    }
    Err(UpgradeError::HeightOutOfBounds {
        effective_height,
        earliest,
        latest,
    })
}

/// The validators of the block that is executed, and the changes that are scheduled for later heights.
#[derive(Debug)]
pub(crate) struct Schedule {
    validators: Arc<ValidatorSet>,
    /// Ascending.
    upgrades: Vec<Upgrade>,
}

impl Schedule {
    /// Reads the schedule as the block at `height` sees it, including its own writes.
    pub(crate) fn read(overlay: &mut Overlay<'_>, height: Height) -> Result<Self, Fault> {
        let validators = overlay.get(VALIDATOR_SET, &())?;
        // The walk ends at the first change that has taken effect.
        let set = overlay.descend(UPGRADES, &Height::new(u64::MAX).bytes(), PENDING_MAX, |u| {
            u.height > height
        })?;
        let mut upgrades: Vec<_> = set.into_iter().map(Arc::unwrap_or_clone).collect();
        upgrades.reverse();
        Ok(Self {
            validators: validators.ok_or_else(|| missing_genesis_record("validators"))?,
            upgrades,
        })
    }

    /// Returns the validators of the height below `height`, by the present schedule.
    pub(crate) fn validators_before(&self, height: Height) -> Result<ValidatorSet, Fault> {
        let mut validators = (*self.validators).clone();
        for upgrade in self.upgrades.iter().take_while(|u| u.height < height) {
            validators = apply(upgrade, &validators)?;
        }
        Ok(validators)
    }

    /// Whether `key` validates, or is scheduled to.
    pub(crate) fn has_key(&self, key: &PublicKey) -> bool {
        self.validators.by_key(key).is_some() || self.upgrades.iter().any(|u| u.brings(key))
    }

    /// Whether `organisation` validates, or is scheduled to.
    pub(crate) fn has_organisation(&self, organisation: &OrganisationId) -> bool {
        self.validators.of(organisation).next().is_some()
            || self.upgrades.iter().any(|u| u.names(organisation))
    }

    /// Returns the height for which `organisation` has scheduled a rotation.
    pub(crate) fn rotation_of(&self, organisation: &OrganisationId) -> Option<Height> {
        let rotates = |upgrade: &&Upgrade| {
            let mut rotations = upgrade.rotations.iter();
            rotations.any(|rotation| rotation.organisation == *organisation)
        };
        self.upgrades.iter().find(rotates).map(|u| u.height)
    }

    /// Sets the validators of `height`. They replace those that were scheduled for it before.
    pub(crate) fn set_validators(
        mut self,
        overlay: &mut Overlay<'_>,
        height: Height,
        validators: ValidatorSet,
    ) -> Result<(), Stop> {
        self.at(height).validators = Some(validators);
        self.check()?;
        self.write(overlay, &BTreeSet::from([height]))
    }

    /// Sets a rotation, also in the validator sets that are scheduled for later heights.
    pub(crate) fn set_rotation(
        mut self,
        overlay: &mut Overlay<'_>,
        height: Height,
        rotation: Rotation,
    ) -> Result<(), Stop> {
        self.at(height).rotations.push(rotation);
        let mut written = BTreeSet::from([height]);
        let in_place = Upgrade {
            rotations: vec![rotation],
            ..Upgrade::nothing(height)
        };
        for later in self.upgrades.iter_mut().filter(|u| u.height > height) {
            if let Some(validators) = &mut later.validators {
                *validators = apply(&in_place, validators)?;
                written.insert(later.height);
            }
        }
        self.check()?;
        self.check_rotations(height)?;
        self.write(overlay, &written)
    }

    /// Sets the protocol version from `height` on. The version in force cancels the activation that is pending for
    /// `height`.
    pub(crate) fn set_version(
        mut self,
        overlay: &mut Overlay<'_>,
        height: Height,
        version: u32,
    ) -> Result<(), Stop> {
        let in_force = version_in_force(overlay, &self)?;
        let set = self
            .upgrades
            .iter()
            .find_map(|u| Some((u.height, u.protocol_version?)));
        match set {
            Some((set_for, _)) if set_for == height && version == in_force => {
                self.at(height).protocol_version = None;
            }
            Some((height, version)) => {
                return Err(UpgradeError::ActivationPending { version, height }.into());
            }
            None => {
                let next = in_force.saturating_add(1);
                if version != next {
                    return Err(UpgradeError::UnfitVersion { version, next }.into());
                }
                self.at(height).protocol_version = Some(version);
            }
        }
        self.check()?;
        self.write(overlay, &BTreeSet::from([height]))
    }

    /// Returns the upgrade of `height`, and creates it if there is none.
    fn at(&mut self, height: Height) -> &mut Upgrade {
        let place = self.upgrades.partition_point(|u| u.height < height);
        if self.upgrades.get(place).is_none_or(|u| u.height != height) {
            self.upgrades.insert(place, Upgrade::nothing(height));
        }
        &mut self.upgrades[place]
    }

    /// Checks the whole schedule: in each set that the governors named, the new keys hold less than a third of the
    /// power, so that the others can decide even if no node of a new key runs. Rotations do not count, so that no
    /// validator can block a change with one.
    fn check(&self) -> Result<(), Stop> {
        if self.upgrades.len() > PENDING_MAX {
            return Err(UpgradeError::TooManyPending {
                pending_max: PENDING_MAX,
            }
            .into());
        }
        let mut before = (*self.validators).clone();
        for upgrade in &self.upgrades {
            if let Some(named) = &upgrade.validators {
                check_new_power(upgrade.height, &before, named)?;
            }
            before = apply(upgrade, &before)?;
        }
        Ok(())
    }

    /// Makes the same check for the rotations of `height`, together with the other new keys of that height. A single
    /// rotation is always allowed, because in a small chain it is always a third or more.
    fn check_rotations(&self, height: Height) -> Result<(), Stop> {
        let set_for = self.upgrades.iter().find(|u| u.height == height);
        let is_alone = set_for.is_none_or(|u| u.validators.is_none() && u.rotations.len() <= 1);
        if !is_alone {
            let before = self.validators_before(height)?;
            let after = self.validators_before(height.next())?;
            check_new_power(height, &before, &after)?;
        }
        Ok(())
    }

    fn write(self, overlay: &mut Overlay<'_>, heights: &BTreeSet<Height>) -> Result<(), Stop> {
        for upgrade in self.upgrades {
            let height = upgrade.height;
            if !heights.contains(&height) {
                continue;
            }
            let entry = overlay.entry(UPGRADES, &height)?;
            if upgrade.is_empty() {
                entry.remove()?;
            } else {
                entry.set(upgrade);
            }
        }
        Ok(())
    }
}

/// Refuses keys that `after` has and `before` had not when they hold a third or more.
fn check_new_power(
    height: Height,
    before: &ValidatorSet,
    after: &ValidatorSet,
) -> Result<(), UpgradeError> {
    let new = after.validators().iter();
    let new = new.filter(|validator| before.by_key(validator.public_key()).is_none());
    let new_power = new.fold(0_u64, |sum, validator| {
        sum.saturating_add(validator.power())
    });
    let total_power = after.total_power();
    if new_power.saturating_mul(3) < total_power {
        return Ok(());
    }
    Err(UpgradeError::TooMuchNewPower {
        height,
        new_power,
        total_power,
    })
}

fn version_in_force(overlay: &Overlay<'_>, schedule: &Schedule) -> Result<u32, Fault> {
    let first_set = schedule.upgrades.first().map(|u| u.height);
    let below = first_set.map_or(Some(Height::new(u64::MAX)), Height::previous);
    let below = below.ok_or_else(|| missing_genesis_record("protocol version"))?;
    let reached = overlay.floor(UPGRADES, &below.bytes())?;
    reached
        .and_then(|upgrade| upgrade.protocol_version)
        .ok_or_else(|| missing_genesis_record("protocol version"))
}

/// Applies, at the end of the block at `height`, the changes of the next height.
pub(crate) fn take_effect(overlay: &mut Overlay<'_>, height: Height) -> Result<(), Fault> {
    let next = height.next();
    let Some(upgrade) = overlay.get(UPGRADES, &next)? else {
        return Ok(());
    };
    let before = overlay
        .get(VALIDATOR_SET, &())?
        .ok_or_else(|| missing_genesis_record("validators"))?;
    let last = overlay.floor(UPGRADES, &height.bytes())?;
    let version = last.and_then(|last| last.protocol_version);
    let validators = apply(&upgrade, &before)?;
    let in_force = Upgrade {
        height: next,
        validators: Some(validators.clone()),
        rotations: Vec::new(),
        protocol_version: upgrade.protocol_version.or(version),
    };
    overlay.entry(UPGRADES, &next)?.set(in_force);
    if validators != *before {
        overlay.entry(VALIDATOR_SET, &())?.set(validators);
    }
    Ok(())
}

fn apply(upgrade: &Upgrade, before: &ValidatorSet) -> Result<ValidatorSet, Fault> {
    // The schedule was checked when it was written: no key enters a set twice.
    upgrade
        .applied_to(before)
        .map_err(|error: Malformed| corrupt(Table::Upgrades, error))
}
