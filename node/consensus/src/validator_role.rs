//! The role of an organisation among the validators of a height.
//!
//! ```text
//!   height decided ─► validator set of the next: same role? ── yes ─► begin it
//!                                                  └ no ─► stop: the node restarts consensus in its new role
//! ```
//!
//! The engine keeps one address while it runs. When the organisation joins or leaves the validators, or rotates its
//! key, consensus is therefore restarted before that height.

use piaolian_contracts::{
    chain::{Address, ValidatorSet},
    types::OrganisationId,
};

/// The validators that an organisation runs at one height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidatorRole {
    organisation: OrganisationId,
    /// Their addresses. Powers do not count: the engine gets the new ones at each height without a restart.
    addresses: Vec<Address>,
}

impl ValidatorRole {
    /// Returns the role of `organisation` in a validator set.
    pub fn of(organisation: OrganisationId, validators: &ValidatorSet) -> Self {
        let own = validators.of(&organisation);
        Self {
            organisation,
            addresses: own.map(|validator| *validator.address()).collect(),
        }
    }

    /// Whether the role is the same in another set.
    pub(super) fn is_same_in(&self, validators: &ValidatorSet) -> bool {
        *self == Self::of(self.organisation, validators)
    }
}
