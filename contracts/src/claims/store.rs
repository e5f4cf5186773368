//! Reading and writing claims, and their effect on receipts.
//!
//! ```text
//!   filed    lock on every receipt           decided   reservations, no locks
//!   paid     bookings, reservations of 0     failed    locks again, where no other claim took one
//! ```

use std::sync::Arc;

use super::{
    errors::ClaimError,
    record::{Claim, ClaimClosing, Reimbursement, claim_number_of},
    schema::{CLAIMS, ClaimKey},
    state,
};
use crate::{
    action::{ActionContext, Effects},
    malformed::Malformed,
    receipts::{
        AccountingFacts, Booking, ClaimLock, RECEIPTS, Receipt, ReceiptStep, Reservation,
        Unbooking, change,
        status::{allows, check_step, check_unarchived, status},
    },
    rejection::Stop,
    state::{Fault, Table},
    storage::corrupt,
    types::{ClaimNumber, Fen, OrganisationId, Reason, ReceiptId, VoucherNumber},
};

/// An insurer's claim.
pub(super) fn find(
    ctx: &mut ActionContext<'_, '_>,
    insurer: OrganisationId,
    number: &ClaimNumber,
) -> Result<Arc<Claim>, Stop> {
    let found = get(ctx, insurer, number)?;
    Ok(found.ok_or_else(|| ClaimError::UnknownClaim {
        insurer,
        claim_number: number.clone(),
    })?)
}

/// An insurer's claim, if it ever filed one of that number.
pub(super) fn get(
    ctx: &mut ActionContext<'_, '_>,
    insurer: OrganisationId,
    number: &ClaimNumber,
) -> Result<Option<Arc<Claim>>, Fault> {
    let key = ClaimKey {
        insurer,
        number: number.clone(),
    };
    ctx.overlay.get(CLAIMS, &key)
}

/// Refuses a number under which the acting payer ever filed a claim. A filed claim locks its receipts itself, for the
/// time that the filing named.
pub(super) fn check_unfiled(
    ctx: &mut ActionContext<'_, '_>,
    number: &ClaimNumber,
) -> Result<(), Stop> {
    match get(ctx, ctx.actor_id(), number)? {
        None => Ok(()),
        Some(claim) => Err(ClaimError::ClaimNumberUsed {
            claim_number: claim.number.clone(),
            height: claim.filed_height,
        }
        .into()),
    }
}

/// Writes a claim.
pub(super) fn put(ctx: &mut ActionContext<'_, '_>, claim: Claim) -> Result<(), Fault> {
    let key = ClaimKey {
        insurer: claim.insurer,
        number: claim.number.clone(),
    };
    ctx.overlay.entry(CLAIMS, &key)?.set(claim);
    Ok(())
}

/// Returns the claim that a voucher belongs to, if there is one: the bookings of a claim have its number as their
/// voucher number.
pub(super) fn behind_voucher(
    ctx: &mut ActionContext<'_, '_>,
    payer: OrganisationId,
    voucher: &VoucherNumber,
) -> Result<Option<Arc<Claim>>, Fault> {
    get(ctx, payer, &claim_number_of(voucher))
}

/// Returns the filed claim whose lock now holds a receipt, if a claim holds it.
pub(super) fn behind_lock(
    ctx: &mut ActionContext<'_, '_>,
    receipt: &Receipt,
) -> Result<Option<Arc<Claim>>, Fault> {
    let now = ctx.block.time;
    let Some(lock) = receipt.live_lock(now) else {
        return Ok(None);
    };
    let claim = get(ctx, lock.owner, &lock.claim_number)?;
    let holds =
        |claim: &Arc<Claim>| claim.has(&receipt.id) && state::status(claim, now).holds_locks();
    Ok(claim.filter(holds))
}

/// Returns a receipt of a filed claim. It existed when the claim was filed, and no receipt is ever deleted. A missing
/// one is a fault of this machine, not a verdict.
pub(super) fn read_claimed(
    ctx: &mut ActionContext<'_, '_>,
    receipt: ReceiptId,
) -> Result<Arc<Receipt>, Fault> {
    let found = ctx.overlay.get(RECEIPTS, &receipt)?;
    found.ok_or_else(|| {
        let missing = Malformed::new("receipt", format!("{receipt} of a claim is missing"));
        corrupt(Table::Receipts, missing)
    })
}

/// The lock of a claim.
pub(super) fn lock_of(claim: &Claim) -> ClaimLock {
    ClaimLock {
        owner: claim.insurer,
        claim_number: claim.number.clone(),
        until: claim.until,
    }
}

/// Releases the locks of a claim on its receipts. If a lock of the claim expired and another payer locked the receipt,
/// the other lock stays.
pub(super) fn unlock(ctx: &mut ActionContext<'_, '_>, claim: &Claim) -> Result<(), Stop> {
    for id in claim.receipt_ids() {
        let receipt = read_claimed(ctx, id)?;
        if receipt.lock.as_ref().is_some_and(|lock| is_of(lock, claim)) {
            change(ctx.overlay, &receipt, |receipt| receipt.lock = None)?;
        }
    }
    Ok(())
}

fn is_of(lock: &ClaimLock, claim: &Claim) -> bool {
    lock.owner == claim.insurer && lock.claim_number == claim.number
}

/// Locks the receipts of a claim again after its payout failed, for as long as the claim may be decided. It skips
/// receipts that another claim has taken, or that can no longer be claimed.
pub(super) fn lock_again(ctx: &mut ActionContext<'_, '_>, claim: &Claim) -> Result<(), Stop> {
    let now = ctx.block.time;
    if now >= claim.until {
        return Ok(());
    }
    for id in claim.receipt_ids() {
        let receipt = read_claimed(ctx, id)?;
        let rules = ctx.block.parameters.fund_rules();
        let is_free = receipt.live_lock(now).is_none()
            && allows(status(&receipt, rules, now), ReceiptStep::Lock).is_ok();
        if is_free {
            let lock = lock_of(claim);
            change(ctx.overlay, &receipt, |receipt| receipt.lock = Some(lock))?;
        }
    }
    Ok(())
}

/// Removes the reservations of a claim from its receipts. Nothing takes their place.
pub(super) fn release(ctx: &mut ActionContext<'_, '_>, claim: &Claim) -> Result<(), Stop> {
    for id in claim.receipt_ids() {
        let receipt = read_claimed(ctx, id)?;
        if receipt.reservations.iter().any(|own| is_own(own, claim)) {
            change(ctx.overlay, &receipt, |receipt| {
                drop_reserved(receipt, claim)
            })?;
        }
    }
    Ok(())
}

/// Turns the reservations of a claim that are above 0 into bookings. No rule can reject this, because each reservation
/// kept room for its booking.
pub(super) fn book(ctx: &mut ActionContext<'_, '_>, claim: &Claim) -> Result<(), Stop> {
    for line in claim.paid_lines() {
        let receipt = read_claimed(ctx, line.receipt)?;
        let booking = booking_of(ctx, claim, line);
        change(ctx.overlay, &receipt, |receipt| {
            drop_reserved(receipt, claim);
            receipt.bookings.push(booking);
        })?;
    }
    Ok(())
}

fn is_own(reserved: &Reservation, claim: &Claim) -> bool {
    reserved.payer == claim.insurer && reserved.claim_number == claim.number
}

fn drop_reserved(receipt: &mut Receipt, claim: &Claim) {
    receipt
        .reservations
        .retain(|reserved| !is_own(reserved, claim));
}

fn booking_of(ctx: &ActionContext<'_, '_>, claim: &Claim, line: &Reimbursement) -> Booking {
    let decision = claim.decision.as_ref();
    let decision = decision.expect("a line is of a decision");
    Booking {
        payer: claim.insurer,
        fund_kind: claim.fund_kind,
        voucher_number: claim.voucher_number(),
        amount: line.fund,
        operator: decision.operator.clone(),
        reviewer: decision.reviewer.clone(),
        height: ctx.block.height,
        time: ctx.block.time,
        unbooking: None,
        carried_from: None,
        carried_to: None,
        accounting: AccountingFacts::default(),
    }
}

/// Refuses to take the bookings of a paid claim back if one of its receipts does not allow it.
pub(super) fn check_unbook(ctx: &mut ActionContext<'_, '_>, claim: &Claim) -> Result<(), Stop> {
    for line in claim.paid_lines() {
        let receipt = read_claimed(ctx, line.receipt)?;
        check_step(ctx, &receipt, ReceiptStep::Unbook)?;
        check_unarchived(&receipt, claim.insurer)?;
    }
    Ok(())
}

/// Takes the live bookings of a claim back, if it has any.
pub(super) fn unbook(
    ctx: &mut ActionContext<'_, '_>,
    claim: &Claim,
    reason: &Reason,
) -> Result<(), Stop> {
    let voucher = claim.voucher_number();
    let is_own = |booking: &Booking| {
        booking.payer == claim.insurer && booking.voucher_number == voucher && booking.is_live()
    };
    for line in claim.paid_lines() {
        let receipt = read_claimed(ctx, line.receipt)?;
        if !receipt.bookings.iter().any(is_own) {
            continue;
        }
        let unbooking = unbooking(ctx, reason);
        change(ctx.overlay, &receipt, |receipt| {
            let own = receipt.bookings.iter_mut().filter(|own| is_own(own));
            own.for_each(|booking| booking.unbooking = Some(unbooking.clone()));
        })?;
    }
    Ok(())
}

/// A booking taken back in this block.
pub(super) fn unbooking(ctx: &ActionContext<'_, '_>, reason: &Reason) -> Unbooking {
    Unbooking {
        reason: reason.clone(),
        operator: ctx.operator.cloned(),
        height: ctx.block.height,
        time: ctx.block.time,
    }
}

/// The rejection of a claim whose sum overflows.
pub(super) fn too_large(claim: &Claim) -> ClaimError {
    ClaimError::AmountTooLarge {
        claim_number: claim.number.clone(),
        most: Fen::new(i64::MAX),
    }
}

/// A receipt's place among what an action concerns.
pub(super) fn concerned(receipts: impl Iterator<Item = ReceiptId>) -> Vec<Option<ReceiptId>> {
    receipts.map(Some).collect()
}

/// Ends a claim.
pub(super) fn close(
    ctx: &mut ActionContext<'_, '_>,
    mut claim: Claim,
    closing: ClaimClosing,
) -> Result<Effects, Fault> {
    let receipts: Vec<_> = claim.receipt_ids().collect();
    claim.closing = Some(closing);
    put(ctx, claim)?;
    Ok(Effects::on(receipts))
}
