//! `ConfirmPayout`: a bank reports the result of a payout order.
//!
//! ```text
//!   order ── paid ─────► reservations become bookings: the feedback to finance (入账反馈)
//!         ── failed ───► reservations released, the year's sums go down, free receipts locked again:
//!                        decide again once the word is final
//!         ── recalled ─► reservations released, the claim ends
//!         ── paid, after a recall, after failed or after finance ended the wait ─► booked, and all of it must come back
//!         ── paid again, under another reference ─► booked too, and all of it must come back
//!         ── the same again ─► accepted, nothing changes
//!   another amount than ordered ─► what was paid is booked; what is above the order must come back
//! ```
//!
//! A bank's word about money that moved is a fact. So a suspended bank reports what became of its orders, and a late
//! "paid" is not refused, nor a second one, nor one of another amount: the money is out, whatever was said before.

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use super::{
    errors::ClaimError,
    paid,
    record::{ALTERED_BY_CLAIM, Claim, Confirmation, Payout, PayoutResult},
    store,
};
use crate::{
    action::{ActionContext, ConfirmedPayout, Effects, Handler, SupervisedFacts},
    malformed::{Malformed, required},
    organisations::Role,
    payments::{Movement, MovementKind, PayoutMovement, movement},
    rejection::Stop,
    types::{BankReference, ClaimNumber, Fen, OrganisationId},
};

/// Reports that a payout was made, or that it failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfirmPayout {
    insurer: OrganisationId,
    number: ClaimNumber,
    payout_number: u32,
    bank_reference: BankReference,
    result: PayoutResult,
}

impl ConfirmPayout {
    /// The insurer of the claim.
    pub const fn insurer(&self) -> OrganisationId {
        self.insurer
    }

    /// The insurer's number of it.
    pub const fn number(&self) -> &ClaimNumber {
        &self.number
    }

    /// The bank's own number of the payment.
    pub const fn bank_reference(&self) -> &BankReference {
        &self.bank_reference
    }

    /// The amount paid; `None` when the payout failed.
    pub const fn paid(&self) -> Option<Fen> {
        match &self.result {
            PayoutResult::Paid { amount, .. } => Some(*amount),
            PayoutResult::Failed { .. } | PayoutResult::Recalled { .. } => None,
        }
    }
}

impl TryFrom<proto::ConfirmPayout> for ConfirmPayout {
    type Error = Malformed;

    fn try_from(message: proto::ConfirmPayout) -> Result<Self, Malformed> {
        use proto::confirm_payout::Result::{Failed, Paid, Recalled};
        let result = match required("result", message.result)? {
            Paid(paid) => PayoutResult::try_from(paid).map_err(|error| error.within("paid"))?,
            Failed(failed) => {
                PayoutResult::try_from(failed).map_err(|error| error.within("failed"))?
            }
            Recalled(recalled) => {
                PayoutResult::try_from(recalled).map_err(|error| error.within("recalled"))?
            }
        };
        Ok(Self {
            insurer: OrganisationId::parse("insurer", &message.insurer)?,
            number: ClaimNumber::parse("claim_number", message.claim_number)?,
            payout_number: message.payout_number,
            bank_reference: BankReference::parse("bank_reference", message.bank_reference)?,
            result,
        })
    }
}

impl Handler for ConfirmPayout {
    fn altered_count(&self) -> u32 {
        ALTERED_BY_CLAIM
    }

    fn supervised_facts(&self) -> SupervisedFacts<'_> {
        SupervisedFacts::PayoutConfirmed(ConfirmedPayout {
            insurer: self.insurer(),
            number: self.number(),
            bank_reference: self.bank_reference(),
            payout_number: self.payout_number,
            paid: self.paid(),
        })
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        // Also while it is suspended: the money may have moved.
        ctx.require_role(Role::AgentBank)?;
        let claim = store::find(ctx, self.insurer, &self.number)?;
        let place = self.check_payout(ctx, &claim)?;
        let change = self.change(ctx, &claim.payouts[place])?;
        let mut claim = Arc::unwrap_or_clone(claim.clone());
        match change {
            Change::None => return Ok(Effects::none()),
            Change::Ends => self.end(ctx, &mut claim, place)?,
            Change::Pays { movement, late } => self.pay(ctx, &mut claim, place, movement, late)?,
            Change::PaysAgain { movement } => self.pay_again(ctx, &mut claim, place, movement)?,
            Change::Notes => self.note(ctx, &mut claim.payouts[place]),
        }
        let receipts: Vec<_> = claim.receipt_ids().collect();
        store::put(ctx, claim)?;
        Ok(Effects::on(receipts))
    }
}

/// The effect of a report on an order.
enum Change {
    /// It was said before.
    None,
    /// The order came to nothing.
    Ends,
    /// The bank paid, in time or after the order had ended.
    Pays { movement: Movement, late: bool },
    /// The bank had paid before, under another reference.
    PaysAgain { movement: Movement },
    /// It is recorded and changes nothing: the order had ended.
    Notes,
}

impl ConfirmPayout {
    /// Returns the place of the order that is reported on, which must be the acting bank's.
    fn check_payout(
        &self,
        ctx: &ActionContext<'_, '_>,
        claim: &Claim,
    ) -> Result<usize, ClaimError> {
        let mut payouts = claim.payouts.iter();
        let place = payouts.position(|payout| payout.number == self.payout_number);
        let place = place.ok_or_else(|| ClaimError::UnknownPayout {
            insurer: self.insurer,
            claim_number: self.number.clone(),
            payout_number: self.payout_number,
        })?;
        let payout = &claim.payouts[place];
        if payout.bank == ctx.actor_id() {
            return Ok(place);
        }
        Err(ClaimError::NotTheBank {
            claim_number: self.number.clone(),
            payout_number: payout.number,
            bank: payout.bank,
        })
    }

    /// Derives what the report changes. It refuses a report that contradicts an earlier one, unless money is out.
    fn change(&self, ctx: &mut ActionContext<'_, '_>, order: &Payout) -> Result<Change, Stop> {
        if let Some(movement) = self.movement(ctx) {
            return self.change_of_payment(ctx, order, movement);
        }
        if matches!(self.result, PayoutResult::Recalled { .. }) && order.recall.is_none() {
            return Err(ClaimError::NotRecalled {
                claim_number: self.number.clone(),
                payout_number: order.number,
            }
            .into());
        }
        let Some(said) = &order.confirmation else {
            return Ok(if order.waits() {
                Change::Ends
            } else {
                Change::Notes
            });
        };
        if said.bank_reference == self.bank_reference && said.result == self.result {
            return Ok(Change::None);
        }
        match (&said.result, &self.result) {
            (
                PayoutResult::Failed {
                    is_final: false, ..
                },
                PayoutResult::Failed { is_final: true, .. },
            ) => Ok(Change::Notes),
            _ => Err(self.contradicted(order, said).into()),
        }
    }

    /// Derives what a payment changes: under a new reference it is a fact. Under that of the order's payment, it is the
    /// same payment or a contradiction.
    fn change_of_payment(
        &self,
        ctx: &mut ActionContext<'_, '_>,
        order: &Payout,
        movement: Movement,
    ) -> Result<Change, Stop> {
        if movement::is_known(ctx, &movement)? {
            return Ok(Change::None);
        }
        match (&order.confirmation, order.paid()) {
            (_, Some(paid)) if paid.bank_reference == self.bank_reference => {
                Err(self.contradicted(order, paid).into())
            }
            (_, Some(_)) => Ok(Change::PaysAgain { movement }),
            (Some(_), None) => Ok(Change::Pays {
                movement,
                late: true,
            }),
            (None, None) => Ok(Change::Pays {
                movement,
                late: !order.waits(),
            }),
        }
    }

    fn contradicted(&self, order: &Payout, said: &Confirmation) -> ClaimError {
        ClaimError::PayoutConfirmed {
            claim_number: self.number.clone(),
            payout_number: order.number,
            result: said.result.to_string(),
            bank_reference: said.bank_reference.clone(),
            height: said.height,
        }
    }

    /// Records the bank's word.
    fn note(&self, ctx: &ActionContext<'_, '_>, order: &mut Payout) {
        let said = Confirmation {
            bank_reference: self.bank_reference.clone(),
            result: self.result.clone(),
            height: ctx.block.height,
            time: ctx.block.time,
        };
        let before = order.confirmation.replace(said);
        if order.paid().is_some() {
            order.contradicted = before;
        }
    }

    /// Ends an order that came to nothing.
    fn end(
        &self,
        ctx: &mut ActionContext<'_, '_>,
        claim: &mut Claim,
        place: usize,
    ) -> Result<(), Stop> {
        self.note(ctx, &mut claim.payouts[place]);
        let order = claim.payouts[place].clone();
        store::end_order(ctx, claim, &order)
    }

    /// Books what the bank paid. After the order had ended, or was recalled, all of it must come back.
    fn pay(
        &self,
        ctx: &mut ActionContext<'_, '_>,
        claim: &mut Claim,
        place: usize,
        movement: Movement,
        late: bool,
    ) -> Result<(), Stop> {
        self.check_time(ctx, &claim.payouts[place], &movement)?;
        let amount = movement.amount;
        movement::take_of_payer(ctx, movement, claim.insurer)?;
        self.note(ctx, &mut claim.payouts[place]);
        let order = claim.payouts[place].clone();
        let is_recalled = order.recall.is_some();
        paid::book(ctx, claim, &order, amount, late || is_recalled)?;
        if late {
            if claim.closing.is_none() && !claim.counts() {
                store::unlock(ctx, claim)?;
            }
            return Ok(());
        }
        if is_recalled {
            return store::end_order(ctx, claim, &order);
        }
        claim.former_lines.clear();
        store::reserve(ctx, claim)
    }

    /// Books what the bank paid once more for an order. All of it must come back.
    fn pay_again(
        &self,
        ctx: &mut ActionContext<'_, '_>,
        claim: &mut Claim,
        place: usize,
        movement: Movement,
    ) -> Result<(), Stop> {
        self.check_time(ctx, &claim.payouts[place], &movement)?;
        let amount = movement.amount;
        movement::take_of_payer(ctx, movement, claim.insurer)?;
        let counted = claim.payouts[place].paid_again.add(amount);
        counted.ok_or_else(|| store::too_large(claim))?;
        let order = claim.payouts[place].clone();
        paid::book(ctx, claim, &order, amount, true)
    }

    /// The movement of money that the report is about; `None`: no money moved.
    fn movement(&self, ctx: &ActionContext<'_, '_>) -> Option<Movement> {
        let PayoutResult::Paid { amount, at } = &self.result else {
            return None;
        };
        Some(Movement {
            bank: ctx.actor_id(),
            bank_reference: self.bank_reference.clone(),
            what: MovementKind::Payout(PayoutMovement {
                insurer: self.insurer,
                claim_number: self.number.clone(),
                payout_number: self.payout_number,
            }),
            amount: *amount,
            moved: *at,
            height: ctx.block.height,
        })
    }

    /// Requires that the bank paid after the order and before now.
    fn check_time(
        &self,
        ctx: &ActionContext<'_, '_>,
        order: &Payout,
        movement: &Movement,
    ) -> Result<(), ClaimError> {
        let (drift, now) = (ctx.block.parameters.clock_drift_ms_max(), ctx.block.time);
        let at = movement.moved;
        if at <= now.after_ms(drift) && at.after_ms(drift) >= order.time {
            return Ok(());
        }
        Err(ClaimError::PaidOutOfTime {
            claim_number: self.number.clone(),
            payout_number: order.number,
            paid: at.in_beijing(),
            ordered: order.time.in_beijing(),
            now: now.in_beijing(),
        })
    }
}
