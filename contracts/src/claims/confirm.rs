//! `ConfirmPayout`: a bank reports the result of a payout order.
//!
//! ```text
//!   order ── paid ───► reservations become bookings: the feedback to finance (入账反馈)
//!         ── failed ─► reservations released, the year's sums go down, free receipts locked again:
//!                      decide again
//!         ── the same again ─► accepted, nothing changes
//! ```

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use super::{
    errors::ClaimError,
    record::{ALTERED_BY_CLAIM, Claim, Confirmation, Payout, PayoutResult},
    reimbursement::take_off,
    state::{ClaimStep, check_step},
    store,
};
use crate::{
    action::{ActionContext, ConfirmedPayout, Effects, Handler, SupervisedFacts},
    malformed::{Malformed, required},
    organisations::Role,
    rejection::Stop,
    types::{BankReference, BlockTime, ClaimNumber, Fen, OrganisationId},
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
            PayoutResult::Failed { .. } => None,
        }
    }
}

impl TryFrom<proto::ConfirmPayout> for ConfirmPayout {
    type Error = Malformed;

    fn try_from(message: proto::ConfirmPayout) -> Result<Self, Malformed> {
        use proto::confirm_payout::Result::{Failed, Paid};
        let result = match required("result", message.result)? {
            Paid(paid) => PayoutResult::try_from(paid).map_err(|error| error.within("paid"))?,
            Failed(failed) => {
                PayoutResult::try_from(failed).map_err(|error| error.within("failed"))?
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
            paid: self.paid(),
        })
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::AgentBank)?;
        let claim = store::find(ctx, self.insurer, &self.number)?;
        let payout = self.check_payout(ctx, &claim)?;
        if let Some(said) = &payout.confirmation {
            self.check_same(payout, said)?;
            return Ok(Effects::none());
        }
        self.check_not_recalled(&claim)?;
        check_step(&claim, ClaimStep::Confirm, ctx.block.time)?;
        let mut claim = Arc::unwrap_or_clone(claim);
        self.apply(ctx, &mut claim)?;
        let receipts: Vec<_> = claim.receipt_ids().collect();
        store::put(ctx, claim)?;
        Ok(Effects::on(receipts))
    }
}

impl ConfirmPayout {
    /// Returns the order that is reported on, which must be the acting bank's.
    fn check_payout<'c>(
        &self,
        ctx: &ActionContext<'_, '_>,
        claim: &'c Claim,
    ) -> Result<&'c Payout, ClaimError> {
        let mut payouts = claim.payouts.iter();
        let payout = payouts.find(|payout| payout.number == self.payout_number);
        let payout = payout.ok_or_else(|| ClaimError::UnknownPayout {
            insurer: self.insurer,
            claim_number: self.number.clone(),
            payout_number: self.payout_number,
        })?;
        if payout.bank == ctx.actor_id() {
            return Ok(payout);
        }
        Err(ClaimError::NotTheBank {
            claim_number: self.number.clone(),
            payout_number: payout.number,
            bank: payout.bank,
        })
    }

    /// Accepts a repeated report and refuses one that contradicts the first.
    fn check_same(&self, payout: &Payout, said: &Confirmation) -> Result<(), ClaimError> {
        if said.bank_reference == self.bank_reference && said.result == self.result {
            return Ok(());
        }
        Err(ClaimError::PayoutConfirmed {
            claim_number: self.number.clone(),
            payout_number: payout.number,
            result: said.result.to_string(),
            bank_reference: said.bank_reference.clone(),
            height: said.height,
        })
    }

    /// Refuses an order that was recalled, by a correction or because its insurer is gone. If the bank paid all the
    /// same, the rule is a different one, because the money must be returned.
    fn check_not_recalled(&self, claim: &Claim) -> Result<(), ClaimError> {
        let Some(closing) = &claim.closing else {
            return Ok(());
        };
        let claim_number = self.number.clone();
        let payout_number = self.payout_number;
        let (height, reason) = (closing.height, closing.reason.clone());
        let organisation = closing.organisation;
        Err(match &self.result {
            PayoutResult::Paid { amount, .. } => ClaimError::PaidRecalledOrder {
                claim_number,
                payout_number,
                amount: *amount,
                bank_reference: self.bank_reference.clone(),
                organisation,
                height,
                reason,
            },
            PayoutResult::Failed { .. } => ClaimError::PayoutRecalled {
                claim_number,
                payout_number,
                organisation,
                height,
                reason,
            },
        })
    }

    /// Applies the bank's answer and records it.
    fn apply(&self, ctx: &mut ActionContext<'_, '_>, claim: &mut Claim) -> Result<(), Stop> {
        match &self.result {
            PayoutResult::Paid { amount, at } => {
                self.check_paid(ctx, claim, *amount, *at)?;
                store::book(ctx, claim)?;
            }
            PayoutResult::Failed { .. } => {
                store::release(ctx, claim)?;
                take_off(ctx, claim)?;
                store::lock_again(ctx, claim)?;
            }
        }
        let payout = claim.payouts.last_mut();
        let payout = payout.expect("a decided claim has an order that waits");
        payout.confirmation = Some(Confirmation {
            bank_reference: self.bank_reference.clone(),
            result: self.result.clone(),
            height: ctx.block.height,
            time: ctx.block.time,
        });
        Ok(())
    }

    /// Requires that the bank paid the ordered amount, after the order and before now.
    fn check_paid(
        &self,
        ctx: &ActionContext<'_, '_>,
        claim: &Claim,
        amount: Fen,
        at: BlockTime,
    ) -> Result<(), ClaimError> {
        let payout = claim.payouts.last();
        let payout = payout.expect("a decided claim has an order that waits");
        let claim_number = self.number.clone();
        if amount != payout.amount {
            return Err(ClaimError::PaidAmountDiffers {
                claim_number,
                payout_number: payout.number,
                amount,
                ordered: payout.amount,
            });
        }
        let (drift, now) = (ctx.block.parameters.clock_drift_ms_max(), ctx.block.time);
        if at <= now.after_ms(drift) && at.after_ms(drift) >= payout.time {
            return Ok(());
        }
        Err(ClaimError::PaidOutOfTime {
            claim_number,
            payout_number: payout.number,
            paid: at.in_beijing(),
            ordered: payout.time.in_beijing(),
            now: now.in_beijing(),
        })
    }
}
