//! `ReleaseOrphan`: finance releases what an organisation that is gone still holds.

use std::{collections::BTreeSet, sync::Arc};

use piaolian_proto::v1 as proto;

use super::{
    compute::explain_full,
    errors::ClaimError,
    payer,
    record::{ALTERED_BY_CLAIM, Claim, ClaimClosing, ClaimEnd, PayoutNote, Reimbursement},
    reimbursement::{change_lines, take_off},
    state::{ClaimStatus, ClaimStep, allows, status},
    store,
};
use crate::{
    action::{ActionContext, Effects, Handler, SupervisedFacts},
    malformed::Malformed,
    organisations::{Role, is_gone},
    receipts::{Booking, PayerGone, Receipt, change},
    rejection::Stop,
    types::{ClaimNumber, FundKind, OrganisationId, Reason, ReceiptId},
};

/// Most receipts of one release: those of the claim that has the lock, and of one claim for
/// each kind of fund, since a payer books or reserves a receipt once for each.
const ALTERED_BY_RELEASE: u32 = 11 * ALTERED_BY_CLAIM;

const _: () = assert!(FundKind::ALL.len() + 1 == 11);

/// Releases what an organisation that is gone holds of one receipt without having paid (docs/DOMAIN.md §3): its lock,
/// and claims that were not paid, which end with all that they hold of other receipts. An order that waits for its bank
/// is recalled, and stays reserved until the bank's word. A booking that was paid is marked and goes on counting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseOrphan {
    receipt: ReceiptId,
    organisation: OrganisationId,
    reason: Reason,
}

impl ReleaseOrphan {
    /// The receipt that was held.
    pub const fn receipt(&self) -> &ReceiptId {
        &self.receipt
    }

    /// The organisation that is gone.
    pub const fn organisation(&self) -> OrganisationId {
        self.organisation
    }
}

impl TryFrom<proto::ReleaseOrphan> for ReleaseOrphan {
    type Error = Malformed;

    fn try_from(message: proto::ReleaseOrphan) -> Result<Self, Malformed> {
        Ok(Self {
            receipt: ReceiptId::parse("receipt", message.receipt)?,
            organisation: OrganisationId::parse("organisation", &message.organisation)?,
            reason: Reason::parse("reason", message.reason)?,
        })
    }
}

impl Handler for ReleaseOrphan {
    fn altered_count(&self) -> u32 {
        ALTERED_BY_RELEASE
    }

    fn receipts(&self) -> Vec<Option<ReceiptId>> {
        vec![Some(self.receipt)]
    }

    fn supervised_facts(&self) -> SupervisedFacts<'_> {
        SupervisedFacts::Released {
            receipt: self.receipt,
            organisation: self.organisation(),
        }
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::Finance)?;
        let organisation = self.organisation;
        let receipt = payer::read(ctx, self.receipt)?;
        if !is_gone(ctx.overlay, &organisation, ctx.block.height)? {
            return Err(ClaimError::NotGone { organisation }.into());
        }
        let numbers = self.numbers(&receipt);
        let mut is_released = self.release(ctx, &receipt)?;
        let mut released = vec![self.receipt];
        for number in &numbers {
            is_released |= self.end(ctx, &receipt, number, &mut released)?;
        }
        if !is_released {
            return Err(ClaimError::NothingHeld {
                receipt: receipt.id,
                organisation,
            }
            .into());
        }
        Ok(Effects::on(released))
    }
}

impl ReleaseOrphan {
    /// Returns the numbers under which the organisation holds the receipt.
    fn numbers(&self, receipt: &Receipt) -> BTreeSet<ClaimNumber> {
        let owner = self.organisation;
        let locks = receipt.lock.iter().filter(|lock| lock.owner == owner);
        let reservations = receipt.reservations.iter().filter(|own| own.payer == owner);
        locks
            .map(|lock| lock.claim_number.clone())
            .chain(reservations.map(|own| own.claim_number.clone()))
            .collect()
    }

    /// Releases the lock, and marks the bookings that were not marked yet. Returns whether it did anything.
    fn release(
        &self,
        ctx: &mut ActionContext<'_, '_>,
        receipt: &Arc<Receipt>,
    ) -> Result<bool, Stop> {
        let (owner, now) = (self.organisation, ctx.block.time);
        let is_locked = receipt
            .live_lock(now)
            .is_some_and(|lock| lock.owner == owner);
        let is_unmarked = |own: &Booking| {
            own.payer == owner && own.out().is_positive() && own.payer_gone.is_none()
        };
        if !is_locked && !receipt.bookings.iter().any(is_unmarked) {
            return Ok(false);
        }
        let mark = PayerGone {
            organisation: ctx.actor_id(),
            reason: self.reason.clone(),
            height: ctx.block.height,
            time: now,
        };
        change(ctx.overlay, receipt, |receipt| {
            receipt.lock = receipt.lock.take().filter(|lock| lock.owner != owner);
            let unmarked = receipt.bookings.iter_mut().filter(|own| is_unmarked(own));
            unmarked.for_each(|booking| booking.payer_gone = Some(mark.clone()));
        })?;
        Ok(true)
    }

    /// Releases what a claim holds without having paid. Returns whether it did anything.
    fn end(
        &self,
        ctx: &mut ActionContext<'_, '_>,
        receipt: &Receipt,
        number: &ClaimNumber,
        released: &mut Vec<ReceiptId>,
    ) -> Result<bool, Stop> {
        let Some(claim) = store::filed_claim(ctx, self.organisation, number)? else {
            return Ok(false);
        };
        let Some(claimed) = store::claimed_as(ctx, &claim, receipt)? else {
            return Ok(false);
        };
        let status = status(&claim, ctx.block.time);
        if allows(status, ClaimStep::Release).is_err() {
            return Ok(false);
        }
        let mut claim = Arc::unwrap_or_clone(claim);
        let is_changed = match status {
            ClaimStatus::Decided => self.recall(ctx, &mut claim),
            ClaimStatus::Paid => drop_nothing(ctx, &mut claim, claimed)?,
            ClaimStatus::Filed
            | ClaimStatus::Expired
            | ClaimStatus::PayoutFailed
            | ClaimStatus::SettledAtZero => {
                self.close(ctx, &mut claim)?;
                true
            }
            ClaimStatus::PaidLate
            | ClaimStatus::Rejected
            | ClaimStatus::Withdrawn
            | ClaimStatus::Corrected
            | ClaimStatus::Released => false,
        };
        if is_changed {
            let others = claim.receipt_ids().filter(|id| !released.contains(id));
            released.extend(others.collect::<Vec<_>>());
            store::put(ctx, claim)?;
        }
        Ok(is_changed)
    }

    /// Asks the bank to stop the order of a claim, if nobody did. Its amounts stay reserved.
    fn recall(&self, ctx: &ActionContext<'_, '_>, claim: &mut Claim) -> bool {
        let recall = PayoutNote {
            organisation: ctx.actor_id(),
            reason: self.reason.clone(),
            operator: ctx.operator.cloned(),
            reviewer: None,
            height: ctx.block.height,
            time: ctx.block.time,
        };
        match claim.payouts.last_mut() {
            Some(order) if order.recall.is_none() => {
                order.recall = Some(recall);
                true
            }
            _ => false,
        }
    }

    /// Ends a claim that was not paid, and releases all that it holds.
    fn close(&self, ctx: &mut ActionContext<'_, '_>, claim: &mut Claim) -> Result<(), Stop> {
        take_off(ctx, claim)?;
        store::unlock(ctx, claim)?;
        claim.closing = Some(ClaimClosing::by_actor(
            ctx,
            ClaimEnd::Released,
            &self.reason,
            ctx.operator.cloned(),
            None,
        ));
        store::reserve(ctx, claim)
    }
}

/// Takes a receipt out of a paid claim that pays nothing for it.
fn drop_nothing(
    ctx: &mut ActionContext<'_, '_>,
    claim: &mut Claim,
    receipt: ReceiptId,
) -> Result<bool, Stop> {
    let is_nothing = |line: &Reimbursement| line.receipt == receipt && !line.fund.is_positive();
    if !claim.lines().any(is_nothing) {
        return Ok(false);
    }
    let kept = claim.lines().filter(|line| !is_nothing(line));
    let kept: Vec<Reimbursement> = kept.cloned().collect();
    let changed = change_lines(ctx, claim, kept)?;
    changed.map_err(|full| explain_full(full, claim))?;
    store::reserve(ctx, claim)?;
    Ok(true)
}
