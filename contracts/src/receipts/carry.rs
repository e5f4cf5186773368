//! The bookings of a receipt that is reissued.
//!
//! ```text
//!   original's live bookings, in order ─► up to what the new receipt lets the kind of fund claim ─► its bookings
//!                                     └─► the rest ─► its excesses: money that has to come back
//! ```

use super::{
    facts::Excess,
    record::{Booking, Receipt},
    status::remaining,
};
use crate::{
    chain::Height,
    parameters::FundRules,
    types::{BlockTime, Fen, ReceiptId},
};

/// Gives the new receipt of a reissue the live bookings of its original. Open excesses of the original go along. This is
/// the one place where a reissue makes money owed.
pub(super) fn carry(
    original: &Receipt,
    replacement: &mut Receipt,
    rules: &FundRules,
    (height, time): (Height, BlockTime),
) {
    replacement.excesses.extend_from_slice(&original.excesses);
    for booking in original.live_bookings() {
        let booked_on = booking.carried_from.unwrap_or(original.id);
        let room = rules.of(booking.fund_kind);
        let room = room.map_or(Fen::ZERO, |rule| remaining(replacement, rule));
        let carried = booking.amount.min(room);
        if carried.is_positive() {
            replacement.bookings.push(Booking {
                amount: carried,
                carried_from: Some(booked_on),
                ..booking.clone()
            });
        }
        let above = booking.amount.checked_sub(carried);
        let above = above.expect("at most the booking is carried");
        if above.is_positive() {
            replacement.excesses.push(Excess {
                payer: booking.payer,
                fund_kind: booking.fund_kind,
                voucher_number: booking.voucher_number.clone(),
                booked_on,
                amount: above,
                height,
                time,
            });
        }
    }
}

/// Ends the original of a reissue: what it held counts on the new receipt.
pub(super) fn end(original: &mut Receipt, red: ReceiptId, replacement: ReceiptId) {
    original.reversed_by = Some(red);
    original.replaced_by = Some(replacement);
    original.excesses.clear();
    for booking in &mut original.bookings {
        if booking.is_live() {
            booking.carried_to = Some(replacement);
        }
    }
}
