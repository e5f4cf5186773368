//! The context in which one action is executed.
//!
//! ```text
//!   ActionContext ── actor (as the parent's state has it) ── operator
//!     ├─── block: chain id, height, time, parameters in force
//!     ├─── parent: organisations as the parent's state has them
//!     └─── overlay: read and write
//! ```

use std::sync::Arc;

use super::parent_state::ParentState;
use crate::{
    chain::{ChainId, Height},
    organisations::{KeyId, Organisation, OrganisationError, Role},
    parameters::Parameters,
    rejection::{Rejection, Stop},
    state::Fault,
    storage::Overlay,
    types::{BeijingDate, BlockTime, Fen, Operator, OrganisationId, Reason, ReceiptId},
};

/// The block that is being executed. All its transactions see the same values.
#[derive(Clone, Debug)]
pub(crate) struct CurrentBlock {
    pub(crate) chain_id: ChainId,
    pub(crate) height: Height,
    pub(crate) time: BlockTime,
    /// In force at the parent: changes take effect from the next block.
    pub(crate) parameters: Arc<Parameters>,
}

/// The context of one transaction's execution.
pub(crate) struct ActionContext<'a, 's> {
    pub(crate) overlay: &'a mut Overlay<'s>,
    pub(crate) block: &'a CurrentBlock,
    /// Organisations as the parent's state has them.
    pub(crate) parent: &'a mut ParentState<'s>,
    /// The acting organisation as the parent's state has it, so that suspensions take effect from the
    /// next block.
    pub(crate) actor: Arc<Organisation>,
    /// The key that signed.
    pub(crate) key_id: KeyId,
    pub(crate) operator: Option<&'a Operator>,
    /// The number of receipts that the block issued before this transaction.
    pub(crate) issued_before: u32,
    /// The receipts that the transaction created so far.
    pub(crate) created: Vec<Created>,
}

/// A receipt that a transaction created.
#[derive(Clone, Debug)]
pub(crate) struct Created {
    pub(crate) issuer: OrganisationId,
    pub(crate) receipt: ReceiptId,
    /// Negative on a reversal receipt.
    pub(crate) total: Fen,
    /// The original, on a reversal receipt.
    pub(crate) reverses: Option<ReceiptId>,
    /// The count of unused numbers between its number and the highest number that was in use before it.
    pub(crate) skipped: u64,
    /// Set if its issue date lies further back than usual.
    pub(crate) late: Option<LateIssue>,
}

/// The issuer's explanation of an issue date that lies further back than usual.
#[derive(Clone, Debug)]
pub(crate) struct LateIssue {
    pub(crate) issue_date: BeijingDate,
    pub(crate) reason: Reason,
}

impl ActionContext<'_, '_> {
    /// The acting organisation.
    pub(crate) fn actor_id(&self) -> OrganisationId {
        self.actor.id
    }

    /// Refuses a suspended organisation and one without `role`.
    pub(crate) fn authorise(&self, role: Role) -> Result<(), OrganisationError> {
        self.require_active()?;
        self.require_role(role)
    }

    /// Refuses an organisation without `role`, and accepts a suspended one.
    pub(crate) fn require_role(&self, role: Role) -> Result<(), OrganisationError> {
        if self.actor.has_role(role) {
            return Ok(());
        }
        Err(OrganisationError::RoleMissing {
            organisation: self.actor.id,
            role: role.to_string(),
        })
    }

    /// Refuses a suspended organisation and one with none of `roles`. The rejection calls these roles `named`.
    pub(crate) fn authorise_any(
        &self,
        roles: &[Role],
        named: &str,
    ) -> Result<(), OrganisationError> {
        self.require_active()?;
        if roles.iter().any(|role| self.actor.has_role(*role)) {
            return Ok(());
        }
        Err(OrganisationError::RoleMissing {
            organisation: self.actor.id,
            role: named.to_owned(),
        })
    }

    /// Refuses a suspended organisation.
    pub(crate) fn require_active(&self) -> Result<(), OrganisationError> {
        self.actor.require_active(self.block.height)
    }

    /// Refuses an action in the name of `organisation` while it is suspended, or once it was removed.
    pub(crate) fn require_party_active(
        &mut self,
        organisation: OrganisationId,
    ) -> Result<(), Stop> {
        let party = self.parent.organisation(organisation)?;
        let party = party.ok_or(OrganisationError::OrganisationNotAdmitted { organisation })?;
        Ok(party.require_active(self.block.height)?)
    }

    /// Executes one item of a batch. A rejected item leaves the state as it was.
    pub(crate) fn attempt<T>(
        &mut self,
        item: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<Result<T, Rejection>, Fault> {
        let (savepoint, created) = (self.overlay.savepoint(), self.created.len());
        match item(self) {
            Ok(done) => Ok(Ok(done)),
            Err(Stop::Rejected(rejection)) => {
                self.overlay.roll_back(savepoint);
                self.created.truncate(created);
                Ok(Err(rejection))
            }
            Err(Stop::Fault(fault)) => Err(fault),
        }
    }
}
