//! Reads of the committed ledger, with one file for each subject.
//!
//! ```text
//!   request ──parsed──► one version of the state, blocks, history ──► answer
//! ```
//!
//! A read blocks on the disk, so servers call it on threads that may block. [`Queries`] needs the ledger alone;
//! [`Verification`] also counts wrong answers, and [`NodeStatus`] asks the node's workers.

pub(crate) mod archive;
pub(crate) mod chain;
pub(crate) mod claims;
mod disclosure;
mod governance;
pub(crate) mod history;
pub(crate) mod notices;
mod number_ranges;
mod organisations;
mod policies;
pub(crate) mod proof;
mod receipt_list;
pub(crate) mod receipts;
mod reconciliation;
mod status;
mod supervision;
mod transactions;
mod verification;

use piaolian_contracts::{
    malformed::Malformed,
    parameters::{PARAMETERS, Parameters},
    types::OrganisationId,
};
use piaolian_ledger::{Ledger, StateView};

pub use self::{
    status::{NodeStatus, Peers},
    verification::Verification,
};
use crate::{
    error::{ServiceError, ServiceFault},
    parse,
};

/// Answers from the committed ledger.
pub struct Queries {
    ledger: Ledger,
    /// The organisation that runs this node.
    organisation: OrganisationId,
}

impl Queries {
    /// Returns queries over `ledger`, asked at the node of `organisation`.
    pub(crate) const fn new(ledger: Ledger, organisation: OrganisationId) -> Self {
        Self {
            ledger,
            organisation,
        }
    }

    /// Returns the state at the tip, as one version.
    fn state(&self) -> StateView<'_> {
        self.ledger.view().state()
    }

    /// Returns the organisation that a field names; this node's own where it names none.
    fn named_or_own(&self, field: &str, named: &str) -> Result<OrganisationId, Malformed> {
        parse::named_or(self.organisation, field, named)
    }
}

/// Returns the parameters in force.
pub(crate) fn parameters(state: &StateView<'_>) -> Result<Parameters, ServiceError> {
    let parameters = PARAMETERS.get(state, &())?;
    parameters.ok_or_else(|| ServiceFault::Damaged("the parameters".to_owned()).into())
}
