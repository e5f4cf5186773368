//! `CorrectClaim`: an insurer corrects a claim (更正).
//!
//! ```text
//!   decided ── no receipt named ─► recall: a request to the bank; the amounts stay reserved until its word
//!   paid, zero ── receipts named ─► decided anew, one by one (decide_anew)
//!              ── no receipt named ─► taken back whole: all that is out must come back
//! ```

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use super::{
    decide_anew::{Correction, Payment, decide_anew},
    errors::ClaimError,
    persons,
    record::{ALTERED_BY_CLAIM, CLAIM_RECEIPTS_MAX, Claim, ClaimClosing, ClaimEnd, PayoutNote},
    recovery,
    reimbursement::take_off,
    state::{ClaimStep, check_step},
    store,
};
use crate::{
    action::{ActionContext, Effects, Handler, SupervisedFacts},
    chain::Hash,
    malformed::{Malformed, batch},
    organisations::Role,
    rejection::Stop,
    types::{ClaimNumber, Operator, OrganisationId, Reason},
};

/// Recalls the order of a decided claim, decides receipts of a paid one anew, or takes a claim back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrectClaim {
    number: ClaimNumber,
    reason: Reason,
    reviewer: Operator,
    receipts: Vec<Correction>,
    payment: Option<Payment>,
}

impl TryFrom<proto::CorrectClaim> for CorrectClaim {
    type Error = Malformed;

    fn try_from(message: proto::CorrectClaim) -> Result<Self, Malformed> {
        let is_paid = !message.bank.is_empty() || !message.payee_reference.is_empty();
        let payment = is_paid.then(|| {
            Ok(Payment {
                bank: OrganisationId::parse("bank", &message.bank)?,
                payee_reference: Hash::parse("payee_reference", &message.payee_reference)?,
            })
        });
        Ok(Self {
            number: ClaimNumber::parse("claim_number", message.claim_number)?,
            reason: Reason::parse("reason", message.reason)?,
            reviewer: Operator::parse("reviewer", message.reviewer)?,
            receipts: batch("receipts", message.receipts, 0..=CLAIM_RECEIPTS_MAX)?,
            payment: payment.transpose()?,
        })
    }
}

impl Handler for CorrectClaim {
    fn altered_count(&self) -> u32 {
        ALTERED_BY_CLAIM
    }

    fn supervised_facts(&self) -> SupervisedFacts<'_> {
        SupervisedFacts::Corrected {
            insurer: None,
            number: &self.number,
        }
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise_any(&Role::INSURERS, "insurer")?;
        let claim = store::find(ctx, ctx.actor_id(), &self.number)?;
        check_step(&claim, ClaimStep::Correct, ctx.block.time)?;
        let operator = persons::check(ctx, &self.number, &self.reviewer)?;
        let mut claim = Arc::unwrap_or_clone(claim);
        if claim.waiting().is_some() {
            self.recall(ctx, &mut claim, operator)?;
        } else if self.receipts.is_empty() {
            self.take_back(ctx, &mut claim, operator)?;
        } else {
            let reviewer = &self.reviewer;
            decide_anew(
                ctx,
                &mut claim,
                &self.receipts,
                self.payment,
                operator.clone(),
                reviewer,
            )?;
            if claim.lines().next().is_none() {
                self.take_back(ctx, &mut claim, operator)?;
            }
        }
        let receipts: Vec<_> = claim.receipt_ids().collect();
        store::put(ctx, claim)?;
        Ok(Effects::on(receipts))
    }
}

impl CorrectClaim {
    /// Asks the bank to stop the order that waits for it.
    fn recall(
        &self,
        ctx: &ActionContext<'_, '_>,
        claim: &mut Claim,
        operator: Operator,
    ) -> Result<(), ClaimError> {
        let claim_number = self.number.clone();
        let order = claim.payouts.last_mut();
        let order = order.expect("an order of the claim waits");
        if !self.receipts.is_empty() {
            return Err(ClaimError::OrderWaits {
                claim_number,
                payout_number: order.number,
                bank: order.bank,
            });
        }
        if let Some(recall) = &order.recall {
            return Err(ClaimError::AlreadyRecalled {
                claim_number,
                payout_number: order.number,
                organisation: recall.organisation,
                height: recall.height,
                reason: recall.reason.clone(),
            });
        }
        order.recall = Some(PayoutNote {
            organisation: ctx.actor_id(),
            reason: self.reason.clone(),
            operator: Some(operator),
            reviewer: Some(self.reviewer.clone()),
            height: ctx.block.height,
            time: ctx.block.time,
        });
        Ok(())
    }

    /// Takes the whole claim back: it leaves the year's sums, and all that is out must come back.
    fn take_back(
        &self,
        ctx: &mut ActionContext<'_, '_>,
        claim: &mut Claim,
        operator: Operator,
    ) -> Result<(), Stop> {
        for id in claim.receipt_ids().collect::<Vec<_>>() {
            recovery::open(ctx, claim, id, None)?;
        }
        take_off(ctx, claim)?;
        claim.closing = Some(ClaimClosing::by_actor(
            ctx,
            ClaimEnd::Corrected,
            &self.reason,
            Some(operator),
            Some(self.reviewer.clone()),
        ));
        store::reserve(ctx, claim)
    }
}
