//! The record of the changes at a height.

use crate::{
    chain::{
        Height, PublicKey, Validator, ValidatorSet,
        header::{FIRST_PROTOCOL_VERSION, PROTOCOL_VERSION},
    },
    malformed::Malformed,
    types::OrganisationId,
};

/// Most rotations at one height: one for each validator.
pub(super) const ROTATIONS_MAX: usize = crate::chain::validators::VALIDATORS_MAX;

/// A key that replaces another in the validator set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rotation {
    /// The organisation whose keys they are.
    pub organisation: OrganisationId,
    /// The key that leaves the set.
    pub old_key: PublicKey,
    /// The key that replaces it, with the same power.
    pub new_key: PublicKey,
}

/// The changes that take effect at a height.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Upgrade {
    /// The first height at which it is in force.
    pub height: Height,
    /// `None`: the validators of the height below.
    pub validators: Option<ValidatorSet>,
    /// The rotations, applied after `validators`. One whose old key is not in the set changes nothing.
    pub rotations: Vec<Rotation>,
    /// `None`: the version of the height below.
    pub protocol_version: Option<u32>,
}

impl Upgrade {
    /// Makes an upgrade of `height` that changes nothing.
    pub(super) const fn nothing(height: Height) -> Self {
        Self {
            height,
            validators: None,
            rotations: Vec::new(),
            protocol_version: None,
        }
    }

    /// Returns the validators after this upgrade. `before` are those of the height below.
    ///
    /// # Errors
    /// When a key would occur in the set twice.
    pub(super) fn applied_to(&self, before: &ValidatorSet) -> Result<ValidatorSet, Malformed> {
        let base = self.validators.as_ref().unwrap_or(before);
        let validators = base.validators().iter().map(|validator| {
            let rotation = self
                .rotations
                .iter()
                .find(|rotation| rotation.old_key == *validator.public_key());
            match rotation {
                Some(rotation) => Validator::new(
                    *validator.organisation(),
                    rotation.new_key,
                    validator.power(),
                ),
                None => Ok(*validator),
            }
        });
        ValidatorSet::new(validators.collect::<Result<_, _>>()?)
    }

    /// Whether it changes the validators.
    pub(super) fn changes_validators(&self) -> bool {
        self.validators.is_some() || !self.rotations.is_empty()
    }

    /// Whether it changes nothing.
    pub(super) fn is_empty(&self) -> bool {
        !self.changes_validators() && self.protocol_version.is_none()
    }

    /// Whether `key` is in its validator set, or enters a set by one of its rotations.
    pub(super) fn brings(&self, key: &PublicKey) -> bool {
        let named = |set: &ValidatorSet| set.by_key(key).is_some();
        self.validators.as_ref().is_some_and(named)
            || self
                .rotations
                .iter()
                .any(|rotation| rotation.new_key == *key)
    }

    /// Whether it leaves a validator to `organisation`.
    pub(super) fn names(&self, organisation: &OrganisationId) -> bool {
        let named = |set: &ValidatorSet| {
            let mut validators = set.validators().iter();
            validators.any(|validator| validator.organisation() == organisation)
        };
        self.validators.as_ref().is_some_and(named)
    }
}

/// The versions of the protocol that a program can execute.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KnownVersions {
    /// The oldest.
    pub first: u32,
    /// The newest.
    pub last: u32,
}

impl KnownVersions {
    /// The versions of this program.
    pub const OURS: Self = Self {
        first: FIRST_PROTOCOL_VERSION,
        last: PROTOCOL_VERSION,
    };

    /// Refuses a version, in force from `height`, that is not among them.
    ///
    /// # Errors
    /// When it is not. That is a fault of this machine, never a verdict.
    pub const fn check(self, version: u32, height: Height) -> Result<(), UnknownVersion> {
        if self.first <= version && version <= self.last {
            return Ok(());
        }
        Err(UnknownVersion {
            known: self.last,
            version,
            height,
        })
    }
}

/// The chain continues with a protocol version that this program does not know.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "this program knows the protocol up to version {known}; the chain goes on with version {version} \
     from height {height}: install a program that knows it"
)]
pub struct UnknownVersion {
    /// The newest that this program knows.
    pub known: u32,
    /// The version with which the chain continues …
    pub version: u32,
    /// … from this height.
    pub height: Height,
}
