//! `UnbookReceipt`: a payer takes a booking by hand back that was entered in error (撤销入账).

use piaolian_proto::v1 as proto;

use super::{errors::ClaimError, payer, store};
use crate::{
    action::{ActionContext, Effects, Handler, SupervisedFacts},
    malformed::Malformed,
    receipts::{
        Booking, Receipt, ReceiptStep, Unbooking, change,
        status::{check_step, check_unarchived},
    },
    rejection::Stop,
    types::{Operator, OrganisationId, Reason, ReceiptId, VoucherNumber},
};

/// Takes a booking back of which nothing was paid, within the governed time. The booking is kept and marked, and its
/// voucher number stays used. Money that was paid comes back by `ConfirmReturn`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnbookReceipt {
    receipt: ReceiptId,
    voucher_number: VoucherNumber,
    reason: Reason,
    reviewer: Operator,
}

impl TryFrom<proto::UnbookReceipt> for UnbookReceipt {
    type Error = Malformed;

    fn try_from(message: proto::UnbookReceipt) -> Result<Self, Malformed> {
        Ok(Self {
            receipt: ReceiptId::parse("receipt", message.receipt)?,
            voucher_number: VoucherNumber::parse("voucher_number", message.voucher_number)?,
            reason: Reason::parse("reason", message.reason)?,
            reviewer: Operator::parse("reviewer", message.reviewer)?,
        })
    }
}

impl Handler for UnbookReceipt {
    fn receipts(&self) -> Vec<Option<ReceiptId>> {
        vec![Some(self.receipt)]
    }

    fn supervised_facts(&self) -> SupervisedFacts<'_> {
        SupervisedFacts::EnteredInError {
            receipt: self.receipt,
            voucher_number: &self.voucher_number,
        }
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        payer::authorise(ctx)?;
        let receipt = payer::read(ctx, self.receipt)?;
        check_step(ctx, &receipt, ReceiptStep::Unbook)?;
        let place = self.find(&receipt, ctx.actor_id())?;
        check_unarchived(&receipt, ctx.actor_id())?;
        self.check_own(ctx, &receipt.bookings[place], receipt.id)?;
        let operator = payer::two_persons(ctx, self.receipt, &self.reviewer)?;
        self.check_in_time(ctx, &receipt.bookings[place])?;
        let unbooking = Unbooking {
            reason: self.reason.clone(),
            operator: Some(operator),
            reviewer: self.reviewer.clone(),
            evidence_hash: None,
            height: ctx.block.height,
            time: ctx.block.time,
        };
        change(ctx.overlay, &receipt, |receipt| {
            receipt.bookings[place].unbooking = Some(unbooking);
        })?;
        Ok(Effects::on([self.receipt]))
    }
}

impl UnbookReceipt {
    /// Refuses to take back by hand a booking that a claim made. `CorrectClaim` takes it back.
    /// A reissue may have carried it to another receipt than the claim's.
    fn check_own(
        &self,
        ctx: &mut ActionContext<'_, '_>,
        booking: &Booking,
        receipt: ReceiptId,
    ) -> Result<(), Stop> {
        let booked_on = booking.carried_from.unwrap_or(receipt);
        let claim = store::behind_voucher(ctx, ctx.actor_id(), &self.voucher_number)?;
        match claim.filter(|claim| claim.has(&booked_on)) {
            None => Ok(()),
            Some(claim) => Err(ClaimError::BookedByClaim {
                receipt,
                claim_number: claim.number.clone(),
            }
            .into()),
        }
    }

    /// Refuses to call an entry an error after the governed time, or after money of it came back: then it was paid.
    fn check_in_time(
        &self,
        ctx: &ActionContext<'_, '_>,
        booking: &Booking,
    ) -> Result<(), ClaimError> {
        let (receipt, voucher_number) = (self.receipt, self.voucher_number.clone());
        if booking.returned.is_positive() {
            return Err(ClaimError::WasPaid {
                receipt,
                voucher_number,
                returned: booking.returned,
            });
        }
        let until = booking.time.after_ms(ctx.block.parameters.entry_error_ms());
        if ctx.block.time < until {
            return Ok(());
        }
        Err(ClaimError::NoEntryError {
            receipt,
            voucher_number,
            until: until.in_beijing(),
        })
    }

    /// The place of the payer's live booking with this voucher.
    fn find(&self, receipt: &Receipt, payer: OrganisationId) -> Result<usize, ClaimError> {
        let (id, voucher_number) = (receipt.id, self.voucher_number.clone());
        let named = |place: &usize| receipt.bookings[*place].voucher_number == voucher_number;
        let places: Vec<usize> = (0..receipt.bookings.len()).filter(named).collect();
        let own = places
            .iter()
            .find(|place| receipt.bookings[**place].payer == payer);
        let Some(place) = own else {
            return Err(match places.last() {
                None => ClaimError::UnknownBooking {
                    receipt: id,
                    voucher_number,
                },
                Some(place) => ClaimError::NotTheBooker {
                    receipt: id,
                    voucher_number,
                    payer: receipt.bookings[*place].payer,
                },
            });
        };
        match &receipt.bookings[*place].unbooking {
            None => Ok(*place),
            Some(unbooking) => Err(ClaimError::AlreadyUnbooked {
                receipt: id,
                voucher_number,
                height: unbooking.height,
            }),
        }
    }
}
