//! `WithdrawClaim`: a claim ends without a decision (撤回).

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use super::{
    record::{ALTERED_BY_CLAIM, ClaimClosing, ClaimEnd},
    state::{ClaimStep, check_step},
    store,
};
use crate::{
    action::{ActionContext, Effects, Handler},
    malformed::Malformed,
    organisations::Role,
    rejection::Stop,
    types::{ClaimNumber, Reason},
};

/// Ends a claim that was not decided, or whose payout failed, and releases its locks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithdrawClaim {
    number: ClaimNumber,
    reason: Reason,
}

impl TryFrom<proto::WithdrawClaim> for WithdrawClaim {
    type Error = Malformed;

    fn try_from(message: proto::WithdrawClaim) -> Result<Self, Malformed> {
        Ok(Self {
            number: ClaimNumber::parse("claim_number", message.claim_number)?,
            reason: Reason::parse("reason", message.reason)?,
        })
    }
}

impl Handler for WithdrawClaim {
    fn altered_count(&self) -> u32 {
        ALTERED_BY_CLAIM
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise_any(&Role::INSURERS, "insurer")?;
        let claim = store::find(ctx, ctx.actor_id(), &self.number)?;
        check_step(&claim, ClaimStep::Withdraw, ctx.block.time)?;
        store::check_final_word(&claim)?;
        store::unlock(ctx, &claim)?;
        let closing = ClaimClosing::by_actor(
            ctx,
            ClaimEnd::Withdrawn,
            &self.reason,
            ctx.operator.cloned(),
            None,
        );
        Ok(store::close(ctx, Arc::unwrap_or_clone(claim), closing)?)
    }
}
