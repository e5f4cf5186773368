//! Where an organisation stands among the validators, from height to height.
//!
//! ```text
//!   height decided ─► the set of the next one: the organisation as before? ── yes ─► begin it
//!                                                       └ no ─► end: the node takes up its new part
//! ```
//!
//! The engine keeps one address for as long as it runs, so that a node whose
//! organisation comes in, leaves or rotates its key begins that height anew.

use piaolian_contracts::{
    chain::{Address, ValidatorSet},
    types::OrganisationId,
};

/// The validators that an organisation runs at one height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    organisation: OrganisationId,
    /// Address and power, which the engine is told at each height.
    addresses: Vec<Address>,
}

impl Standing {
    /// Where `organisation` stands in a set.
    #[must_use]
    pub fn of(organisation: OrganisationId, validators: &ValidatorSet) -> Self {
        let own = validators.of(&organisation);
        Self {
            organisation,
            addresses: own.map(|validator| *validator.address()).collect(),
        }
    }

    /// Whether it stands there in another set too.
    pub(super) fn is_same_in(&self, validators: &ValidatorSet) -> bool {
        *self == Self::of(self.organisation, validators)
    }
}
