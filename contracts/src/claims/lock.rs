//! `LockReceipt`: a payer locks a receipt while it works on a claim.

use piaolian_proto::v1 as proto;

use super::{
    claimable::{check_not_paid_before, check_payable},
    errors::ClaimError,
    payer::{self, fund_kinds},
    store,
};
use crate::{
    action::{ActionContext, Effects, Handler, Presented, SupervisedFacts},
    malformed::Malformed,
    receipts::{
        ClaimLock, Receipt, ReceiptStep, change,
        status::{check_step, prior_booking, remaining},
    },
    rejection::Stop,
    types::{ClaimNumber, Fen, FundKind, OrganisationId, ReceiptId},
};

/// Takes the exclusive claim lock (锁定), or prolongs the payer's own lock for the same claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockReceipt {
    receipt: ReceiptId,
    presented_total: Fen,
    claim_number: ClaimNumber,
    lease_ms: u64,
}

impl TryFrom<proto::LockReceipt> for LockReceipt {
    type Error = Malformed;

    fn try_from(message: proto::LockReceipt) -> Result<Self, Malformed> {
        if message.lease_ms == 0 {
            return Err(Malformed::new("lease_ms", "must be at least 1"));
        }
        Ok(Self {
            receipt: ReceiptId::parse("receipt", message.receipt)?,
            presented_total: Fen::new(message.presented_total_fen),
            claim_number: ClaimNumber::parse("claim_number", message.claim_number)?,
            lease_ms: message.lease_ms,
        })
    }
}

impl Handler for LockReceipt {
    fn receipts(&self) -> Vec<Option<ReceiptId>> {
        vec![Some(self.receipt)]
    }

    fn supervised_facts(&self) -> SupervisedFacts<'_> {
        SupervisedFacts::Claimed(Presented {
            receipt: self.receipt,
            total: self.presented_total,
            number: self.claim_number.as_str(),
        })
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        payer::authorise(ctx)?;
        let receipt = payer::read(ctx, self.receipt)?;
        self.check(ctx, &receipt)?;
        store::check_unfiled(ctx, &self.claim_number)?;
        let lock = ClaimLock {
            owner: ctx.actor_id(),
            claim_number: self.claim_number.clone(),
            until: ctx.block.time.after_ms(self.lease_ms),
        };
        change(ctx.overlay, &receipt, |receipt| receipt.lock = Some(lock))?;
        Ok(Effects::on([self.receipt]))
    }
}

impl LockReceipt {
    /// The receipt.
    pub const fn receipt(&self) -> &ReceiptId {
        &self.receipt
    }

    /// The total on the receipt as presented.
    pub const fn presented_total(&self) -> Fen {
        self.presented_total
    }

    /// The payer's number of the claim.
    pub const fn claim_number(&self) -> &ClaimNumber {
        &self.claim_number
    }

    fn check(&self, ctx: &ActionContext<'_, '_>, receipt: &Receipt) -> Result<(), Stop> {
        check_step(ctx, receipt, ReceiptStep::Lock)?;
        payer::check_total(receipt, self.presented_total)?;
        payer::check_lock(ctx, receipt)?;
        self.check_own_lock(ctx, receipt)?;
        check_lease(ctx, self.lease_ms)?;
        Ok(check_something_left(ctx, receipt)?)
    }

    /// Refuses a receipt that the payer itself has locked for another claim.
    fn check_own_lock(
        &self,
        ctx: &ActionContext<'_, '_>,
        receipt: &Receipt,
    ) -> Result<(), ClaimError> {
        let lock = receipt.live_lock(ctx.block.time);
        match lock.filter(|lock| lock.claim_number != self.claim_number) {
            None => Ok(()),
            Some(lock) => Err(ClaimError::LockedForAnotherClaim {
                receipt: receipt.id,
                claim_number: lock.claim_number.clone(),
                until: lock.until.in_beijing(),
            }),
        }
    }
}

/// Refuses a lock that is longer than the governed maximum.
pub(super) fn check_lease(ctx: &ActionContext<'_, '_>, lease_ms: u64) -> Result<(), ClaimError> {
    let lease_ms_max = ctx.block.parameters.lease_ms_max();
    if lease_ms <= lease_ms_max {
        return Ok(());
    }
    Err(ClaimError::LeaseTooLong {
        lease_ms,
        lease_ms_max,
    })
}

/// Refuses a lock that cannot lead to a booking: nothing is left for any kind of fund of this payer, or the payer
/// already has a booking or reservation for each of them.
fn check_something_left(ctx: &ActionContext<'_, '_>, receipt: &Receipt) -> Result<(), ClaimError> {
    let organisation = ctx.actor_id();
    let rules = ctx.block.parameters.fund_rules();
    let kinds = fund_kinds(&ctx.actor, rules);
    let is_open = |kind: &FundKind| {
        let rule = rules.of(*kind);
        rule.is_some_and(|rule| remaining(receipt, rule).is_positive())
            && check_not_paid_before(receipt, organisation, *kind).is_ok()
            && check_payable(ctx, receipt, *kind).is_ok()
    };
    if kinds.iter().any(is_open) {
        return Ok(());
    }
    if receipt.pending().next().is_none() && receipt.live_bookings().next().is_none() {
        // Nobody booked or reserved an amount. This payer may have decided a claim on it at 0.
        for kind in kinds {
            check_not_paid_before(receipt, organisation, kind)?;
        }
    }
    Err(why_nothing(receipt, organisation))
}

/// The reason why nothing is left of a receipt.
pub(super) fn why_nothing(receipt: &Receipt, organisation: OrganisationId) -> ClaimError {
    if let Some(reserved) = receipt.pending().next_back() {
        return ClaimError::LeftIsReserved {
            receipt: receipt.id,
            organisation,
            payer: reserved.payer,
            claim_number: reserved.claim_number.clone(),
            amount: reserved.amount,
            height: reserved.height,
        };
    }
    match prior_booking(receipt, organisation) {
        None => ClaimError::NothingClaimable {
            receipt: receipt.id,
            organisation,
        },
        Some(booking) => ClaimError::NothingLeft {
            receipt: receipt.id,
            organisation,
            payer: booking.payer,
            voucher_number: booking.voucher_number.clone(),
            amount: booking.amount,
            height: booking.height,
        },
    }
}
