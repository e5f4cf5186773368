//! One transaction being executed: who acts, when, and on what state.
//!
//! ```text
//!   Act ── actor (as the parent's state has it) ── operator
//!    ├─── block: chain id, height, time, parameters in force
//!    └─── overlay: read and write
//!
//!   handler: authorise → read → check → write → emit Effects
//! ```

use std::sync::Arc;

use crate::{
    admission::Gate,
    chain::{ChainId, Hash, Height},
    organisations::{KeyId, KeyPurpose, Organisation, OrganisationError, Role},
    parameters::Parameters,
    rejection::{Rejection, Stop},
    state::Fault,
    storage::Overlay,
    types::{BlockTime, Fen, Operator, OrganisationId, ReceiptId},
};

/// What holds for every transaction of a block.
#[derive(Clone, Debug)]
pub(crate) struct BlockContext {
    pub(crate) chain_id: ChainId,
    pub(crate) height: Height,
    pub(crate) time: BlockTime,
    /// In force at the parent: changes act from the next block.
    pub(crate) parameters: Arc<Parameters>,
}

/// A transaction being executed.
pub(crate) struct Act<'a, 's> {
    pub(crate) overlay: &'a mut Overlay<'s>,
    pub(crate) block: &'a BlockContext,
    /// Organisations as the parent's state has them.
    pub(crate) gate: &'a mut Gate<'s>,
    /// The acting organisation as the parent's state has it, so that suspensions
    /// act from the next block.
    pub(crate) actor: Arc<Organisation>,
    /// Which of its keys signed.
    pub(crate) key_id: KeyId,
    pub(crate) operator: Option<&'a Operator>,
    /// How many receipts the block issued before this transaction.
    pub(crate) issued_before: u32,
    /// The receipts that it brought into being so far.
    pub(crate) created: Vec<Created>,
}

/// A receipt that a transaction brought into being.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Created {
    pub(crate) issuer: OrganisationId,
    pub(crate) receipt: ReceiptId,
    /// Negative on a reversal receipt.
    pub(crate) total: Fen,
    /// The original, on a reversal receipt.
    pub(crate) reverses: Option<ReceiptId>,
    /// How many unused numbers lie between its own and the highest in use before.
    pub(crate) skipped: u64,
}

impl Act<'_, '_> {
    /// The acting organisation.
    pub(crate) fn actor_id(&self) -> OrganisationId {
        self.actor.id
    }

    /// Refuses a suspended organisation and one without `role`.
    pub(crate) fn authorise(&self, role: Role) -> Result<(), OrganisationError> {
        self.require_active()?;
        if self.actor.has_role(role) {
            return Ok(());
        }
        Err(OrganisationError::RoleMissing {
            organisation: self.actor.id,
            role: role.to_string(),
        })
    }

    /// Refuses a suspended organisation and one with none of `roles`, together called
    /// `named`.
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

    /// Refuses what would be done in the name of `organisation` while it is suspended,
    /// or once it was removed.
    pub(crate) fn require_party_active(
        &mut self,
        organisation: OrganisationId,
    ) -> Result<(), Stop> {
        let party = self.gate.organisation(organisation)?;
        let party = party.ok_or(OrganisationError::UnknownOrganisation { organisation })?;
        Ok(party.require_active(self.block.height)?)
    }

    /// Does one item of a batch, or leaves the state as it was.
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

/// What an accepted transaction did.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// The verdict on each item concerned, in the order of the request.
    pub(crate) items: Vec<Verdict>,
    /// The sealed hashes of the receipts issued, in order.
    pub(crate) issued: Vec<Hash>,
}

impl Effects {
    /// No receipt is concerned.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// Existing receipts, all accepted.
    pub(crate) fn on(receipts: impl IntoIterator<Item = ReceiptId>) -> Self {
        Self {
            items: receipts.into_iter().map(Verdict::accepted).collect(),
            issued: Vec::new(),
        }
    }
}

/// The verdict on one item.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// `None` where no receipt is concerned, or a refused issue had no number yet.
    pub(crate) receipt: Option<ReceiptId>,
    pub(crate) rejection: Option<Rejection>,
    /// What the item is about, where that is not a receipt.
    pub(crate) subject: String,
    /// What the ledger links to it.
    pub(crate) reference: String,
}

impl Verdict {
    pub(crate) fn accepted(receipt: ReceiptId) -> Self {
        Self {
            receipt: Some(receipt),
            ..Self::default()
        }
    }

    /// Accepted, about something that is not a receipt.
    pub(crate) fn on(subject: &impl ToString) -> Self {
        Self {
            subject: subject.to_string(),
            ..Self::default()
        }
    }

    /// Refused, about something that is not a receipt.
    pub(crate) fn refused(subject: &impl ToString, rejection: Rejection) -> Self {
        Self {
            rejection: Some(rejection),
            ..Self::on(subject)
        }
    }
}

/// What every kind of transaction can say and do.
pub(crate) trait Handler {
    /// Which key must have signed it.
    fn key_purpose(&self) -> KeyPurpose {
        KeyPurpose::Sign
    }

    /// How many receipts it would issue.
    fn issues(&self) -> u32 {
        0
    }

    /// How many receipts that exist already it would alter at most as a batch or for a claim,
    /// or notices and lines of statements it would write. A block has room for so many of
    /// these and of issues together: see `block_receipts_max`. An act on one receipt is not
    /// counted: the block's bytes bound those.
    fn alters(&self) -> u32 {
        0
    }

    /// The receipts that its outcome has entries for when it is refused as a whole.
    fn concerns(&self) -> Vec<Option<ReceiptId>> {
        Vec::new()
    }

    /// The same for items that are not about receipts: what each is about.
    fn subjects(&self) -> Vec<String> {
        Vec::new()
    }

    /// What it names as attached, one entry an item, in the order of the request; the
    /// item's verdict is the outcome's at the same place.
    fn attachments(&self) -> Vec<Option<Hash>> {
        Vec::new()
    }

    /// Does it. Writes are discarded by the caller when it stops.
    fn execute(&self, act: &mut Act<'_, '_>) -> Result<Effects, Stop>;
}
