//! `UnbookReceipt`: a payer takes a booking back (撤销入账).

use piaolian_proto::v1 as proto;

use super::{errors::ClaimError, payer, store};
use crate::{
    action::{ActionContext, Effects, Handler},
    malformed::Malformed,
    receipts::{
        Booking, Receipt, ReceiptStep, change,
        status::{check_step, check_unarchived},
    },
    rejection::Stop,
    types::{OrganisationId, Reason, ReceiptId, VoucherNumber},
};

/// Takes a booking back. The booking is kept and marked, and its voucher number
/// stays used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnbookReceipt {
    receipt: ReceiptId,
    voucher_number: VoucherNumber,
    reason: Reason,
}

impl TryFrom<proto::UnbookReceipt> for UnbookReceipt {
    type Error = Malformed;

    fn try_from(message: proto::UnbookReceipt) -> Result<Self, Malformed> {
        Ok(Self {
            receipt: ReceiptId::parse("receipt", message.receipt)?,
            voucher_number: VoucherNumber::parse("voucher_number", message.voucher_number)?,
            reason: Reason::parse("reason", message.reason)?,
        })
    }
}

impl Handler for UnbookReceipt {
    fn receipts(&self) -> Vec<Option<ReceiptId>> {
        vec![Some(self.receipt)]
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        payer::authorise(ctx)?;
        let receipt = payer::read(ctx, self.receipt)?;
        check_step(ctx, &receipt, ReceiptStep::Unbook)?;
        let place = self.find(&receipt, ctx.actor_id())?;
        check_unarchived(&receipt, ctx.actor_id())?;
        self.check_own(ctx, &receipt.bookings[place], receipt.id)?;
        let unbooking = store::unbooking(ctx, &self.reason);
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
