//! Reading and writing claims, and their effect on receipts.
//!
//! ```text
//!   filed      lock on every receipt           decided    reservations, no locks
//!   paid       bookings, reservations of 0     failed     locks again, where no other claim took one
//!   recalled   reservations, until the bank or finance ends the wait
//! ```

use std::sync::Arc;

use super::{
    compute::explain_full,
    errors::ClaimError,
    record::{Claim, ClaimClosing, ClaimEnd, Payout, PayoutNote, Reimbursement, claim_number_of},
    recovery, reimbursement,
    schema::{CLAIMS, ClaimKey},
    state,
};
use crate::{
    action::{ActionContext, Effects},
    malformed::Malformed,
    receipts::{
        self, Booking, ClaimLock, RECEIPTS, Receipt, ReceiptStep, Reservation, change,
        status::{allows, status},
    },
    rejection::Stop,
    state::{Fault, Table},
    storage::corrupt,
    types::{ClaimNumber, Fen, OrganisationId, ReceiptId, VoucherNumber},
};

/// An insurer's claim.
pub(super) fn find(
    ctx: &mut ActionContext<'_, '_>,
    insurer: OrganisationId,
    number: &ClaimNumber,
) -> Result<Arc<Claim>, Stop> {
    let found = filed_claim(ctx, insurer, number)?;
    Ok(found.ok_or_else(|| ClaimError::UnknownClaim {
        insurer,
        claim_number: number.clone(),
    })?)
}

/// Returns an insurer's claim, if it ever filed one of that number.
pub(crate) fn filed_claim(
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
    match filed_claim(ctx, ctx.actor_id(), number)? {
        None => Ok(()),
        Some(claim) => Err(ClaimError::ClaimNumberUsed {
            claim_number: claim.number.clone(),
            height: claim.filed_height,
        }
        .into()),
    }
}

/// Refuses to go on with a claim while a bank may still be looking for the money of a failed order.
pub(super) fn check_final_word(claim: &Claim) -> Result<(), ClaimError> {
    let mut payouts = claim.payouts.iter();
    match payouts.find(|payout| payout.awaits_final_word()) {
        None => Ok(()),
        Some(payout) => Err(ClaimError::NoFinalWord {
            claim_number: claim.number.clone(),
            payout_number: payout.number,
            bank: payout.bank,
        }),
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
    filed_claim(ctx, payer, &claim_number_of(voucher))
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
    let claim = filed_claim(ctx, lock.owner, &lock.claim_number)?;
    let holds =
        |claim: &Arc<Claim>| claim.has(&receipt.id) && state::status(claim, now).holds_locks();
    Ok(claim.filter(holds))
}

/// Returns a receipt of a filed claim, as the claim names it. It existed when the claim was filed, and no receipt is ever
/// deleted. A missing one is a fault of this machine, not a verdict.
pub(super) fn read_claimed(
    ctx: &mut ActionContext<'_, '_>,
    receipt: ReceiptId,
) -> Result<Arc<Receipt>, Fault> {
    let found = ctx.overlay.get(RECEIPTS, &receipt)?;
    found.ok_or_else(|| missing(receipt))
}

/// Returns a receipt of a claim as it counts now: if it was reissued, the last receipt in its place.
pub(super) fn read_current(
    ctx: &mut ActionContext<'_, '_>,
    receipt: ReceiptId,
) -> Result<Arc<Receipt>, Fault> {
    let found = receipts::current(ctx.overlay, receipt)?;
    found.ok_or_else(|| missing(receipt))
}

/// Returns the receipt of a claim in whose place `receipt` counts: itself, or one that was reissued.
pub(super) fn claimed_as(
    ctx: &mut ActionContext<'_, '_>,
    claim: &Claim,
    receipt: &Receipt,
) -> Result<Option<ReceiptId>, Fault> {
    if claim.has(&receipt.id) {
        return Ok(Some(receipt.id));
    }
    let replaced = receipts::replaced(ctx.overlay, receipt)?;
    Ok(replaced.into_iter().find(|id| claim.has(id)))
}

fn missing(receipt: ReceiptId) -> Fault {
    let missing = Malformed::new("receipt", format!("{receipt} of a claim is missing"));
    corrupt(Table::Receipts, missing)
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

/// Makes the reservations on a claim's receipts what the claim says: the amounts of the order that waits for its bank,
/// and 0 where a decision that stands pays nothing.
pub(super) fn reserve(ctx: &mut ActionContext<'_, '_>, claim: &Claim) -> Result<(), Stop> {
    for id in claim.receipt_ids() {
        let receipt = read_current(ctx, id)?;
        let amount = reserved_of(claim, id);
        let held = receipt.reservations.iter().find(|own| is_own(own, claim));
        if held.map(|held| held.amount) == amount {
            continue;
        }
        let reservation = amount.map(|amount| Reservation {
            payer: claim.insurer,
            fund_kind: claim.fund_kind,
            claim_number: claim.number.clone(),
            amount,
            height: ctx.block.height,
            time: ctx.block.time,
        });
        change(ctx.overlay, &receipt, |receipt| {
            receipt.reservations.retain(|held| !is_own(held, claim));
            receipt.reservations.extend(reservation);
        })?;
    }
    Ok(())
}

/// The amount that a claim reserves of a receipt.
fn reserved_of(claim: &Claim, id: ReceiptId) -> Option<Fen> {
    let waiting = claim.waiting().into_iter().flat_map(|order| &order.parts);
    let mut waiting = waiting.filter(|part| claim.receipt_at(part) == Some(id));
    if let Some(part) = waiting.next() {
        return Some(part.amount);
    }
    let mut nothing = claim.lines().filter(|line| !line.fund.is_positive());
    let counts = claim.counts() && nothing.any(|line| line.receipt == id);
    counts.then_some(Fen::ZERO)
}

fn is_own(reserved: &Reservation, claim: &Claim) -> bool {
    reserved.payer == claim.insurer && reserved.claim_number == claim.number
}

/// Whether a booking is a claim's.
pub(super) fn is_of_claim(booking: &Booking, claim: &Claim) -> bool {
    booking.payer == claim.insurer && booking.voucher_number == claim.voucher_number()
}

/// Ends an order that came to nothing, or that was paid although it was recalled. A decision stands no longer with it;
/// of a correction only the lines that the order was for, and the former ones stand again. A recalled claim ends. The
/// caller writes the claim.
pub(super) fn end_order(
    ctx: &mut ActionContext<'_, '_>,
    claim: &mut Claim,
    payout: &Payout,
) -> Result<(), Stop> {
    if payout.by_correction {
        let ordered: Vec<_> = payout
            .parts
            .iter()
            .map(|part| claim.receipt_at(part))
            .collect();
        let is_ordered = |line: &Reimbursement| ordered.contains(&Some(line.receipt));
        let kept = claim.lines().filter(|line| !is_ordered(line));
        let mut lines: Vec<Reimbursement> = kept.cloned().collect();
        lines.append(&mut claim.former_lines);
        if lines.is_empty() {
            reimbursement::take_off(ctx, claim)?;
        } else {
            let changed = reimbursement::change_lines(ctx, claim, lines)?;
            changed.map_err(|full| explain_full(full, claim))?;
        }
        for id in ordered.into_iter().flatten() {
            let mut former = claim.lines().filter(|line| line.receipt == id);
            let former = former.next().filter(|_| claim.counts());
            let due = former.map_or(Fen::ZERO, |line| line.fund);
            recovery::open_beyond(ctx, claim, id, due)?;
        }
        return reserve(ctx, claim);
    }
    reimbursement::take_off(ctx, claim)?;
    // First the reservations go, so that only a receipt of which something is left is locked again.
    match &payout.recall {
        Some(recall) => {
            claim.closing = Some(closing_of(ctx, claim, recall));
            reserve(ctx, claim)
        }
        None => {
            reserve(ctx, claim)?;
            let is_paid = claim.payouts.iter().any(|other| other.paid().is_some());
            if is_paid {
                return Ok(());
            }
            lock_again(ctx, claim)
        }
    }
}

/// The end of a claim whose order was recalled.
fn closing_of(ctx: &ActionContext<'_, '_>, claim: &Claim, recall: &PayoutNote) -> ClaimClosing {
    ClaimClosing {
        end: if recall.organisation == claim.insurer {
            ClaimEnd::Corrected
        } else {
            ClaimEnd::Released
        },
        organisation: recall.organisation,
        reason: recall.reason.clone(),
        operator: recall.operator.clone(),
        reviewer: recall.reviewer.clone(),
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
