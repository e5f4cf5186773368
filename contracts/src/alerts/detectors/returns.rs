//! Money that a bank paid late, bookings taken back as errors, and references used twice.

use super::{Detectors, Found, claims::find};
use crate::{
    action::{ActionContext, ConfirmedPayout, Effects},
    alerts::kinds::Suspicion,
    claims,
    receipts::{Booking, RECEIPTS, Receipt},
    rejection::Rejection,
    state::Fault,
    types::{BankReference, OrganisationId, ReceiptId, VoucherNumber},
};

impl Detectors {
    /// Raises an alert if the bank paid an order after it was recalled, had failed or was given up.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn paid_late(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        confirmation: &ConfirmedPayout<'_>,
        effects: &Effects,
    ) -> Result<(), Fault> {
        // The same report again has no effect.
        if confirmation.paid.is_none() || effects.items.is_empty() {
            return Ok(());
        }
        let (bank, insurer) = (ctx.actor_id(), confirmation.insurer);
        let Some(claim) = find(ctx, insurer, confirmation.number)? else {
            return Ok(());
        };
        let mut orders = claim.payouts.iter();
        let order = orders.find(|order| order.number == confirmation.payout_number);
        let Some(order) = order.filter(|order| order.is_late()) else {
            return Ok(());
        };
        let claim = claim.number.to_string();
        let bank_reference = confirmation.bank_reference.clone();
        let suspicion = if order.contradicted.is_some() {
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
        };
        let found = Found::hourly(suspicion, bank, ctx.block.time);
        self.note(found.naming(insurer));
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
        if by.code == claims::code::ReferenceUsed {
            let bank = ctx.actor_id();
            let suspicion = Suspicion::ReferenceReused {
                bank,
                bank_reference: bank_reference.clone(),
            };
            self.note(Found::hourly(suspicion, bank, ctx.block.time));
        }
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
