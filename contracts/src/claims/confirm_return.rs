//! `ConfirmReturn`: a bank confirms that money of a booking came back (退回).
//!
//! Money that came back is a fact, also where nobody asked for it, as when the payee's account was closed (退汇). So a
//! return needs no recovery; without one, an alert names it.

use piaolian_proto::v1 as proto;

use super::{errors::ClaimError, payer, store};
use crate::{
    action::{ActionContext, ConfirmedReturn, Effects, Handler, SupervisedFacts},
    malformed::Malformed,
    organisations::Role,
    payments::{Movement, MovementKind, ReturnMovement, movement},
    receipts::{Booking, Receipt, change},
    rejection::Stop,
    types::{BankReference, BlockTime, Fen, OrganisationId, ReceiptId, VoucherNumber},
};

/// Reduces a booking by what came back, and closes its recovery when all of it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfirmReturn {
    bank_reference: BankReference,
    receipt: ReceiptId,
    payer: OrganisationId,
    voucher_number: VoucherNumber,
    payout_number: u32,
    amount: Fen,
    returned: BlockTime,
}

impl TryFrom<proto::ConfirmReturn> for ConfirmReturn {
    type Error = Malformed;

    fn try_from(message: proto::ConfirmReturn) -> Result<Self, Malformed> {
        if message.amount_fen <= 0 {
            return Err(Malformed::new("amount_fen", "must be more than 0"));
        }
        Ok(Self {
            bank_reference: BankReference::parse("bank_reference", message.bank_reference)?,
            receipt: ReceiptId::parse("receipt", message.receipt)?,
            payer: OrganisationId::parse("payer", &message.payer)?,
            voucher_number: VoucherNumber::parse("voucher_number", message.voucher_number)?,
            payout_number: message.payout_number,
            amount: Fen::new(message.amount_fen),
            returned: BlockTime::from_ms(message.returned_ms),
        })
    }
}

impl Handler for ConfirmReturn {
    fn receipts(&self) -> Vec<Option<ReceiptId>> {
        vec![Some(self.receipt)]
    }

    fn supervised_facts(&self) -> SupervisedFacts<'_> {
        SupervisedFacts::Returned(ConfirmedReturn {
            receipt: self.receipt,
            payer: self.payer,
            voucher_number: &self.voucher_number,
            payout_number: self.payout_number,
            bank_reference: &self.bank_reference,
        })
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::AgentBank)?;
        payer::read(ctx, self.receipt)?;
        let movement = self.movement(ctx);
        if movement::is_known(ctx, &movement)? {
            return Ok(Effects::none());
        }
        // A reissue may have carried the booking to another receipt since the bank took the money.
        let receipt = store::read_current(ctx, self.receipt)?;
        let place = self.find(&receipt)?;
        self.check_amount(&receipt, place)?;
        self.check_time(ctx, &receipt.bookings[place])?;
        movement::take_of_payer(ctx, movement, self.payer)?;
        change(ctx.overlay, &receipt, |receipt| {
            let booking = &mut receipt.bookings[place];
            let returned = booking.returned.checked_add(self.amount);
            booking.returned = returned.expect("no more comes back than was paid");
        })?;
        Ok(Effects::on([receipt.id]))
    }
}

impl ConfirmReturn {
    /// The place of the booking, one that was not taken off if there is one.
    fn find(&self, receipt: &Receipt) -> Result<usize, ClaimError> {
        let (payer, voucher) = (self.payer, &self.voucher_number);
        let place = receipt.place_of(payer, voucher, self.payout_number);
        place.ok_or_else(|| ClaimError::NoSuchBooking {
            receipt: receipt.id,
            payer,
            voucher_number: voucher.clone(),
            payout_number: self.payout_number,
        })
    }

    /// Checks that no more comes back than is out. While another order of the claim has a recovery open on the receipt,
    /// no more than the recovery of this one: the return belongs to the other.
    fn check_amount(&self, receipt: &Receipt, place: usize) -> Result<(), ClaimError> {
        let booking = &receipt.bookings[place];
        let mut others = receipt.bookings.iter();
        let another_waits = others.any(|other| {
            (other.payer, &other.voucher_number) == (self.payer, &self.voucher_number)
                && other.payout_number != self.payout_number
                && other.open_recovery().is_positive()
        });
        let may_come_back = if another_waits {
            booking.open_recovery()
        } else {
            booking.out()
        };
        if self.amount <= may_come_back {
            return Ok(());
        }
        Err(ClaimError::AboveReturnable {
            receipt: self.receipt,
            voucher_number: self.voucher_number.clone(),
            payout_number: self.payout_number,
            amount: self.amount,
            may_come_back,
        })
    }

    /// Checks that the money came back after the booking and before now.
    fn check_time(&self, ctx: &ActionContext<'_, '_>, booking: &Booking) -> Result<(), ClaimError> {
        let (drift, now) = (ctx.block.parameters.clock_drift_ms_max(), ctx.block.time);
        let at = self.returned;
        if at <= now.after_ms(drift) && at.after_ms(drift) >= booking.time {
            return Ok(());
        }
        Err(ClaimError::ReturnedOutOfTime {
            receipt: self.receipt,
            voucher_number: self.voucher_number.clone(),
            returned: at.in_beijing(),
            booked: booking.time.in_beijing(),
            now: now.in_beijing(),
        })
    }

    fn movement(&self, ctx: &ActionContext<'_, '_>) -> Movement {
        Movement {
            bank: ctx.actor_id(),
            bank_reference: self.bank_reference.clone(),
            what: MovementKind::Return(ReturnMovement {
                receipt: self.receipt,
                payer: self.payer,
                voucher_number: self.voucher_number.clone(),
                payout_number: self.payout_number,
            }),
            amount: self.amount,
            moved: self.returned,
            height: ctx.block.height,
        }
    }
}
