//! `ReleaseOrphan`: finance releases what an organisation that is gone still holds.

use std::{collections::BTreeSet, sync::Arc};

use piaolian_proto::v1 as proto;

use super::{
    errors::ClaimError,
    payer,
    record::{ALTERED_BY_CLAIM, ClaimClosing, ClaimEnd, claim_number_of},
    reimbursement::take_off,
    state::{ClaimStep, allows, status},
    store,
};
use crate::{
    action::{ActionContext, Effects, Handler, SupervisedFacts},
    malformed::Malformed,
    organisations::{Role, is_gone},
    receipts::{Receipt, change},
    rejection::Stop,
    types::{ClaimNumber, FundKind, OrganisationId, Reason, ReceiptId},
};

/// Most receipts of one release: those of the claim that has the lock, and of one claim for
/// each kind of fund, since a payer books or reserves a receipt once for each.
const ALTERED_BY_RELEASE: u32 = 7 * ALTERED_BY_CLAIM;

const _: () = assert!(FundKind::ALL.len() + 1 == 7);

/// Releases the lock, the reservations and the bookings that an organisation that is gone has on one receipt
/// (docs/DOMAIN.md §3). The claims concerned end and are no longer counted. What they hold of their other receipts is
/// released too, because even if the organisation's keys are recovered later, it can do nothing about a claim that has
/// ended.
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
        if !self.holds(ctx, &receipt) {
            return Err(ClaimError::NothingHeld {
                receipt: receipt.id,
                organisation,
            }
            .into());
        }
        let numbers = self.numbers(&receipt);
        let unbooking = store::unbooking(ctx, &self.reason);
        change(ctx.overlay, &receipt, |receipt| {
            receipt.lock = receipt
                .lock
                .take()
                .filter(|lock| lock.owner != organisation);
            receipt
                .reservations
                .retain(|reserved| reserved.payer != organisation);
            for booking in &mut receipt.bookings {
                if booking.payer == organisation && booking.is_live() {
                    booking.unbooking = Some(unbooking.clone());
                }
            }
        })?;
        let mut released = vec![self.receipt];
        for number in &numbers {
            self.end(ctx, number, &mut released)?;
        }
        Ok(Effects::on(released))
    }
}

impl ReleaseOrphan {
    fn holds(&self, ctx: &ActionContext<'_, '_>, receipt: &Receipt) -> bool {
        let lock = receipt.live_lock(ctx.block.time);
        lock.is_some_and(|lock| lock.owner == self.organisation)
            || receipt
                .reservations
                .iter()
                .any(|own| own.payer == self.organisation)
            || receipt
                .live_bookings()
                .any(|own| own.payer == self.organisation)
    }

    /// Returns the numbers under which the organisation holds the receipt.
    fn numbers(&self, receipt: &Receipt) -> BTreeSet<ClaimNumber> {
        let owner = self.organisation;
        let locks = receipt.lock.iter().filter(|lock| lock.owner == owner);
        let reservations = receipt.reservations.iter().filter(|own| own.payer == owner);
        let bookings = receipt.live_bookings().filter(|own| own.payer == owner);
        locks
            .map(|lock| lock.claim_number.clone())
            .chain(reservations.map(|own| own.claim_number.clone()))
            .chain(bookings.map(|own| claim_number_of(&own.voucher_number)))
            .collect()
    }

    /// Ends a claim that has not ended, releases all that it holds, and subtracts it from the year's sums.
    fn end(
        &self,
        ctx: &mut ActionContext<'_, '_>,
        number: &ClaimNumber,
        released: &mut Vec<ReceiptId>,
    ) -> Result<(), Stop> {
        let claim = store::get(ctx, self.organisation, number)?;
        let Some(claim) = claim.filter(|claim| claim.has(&self.receipt)) else {
            return Ok(());
        };
        let status = status(&claim, ctx.block.time);
        if allows(status, ClaimStep::Release).is_err() {
            return Ok(());
        }
        if status.counts() {
            take_off(ctx, &claim)?;
        }
        store::unlock(ctx, &claim)?;
        store::release(ctx, &claim)?;
        store::unbook(ctx, &claim, &self.reason)?;
        let others = claim.receipt_ids().filter(|id| !released.contains(id));
        released.extend(others.collect::<Vec<_>>());
        let closing = ClaimClosing {
            end: ClaimEnd::Released,
            organisation: ctx.actor_id(),
            reason: self.reason.clone(),
            operator: ctx.operator.cloned(),
            reviewer: None,
            height: ctx.block.height,
            time: ctx.block.time,
        };
        store::close(ctx, Arc::unwrap_or_clone(claim), closing)?;
        Ok(())
    }
}
