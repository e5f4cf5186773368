//! Recoveries (追回): the parts of a claim's bookings that must come back.

use std::sync::Arc;

use super::{record::Claim, store};
use crate::{
    action::ActionContext,
    receipts::{
        Booking, Receipt, ReceiptStep, change,
        status::{check_step, check_unarchived},
    },
    rejection::Stop,
    types::{Fen, ReceiptId},
};

/// The sum of a claim's bookings on a receipt that no recovery names.
pub(super) fn standing(receipt: &Receipt, claim: &Claim) -> Fen {
    sum(receipt, claim, Booking::standing)
}

/// The sum of a claim's bookings on a receipt that must come back and has not.
pub(super) fn open_of(receipt: &Receipt, claim: &Claim) -> Fen {
    sum(receipt, claim, Booking::open_recovery)
}

fn sum(receipt: &Receipt, claim: &Claim, part: fn(&Booking) -> Fen) -> Fen {
    let own = receipt
        .bookings
        .iter()
        .filter(|own| store::is_of_claim(own, claim));
    Fen::checked_sum(own.map(part)).unwrap_or(Fen::new(i64::MAX))
}

/// Opens a recovery over `part` of what stands of a claim on a receipt, the last booking first; `None`: over all.
///
/// # Errors
/// When the payer archived the receipt, or the store cannot be read.
pub(super) fn open(
    ctx: &mut ActionContext<'_, '_>,
    claim: &Claim,
    id: ReceiptId,
    part: Option<Fen>,
) -> Result<(), Stop> {
    let receipt = store::read_current(ctx, id)?;
    let standing = standing(&receipt, claim);
    let part = part.unwrap_or(standing).min(standing);
    if !part.is_positive() {
        return Ok(());
    }
    check_step(ctx, &receipt, ReceiptStep::Unbook)?;
    check_unarchived(&receipt, claim.insurer)?;
    recover(ctx, &receipt, claim, part)
}

/// Opens a recovery over what stands of a claim on a receipt beyond `due`. It follows a bank's word, so nothing refuses
/// it.
pub(super) fn open_beyond(
    ctx: &mut ActionContext<'_, '_>,
    claim: &Claim,
    id: ReceiptId,
    due: Fen,
) -> Result<(), Stop> {
    let receipt = store::read_current(ctx, id)?;
    let beyond = standing(&receipt, claim).checked_sub(due);
    match beyond.filter(|beyond| beyond.is_positive()) {
        None => Ok(()),
        Some(beyond) => recover(ctx, &receipt, claim, beyond),
    }
}

fn recover(
    ctx: &mut ActionContext<'_, '_>,
    receipt: &Arc<Receipt>,
    claim: &Claim,
    part: Fen,
) -> Result<(), Stop> {
    change_newest_first(ctx, receipt, claim, part, |booking, left| {
        let part = left.min(booking.standing());
        booking.recover(part);
        part
    })
}

/// Gives `part` of the open recoveries of a claim on a receipt up, the last booking first: it was owed after all.
pub(super) fn give_up(
    ctx: &mut ActionContext<'_, '_>,
    claim: &Claim,
    id: ReceiptId,
    part: Fen,
) -> Result<(), Stop> {
    let receipt = store::read_current(ctx, id)?;
    change_newest_first(ctx, &receipt, claim, part, |booking, left| {
        let part = left.min(booking.open_recovery());
        booking.keep(part);
        part
    })
}

/// Spreads an amount over a claim's bookings on a receipt. `take` returns the part that a booking took.
fn change_newest_first(
    ctx: &mut ActionContext<'_, '_>,
    receipt: &Arc<Receipt>,
    claim: &Claim,
    amount: Fen,
    take: impl Fn(&mut Booking, Fen) -> Fen,
) -> Result<(), Stop> {
    change(ctx.overlay, receipt, |receipt| {
        let own = receipt.bookings.iter_mut().rev();
        let mut left = amount;
        for booking in own.filter(|own| store::is_of_claim(own, claim)) {
            let taken = take(booking, left);
            left = left.checked_sub(taken).unwrap_or(Fen::ZERO);
        }
    })
}
