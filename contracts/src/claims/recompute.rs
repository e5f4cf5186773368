//! `RecomputeClaim`: a decision is computed again, because the sums that it was computed on have changed.

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use super::{
    compute,
    errors::ClaimError,
    record::ALTERED_BY_CLAIM,
    reimbursement::is_outdated_now,
    state::{ClaimStep, check_step},
    store,
};
use crate::{
    action::{ActionContext, Effects, Handler},
    malformed::Malformed,
    organisations::Role,
    rejection::Stop,
    types::{ClaimNumber, Fen},
};

/// Lets a decision stand on the sums of today, if it comes to the same amounts there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecomputeClaim {
    number: ClaimNumber,
}

impl TryFrom<proto::RecomputeClaim> for RecomputeClaim {
    type Error = Malformed;

    fn try_from(message: proto::RecomputeClaim) -> Result<Self, Malformed> {
        Ok(Self {
            number: ClaimNumber::parse("claim_number", message.claim_number)?,
        })
    }
}

impl Handler for RecomputeClaim {
    fn altered_count(&self) -> u32 {
        ALTERED_BY_CLAIM
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise_any(&Role::INSURERS, "insurer")?;
        let found = store::find(ctx, ctx.actor_id(), &self.number)?;
        check_step(&found, ClaimStep::Correct, ctx.block.time)?;
        if !is_outdated_now(ctx, &found)? {
            return Err(ClaimError::NotOutdated {
                claim_number: self.number.clone(),
            }
            .into());
        }
        let mut claim = Arc::unwrap_or_clone(found);
        let decided = "a claim that may be corrected has a decision";
        let decision = claim.decision.clone().expect(decided);
        let lines = compute::recompute(ctx, &claim, &decision)?;
        let due = Fen::checked_sum(lines.iter().map(|line| line.fund));
        let due = due.ok_or_else(|| store::too_large(&claim))?;
        let mut pairs = lines.iter().zip(&decision.lines);
        if pairs.any(|(now, then)| now.fund != then.fund) {
            return Err(ClaimError::RecomputedDiffers {
                claim_number: self.number.clone(),
                decided: decision.total,
                due,
            }
            .into());
        }
        claim.decision.as_mut().expect(decided).lines = lines;
        let receipts: Vec<_> = claim.receipt_ids().collect();
        store::put(ctx, claim)?;
        Ok(Effects::on(receipts))
    }
}
