//! Checks on a receipt before a claim may hold it, and before an amount of it is reserved or
//! booked.

use super::{errors::ClaimError, lock::why_nothing, payer::fund_rule};
use crate::{
    action::ActionContext,
    parameters::FundRule,
    receipts::{BOOKINGS_MAX, Receipt, status::remaining},
    types::{ClaimNumber, Fen, FundKind, OrganisationId},
};

/// Refuses a receipt that another claim holds, of any insurer: that is a double claim.
pub(super) fn check_no_other_claim(
    ctx: &ActionContext<'_, '_>,
    receipt: &Receipt,
    claim_number: &ClaimNumber,
) -> Result<(), ClaimError> {
    let Some(lock) = receipt.live_lock(ctx.block.time) else {
        return Ok(());
    };
    let (receipt, until) = (receipt.id, lock.until.in_beijing());
    if lock.owner != ctx.actor_id() {
        return Err(ClaimError::InAnotherClaim {
            receipt,
            organisation: ctx.actor_id(),
            claim_number: claim_number.clone(),
            owner: lock.owner,
            owner_claim_number: lock.claim_number.clone(),
            until,
        });
    }
    if lock.claim_number == *claim_number {
        return Ok(());
    }
    Err(ClaimError::LockedForAnotherClaim {
        receipt,
        claim_number: lock.claim_number.clone(),
        until,
    })
}

/// Refuses a receipt for which the payer has a booking or reservation from this kind of fund, because a kind of fund
/// pays once.
pub(super) fn check_not_paid_before(
    receipt: &Receipt,
    payer: OrganisationId,
    fund_kind: FundKind,
) -> Result<(), ClaimError> {
    let mut live = receipt.live_bookings();
    let booked = live.find(|booking| booking.payer == payer && booking.fund_kind == fund_kind);
    if let Some(prior) = booked {
        return Err(ClaimError::BookedBefore {
            receipt: receipt.id,
            fund_kind,
            voucher_number: prior.voucher_number.clone(),
            amount: prior.amount,
            height: prior.height,
        });
    }
    let mut reservations = receipt.reservations.iter();
    let reserved = reservations.find(|own| own.payer == payer && own.fund_kind == fund_kind);
    match reserved {
        None => Ok(()),
        Some(prior) => Err(ClaimError::ReservedBefore {
            receipt: receipt.id,
            fund_kind,
            claim_number: prior.claim_number.clone(),
            amount: prior.amount,
            height: prior.height,
        }),
    }
}

/// Refuses a voucher number that the payer used on this receipt before, even if its booking was taken back.
pub(super) fn check_voucher_unused(
    receipt: &Receipt,
    payer: OrganisationId,
    voucher_number: &str,
) -> Result<(), ClaimError> {
    let mut own = receipt.bookings.iter().filter(|own| own.payer == payer);
    match own.find(|own| own.voucher_number.as_str() == voucher_number) {
        None => Ok(()),
        Some(used) => Err(ClaimError::VoucherUsed {
            receipt: receipt.id,
            voucher_number: used.voucher_number.clone(),
            amount: used.amount,
            height: used.height,
        }),
    }
}

/// Refuses a receipt without room for one more booking or reservation: each reservation becomes
/// a booking, or stays.
pub(super) fn check_room(receipt: &Receipt) -> Result<(), ClaimError> {
    let (bookings, reservations) = (receipt.bookings.len(), receipt.reservations.len());
    if bookings.saturating_add(reservations) < BOOKINGS_MAX {
        return Ok(());
    }
    Err(ClaimError::TooManyBookings {
        receipt: receipt.id,
        bookings_max: BOOKINGS_MAX,
    })
}

/// Refuses a receipt that this kind of fund may not pay at all: of a category that is not its own, settled by the pooled
/// fund directly, or paid from the same kind of fund by another payer.
pub(super) fn check_payable(
    ctx: &ActionContext<'_, '_>,
    receipt: &Receipt,
    fund_kind: FundKind,
) -> Result<(), ClaimError> {
    let rule = fund_rule(ctx, fund_kind)?;
    let kind = receipt.id.code.kind();
    if !rule.categories.include(kind) {
        return Err(ClaimError::CategoryNotPaid {
            receipt: receipt.id,
            kind,
            fund_kind,
        });
    }
    check_no_other_payer(receipt, ctx.actor_id(), rule)?;
    if rule.is_settled(&receipt.settlement) {
        return Err(ClaimError::SettledDirectly {
            receipt: receipt.id,
            fund_kind,
            pooled_fund: receipt.settlement.pooled_fund,
        });
    }
    Ok(())
}

/// Refuses a second payer of an exclusive kind of fund, and tells it of the first. A claim that was decided at 0 counts:
/// it shows that the person is insured there.
fn check_no_other_payer(
    receipt: &Receipt,
    payer: OrganisationId,
    rule: &FundRule,
) -> Result<(), ClaimError> {
    let fund_kind = rule.fund_kind;
    let another = |other: OrganisationId, kind: FundKind| {
        rule.excludes_other_payers && other != payer && kind == fund_kind
    };
    let mut live = receipt.live_bookings();
    let booked = live.find(|booking| another(booking.payer, booking.fund_kind));
    let mut reservations = receipt.reservations.iter();
    let reserved = reservations.find(|own| another(own.payer, own.fund_kind));
    let booked = booked.map(|prior| {
        let number = prior.voucher_number.to_string();
        (prior.payer, number, prior.amount, prior.height)
    });
    let reserved = reserved.map(|prior| {
        let number = prior.claim_number.to_string();
        (prior.payer, number, prior.amount, prior.height)
    });
    match booked.or(reserved) {
        None => Ok(()),
        Some((first, number, amount, height)) => Err(ClaimError::PaidByAnother {
            receipt: receipt.id,
            fund_kind,
            payer: first,
            number,
            amount,
            height,
        }),
    }
}

/// Returns the amount of a receipt that a kind of fund may still reimburse, which must be more than 0.
pub(super) fn check_left(
    ctx: &ActionContext<'_, '_>,
    receipt: &Receipt,
    fund_kind: FundKind,
) -> Result<Fen, ClaimError> {
    let left = remaining(receipt, fund_rule(ctx, fund_kind)?);
    if left.is_positive() {
        return Ok(left);
    }
    Err(why_nothing(receipt, ctx.actor_id()))
}
