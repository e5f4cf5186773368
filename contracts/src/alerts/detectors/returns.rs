//! Money that a bank paid late, twice or in another amount, or that came back unasked; bookings taken back as errors; and
//! references used twice.

use super::{Detectors, Found};
use crate::{
    action::{ActionContext, ConfirmedPayout, ConfirmedReturn, Effects},
    alerts::kinds::Suspicion,
    claims::{Confirmation, Payout, filed_claim},
    payments,
    receipts::{Booking, RECEIPTS, Receipt},
    rejection::Rejection,
    state::Fault,
    types::{BankReference, Fen, OrganisationId, ReceiptId, VoucherNumber},
};

impl Detectors {
    /// Examines a payment: whether the bank paid the order late, twice, or in another amount than ordered.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn paid(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        confirmation: &ConfirmedPayout<'_>,
        effects: &Effects,
    ) -> Result<(), Fault> {
        // The same report again has no effect.
        let Some(amount) = confirmation.paid.filter(|_| !effects.items.is_empty()) else {
            return Ok(());
        };
        let Some(claim) = filed_claim(ctx, confirmation.insurer, confirmation.number)? else {
            return Ok(());
        };
        let mut orders = claim.payouts.iter();
        let order = orders.find(|order| order.number == confirmation.payout_number);
        let Some((order, first)) = order.zip(claim.receipt_ids().next()) else {
            return Ok(());
        };
        let insurer = claim.insurer;
        let is_first = |paid: &Confirmation| paid.bank_reference == *confirmation.bank_reference;
        let is_again = !order.paid().is_some_and(is_first);
        let mut found = Vec::new();
        if is_again {
            let suspicion = paid_twice(ctx, confirmation, amount);
            found.push(Found::about(suspicion, ctx.actor_id(), first));
        } else {
            if order.is_late() {
                let suspicion = paid_late(ctx, confirmation, order);
                found.push(Found::hourly(suspicion, ctx.actor_id(), ctx.block.time));
            }
            if amount != order.amount {
                let suspicion = paid_another_amount(ctx, confirmation, amount, order);
                found.push(Found::about(suspicion, ctx.actor_id(), first));
            }
        }
        for found in found {
            self.note(found.naming(insurer));
        }
        Ok(())
    }

    /// Raises an alert if more of a claim's booking came back than was to come back.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn returned(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        back: &ConfirmedReturn<'_>,
        effects: &Effects,
    ) -> Result<(), Fault> {
        if back.payout_number == 0 || effects.items.is_empty() {
            return Ok(());
        }
        let Some(receipt) = ctx.overlay.get(RECEIPTS, &back.receipt)? else {
            return Ok(());
        };
        let place = receipt.place_of(back.payer, back.voucher_number, back.payout_number);
        let Some(booking) = place.map(|place| &receipt.bookings[place]) else {
            return Ok(());
        };
        if booking.returned > booking.recovery && booking.payer_gone.is_none() {
            let suspicion = Suspicion::ReturnedUnasked {
                receipt: back.receipt,
                payer: back.payer,
                voucher: back.voucher_number.to_string(),
                bank: ctx.actor_id(),
                bank_reference: back.bank_reference.clone(),
            };
            let found = Found::about(suspicion, back.payer, back.receipt);
            self.note(found.naming(ctx.actor_id()));
        }
        Ok(())
    }

    /// Raises an alert because a payer took a booking back by its word alone.
    pub(super) fn entered_in_error(
        &mut self,
        ctx: &ActionContext<'_, '_>,
        receipt: ReceiptId,
        voucher: &VoucherNumber,
    ) {
        let payer = ctx.actor_id();
        let suspicion = Suspicion::EnteredInError {
            receipt,
            payer,
            voucher: voucher.to_string(),
        };
        self.note(Found::about(suspicion, payer, receipt));
    }

    /// Raises an alert if the acting payer claims a receipt again of which it took a booking back.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn claimed_after_error(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        receipt: ReceiptId,
    ) -> Result<(), Fault> {
        let payer = ctx.actor_id();
        let found = ctx.overlay.get(RECEIPTS, &receipt)?;
        let error = found.and_then(|found| last_error(&found, Some(payer)).cloned());
        if let Some(error) = error {
            let suspicion = Suspicion::BookedAfterError {
                receipt,
                payer,
                voucher: error.voucher_number.to_string(),
            };
            self.note(Found::about(suspicion, payer, receipt));
        }
        Ok(())
    }

    /// Raises an alert if an issuer reversed a receipt of which a payer took a booking back.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn reversed_after_error(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        receipt: ReceiptId,
    ) -> Result<(), Fault> {
        let issuer = ctx.actor_id();
        let found = ctx.overlay.get(RECEIPTS, &receipt)?;
        let error = found.and_then(|found| last_error(&found, None).cloned());
        if let Some(error) = error {
            let suspicion = Suspicion::ReversedAfterError {
                receipt,
                issuer,
                payer: error.payer,
                voucher: error.voucher_number.to_string(),
            };
            self.note(Found::about(suspicion, issuer, receipt).naming(error.payer));
        }
        Ok(())
    }

    /// Raises an alert because finance took a gone payer's booking off.
    pub(super) fn struck(
        &mut self,
        ctx: &ActionContext<'_, '_>,
        receipt: ReceiptId,
        payer: OrganisationId,
        voucher: &VoucherNumber,
    ) {
        let suspicion = Suspicion::BookingStruck {
            receipt,
            payer,
            voucher: voucher.to_string(),
            finance: ctx.actor_id(),
        };
        self.note(Found::about(suspicion, payer, receipt));
    }

    /// Raises an alert if the acting bank gave one reference to two movements.
    pub(super) fn reference_reused(
        &mut self,
        ctx: &ActionContext<'_, '_>,
        bank_reference: &BankReference,
        by: &Rejection,
    ) {
        if by.code == payments::code::ReferenceUsed {
            let bank = ctx.actor_id();
            let suspicion = Suspicion::ReferenceReused {
                bank,
                bank_reference: bank_reference.clone(),
            };
            self.note(Found::hourly(suspicion, bank, ctx.block.time));
        }
    }
}

fn paid_twice(
    ctx: &ActionContext<'_, '_>,
    confirmation: &ConfirmedPayout<'_>,
    amount: Fen,
) -> Suspicion {
    Suspicion::PaidTwice {
        bank: ctx.actor_id(),
        insurer: confirmation.insurer,
        claim: confirmation.number.to_string(),
        bank_reference: confirmation.bank_reference.clone(),
        payout: confirmation.payout_number,
        amount,
    }
}

fn paid_late(
    ctx: &ActionContext<'_, '_>,
    confirmation: &ConfirmedPayout<'_>,
    order: &Payout,
) -> Suspicion {
    let (bank, insurer) = (ctx.actor_id(), confirmation.insurer);
    let claim = confirmation.number.to_string();
    let bank_reference = confirmation.bank_reference.clone();
    if order.contradicted.is_some() {
        Suspicion::PaidAfterFailure {
            bank,
            insurer,
            claim,
            bank_reference,
            payout: order.number,
        }
    } else {
        Suspicion::PaidAfterRecall {
            bank,
            insurer,
            claim,
            bank_reference,
        }
    }
}

fn paid_another_amount(
    ctx: &ActionContext<'_, '_>,
    confirmation: &ConfirmedPayout<'_>,
    amount: Fen,
    order: &Payout,
) -> Suspicion {
    Suspicion::PaidAmountDiffers {
        bank: ctx.actor_id(),
        insurer: confirmation.insurer,
        claim: confirmation.number.to_string(),
        bank_reference: confirmation.bank_reference.clone(),
        amount,
        ordered: order.amount,
    }
}

/// The last booking of a receipt that its payer took back as entered in error, of one payer or of any.
fn last_error(receipt: &Receipt, payer: Option<OrganisationId>) -> Option<&Booking> {
    let mut newest_first = receipt.bookings.iter().rev();
    newest_first.find(|booking| {
        let unbooking = booking.unbooking.as_ref();
        let in_error = unbooking.is_some_and(|unbooking| unbooking.evidence_hash.is_none());
        in_error && payer.is_none_or(|payer| booking.payer == payer)
    })
}
