//! Booking what a bank paid.
//!
//! ```text
//!   amount ─► the parts of the order in their order, each at most its part ─► bookings
//!         └─► what is above the order, on the first part: it must come back
//!   the order was paid before ─► its bookings grow, and all of it must come back
//! ```

use super::{
    errors::ClaimError,
    record::{Claim, Payout},
    store,
};
use crate::{
    action::ActionContext,
    receipts::{AccountingFacts, Booking, LATE_BOOKINGS_MAX, Receipt, change},
    rejection::Stop,
    types::{Fen, ReceiptId},
};

/// The share of a receipt in a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Share {
    receipt: ReceiptId,
    /// As ordered, or less.
    ordered: Fen,
    /// The part that was not ordered.
    above: Fen,
}

/// Books a payment of an order. The money is out, so only the bounds of the record can reject this: each reservation
/// kept room for its booking. If `all_returns`, a recovery is open over all of it, otherwise over what is above the
/// order.
pub(super) fn book(
    ctx: &mut ActionContext<'_, '_>,
    claim: &Claim,
    order: &Payout,
    amount: Fen,
    all_returns: bool,
) -> Result<(), Stop> {
    for share in shares(claim, order, amount) {
        let receipt = store::read_current(ctx, share.receipt)?;
        let sum = share.ordered.checked_add(share.above);
        let sum = sum.ok_or_else(|| store::too_large(claim))?;
        let returns = if all_returns { sum } else { share.above };
        match place_of(&receipt, claim, order) {
            Some(place) => {
                let mut booking = receipt.bookings[place].clone();
                let grown = booking.amount.checked_add(sum);
                booking.amount = grown.ok_or_else(|| store::too_large(claim))?;
                booking.recover(returns);
                change(ctx.overlay, &receipt, |receipt| {
                    receipt.bookings[place] = booking;
                })?;
            }
            None => {
                check_late_room(&receipt)?;
                let mut booking = booking_of(ctx, claim, order.number, sum);
                booking.recover(returns);
                change(ctx.overlay, &receipt, |receipt| {
                    receipt.bookings.push(booking);
                })?;
            }
        }
    }
    Ok(())
}

/// The place of the booking that an earlier payment of the order made.
fn place_of(receipt: &Receipt, claim: &Claim, order: &Payout) -> Option<usize> {
    let mut bookings = receipt.bookings.iter();
    bookings.position(|own| {
        store::is_of_claim(own, claim)
            && own.payout_number == order.number
            && own.unbooking.is_none()
    })
}

/// Spreads a payment over the parts of its order.
fn shares(claim: &Claim, order: &Payout, amount: Fen) -> Vec<Share> {
    let mut left = amount;
    let mut shares: Vec<Share> = Vec::with_capacity(order.parts.len());
    for part in &order.parts {
        let receipt = claim.receipt_at(part);
        let ordered = part.amount.min(left);
        left = left.checked_sub(ordered).unwrap_or(Fen::ZERO);
        shares.push(Share {
            receipt: receipt.expect("an order is over receipts of its claim"),
            ordered,
            above: Fen::ZERO,
        });
    }
    if let Some(first) = shares.first_mut() {
        first.above = left;
    }
    shares.retain(|share| share.ordered.is_positive() || share.above.is_positive());
    shares
}

fn check_late_room(receipt: &Receipt) -> Result<(), ClaimError> {
    if receipt.bookings.len() < LATE_BOOKINGS_MAX {
        return Ok(());
    }
    Err(ClaimError::TooManyBookings {
        receipt: receipt.id,
        bookings_max: LATE_BOOKINGS_MAX,
    })
}

fn booking_of(
    ctx: &ActionContext<'_, '_>,
    claim: &Claim,
    payout_number: u32,
    amount: Fen,
) -> Booking {
    let decision = claim.decision.as_ref();
    let decision = decision.expect("an order follows a decision");
    Booking {
        payer: claim.insurer,
        fund_kind: claim.fund_kind,
        voucher_number: claim.voucher_number(),
        amount,
        operator: decision.operator.clone(),
        reviewer: decision.reviewer.clone(),
        height: ctx.block.height,
        time: ctx.block.time,
        unbooking: None,
        payout_number,
        recovery: Fen::ZERO,
        returned: Fen::ZERO,
        payer_gone: None,
        carried_from: None,
        carried_to: None,
        accounting: AccountingFacts::default(),
    }
}
