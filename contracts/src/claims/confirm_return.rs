//! `ConfirmReturn`: a bank confirms that money of a booking came back (退回).

use piaolian_proto::v1 as proto;

use super::{
    errors::ClaimError,
    movement::{self, MOVEMENTS, Movement, MovementKey, MovementKind},
    payer, store,
};
use crate::{
    action::{ActionContext, Effects, Handler, SupervisedFacts},
    malformed::Malformed,
    organisations::Role,
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
        SupervisedFacts::Returned {
            bank_reference: &self.bank_reference,
        }
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::AgentBank)?;
        payer::read(ctx, self.receipt)?;
        if self.is_known(ctx)? {
            return Ok(Effects::none());
        }
        // A reissue may have carried the booking to another receipt since the bank took the money.
        let receipt = store::read_current(ctx, self.receipt)?;
        let place = self.find(&receipt)?;
        self.check_amount(&receipt.bookings[place])?;
        self.check_time(ctx, &receipt.bookings[place])?;
        movement::take(ctx, self.movement(ctx))?;
        change(ctx.overlay, &receipt, |receipt| {
            let booking = &mut receipt.bookings[place];
            let returned = booking.returned.checked_add(self.amount);
            booking.returned = returned.expect("no more comes back than was paid");
        })?;
        Ok(Effects::on([receipt.id]))
    }
}

impl ConfirmReturn {
    fn find(&self, receipt: &Receipt) -> Result<usize, ClaimError> {
        let (payer, voucher) = (self.payer, &self.voucher_number);
        let mut bookings = receipt.bookings.iter();
        let place = bookings.position(|own| own.is_of(payer, voucher, self.payout_number));
        place.ok_or_else(|| ClaimError::NoSuchBooking {
            receipt: receipt.id,
            payer,
            voucher_number: voucher.clone(),
            payout_number: self.payout_number,
        })
    }

    /// Whether this very return was confirmed before.
    fn is_known(&self, ctx: &mut ActionContext<'_, '_>) -> Result<bool, Stop> {
        let key = MovementKey {
            bank: ctx.actor_id(),
            bank_reference: self.bank_reference.clone(),
        };
        let known = ctx.overlay.get(MOVEMENTS, &key)?;
        let same = |known: &Movement| {
            known.what == self.what() && known.amount == self.amount && known.moved == self.returned
        };
        Ok(known.is_some_and(|known| same(&known)))
    }

    /// Checks that no more comes back than may: of a claim what a recovery names, by hand what is out.
    fn check_amount(&self, booking: &Booking) -> Result<(), ClaimError> {
        let may_come_back = if self.payout_number == 0 {
            booking.out()
        } else {
            booking.open_recovery()
        };
        if self.amount <= may_come_back {
            return Ok(());
        }
        Err(ClaimError::AboveRecovery {
            receipt: self.receipt,
            voucher_number: self.voucher_number.clone(),
            payout_number: self.payout_number,
            amount: self.amount,
            open: may_come_back,
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

    fn what(&self) -> MovementKind {
        MovementKind::Return {
            receipt: self.receipt,
            payer: self.payer,
            voucher_number: self.voucher_number.clone(),
            payout_number: self.payout_number,
        }
    }

    fn movement(&self, ctx: &ActionContext<'_, '_>) -> Movement {
        Movement {
            bank: ctx.actor_id(),
            bank_reference: self.bank_reference.clone(),
            what: self.what(),
            amount: self.amount,
            moved: self.returned,
            height: ctx.block.height,
        }
    }
}
