//! The bookings of a receipt that is reissued.
//!
//! ```text
//!   original's bookings of which money is out, in order ─► bookings of the new receipt
//!       what stands of one, above what the new receipt still lets its kind of fund claim ─► a recovery over it
//! ```

use super::record::{Booking, Receipt};
use crate::{
    parameters::{FundRule, FundRules},
    types::{Fen, ReceiptId},
};

/// Gives the new receipt of a reissue the bookings of its original of which money is out, and opens recoveries over what
/// is above. This is the one place where a reissue makes money owed.
pub(super) fn carry(original: &Receipt, replacement: &mut Receipt, rules: &FundRules) {
    for booking in original.live_bookings() {
        let mut carried = Booking {
            carried_from: Some(booking.carried_from.unwrap_or(original.id)),
            ..booking.clone()
        };
        let rule = rules.of(booking.fund_kind);
        let room = rule.map_or(Fen::ZERO, |rule| room(replacement, rule));
        let above = carried.standing().checked_sub(room);
        if let Some(above) = above.filter(|above| above.is_positive()) {
            carried.recover(above);
        }
        replacement.bookings.push(carried);
    }
}

/// The amount that a kind of fund may claim beyond what stands: what must come back takes no room.
fn room(receipt: &Receipt, rule: &FundRule) -> Fen {
    let standing = Fen::checked_sum(receipt.live_bookings().map(Booking::standing));
    let claimable = rule.claimable(receipt.total, &receipt.settlement);
    let room = standing.and_then(|standing| claimable.checked_sub(standing));
    room.filter(|room| room.is_positive()).unwrap_or(Fen::ZERO)
}

/// Ends the original of a reissue: its bookings count on the new receipt.
pub(super) fn end(original: &mut Receipt, red: ReceiptId, replacement: ReceiptId) {
    original.reversed_by = Some(red);
    original.replaced_by = Some(replacement);
    for booking in &mut original.bookings {
        if booking.out().is_positive() {
            booking.carried_to = Some(replacement);
        }
    }
}
