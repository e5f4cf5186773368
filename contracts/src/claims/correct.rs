//! `CorrectClaim`: a decided, paid or zero claim is taken back (更正).

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use super::{
    persons,
    record::{ALTERED_BY_CLAIM, ClaimClosing, ClaimEnd},
    reimbursement::take_off,
    state::{ClaimStatus, ClaimStep, check_step, status},
    store,
};
use crate::{
    action::{ActionContext, Effects, Handler, SupervisedFacts},
    malformed::Malformed,
    organisations::Role,
    rejection::Stop,
    types::{ClaimNumber, Operator, Reason},
};

/// Takes a claim back. It recalls an order that the bank has not carried out, takes the bookings back and subtracts the
/// claim from the year's sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrectClaim {
    number: ClaimNumber,
    reason: Reason,
    reviewer: Operator,
}

impl TryFrom<proto::CorrectClaim> for CorrectClaim {
    type Error = Malformed;

    fn try_from(message: proto::CorrectClaim) -> Result<Self, Malformed> {
        Ok(Self {
            number: ClaimNumber::parse("claim_number", message.claim_number)?,
            reason: Reason::parse("reason", message.reason)?,
            reviewer: Operator::parse("reviewer", message.reviewer)?,
        })
    }
}

impl Handler for CorrectClaim {
    fn altered_count(&self) -> u32 {
        ALTERED_BY_CLAIM
    }

    fn supervised_facts(&self) -> SupervisedFacts<'_> {
        SupervisedFacts::Corrected {
            number: &self.number,
        }
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise_any(&Role::INSURERS, "insurer")?;
        let claim = store::find(ctx, ctx.actor_id(), &self.number)?;
        let now = ctx.block.time;
        check_step(&claim, ClaimStep::Correct, now)?;
        let operator = persons::check(ctx, &self.number, &self.reviewer)?;
        if status(&claim, now) == ClaimStatus::Paid {
            store::check_unbook(ctx, &claim)?;
            store::unbook(ctx, &claim, &self.reason)?;
        }
        store::release(ctx, &claim)?;
        take_off(ctx, &claim)?;
        let closing = ClaimClosing::by_actor(
            ctx,
            ClaimEnd::Corrected,
            &self.reason,
            Some(operator),
            Some(self.reviewer.clone()),
        );
        Ok(store::close(ctx, Arc::unwrap_or_clone(claim), closing)?)
    }
}
