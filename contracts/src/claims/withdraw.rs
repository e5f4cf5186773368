//! `WithdrawClaim`: a claim ends without a decision (撤回).

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use super::{
    record::{ALTERED_BY_CLAIM, Closing, End},
    state::{ClaimStep, check_step},
    store,
};
use crate::{
    act::{Act, Effects, Handler},
    malformed::Malformed,
    organisations::Role,
    rejection::Stop,
    types::{ClaimNumber, Reason},
};

/// Ends a claim that nobody decided, or whose payout failed, and gives its locks back.
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
    fn alters(&self) -> u32 {
        ALTERED_BY_CLAIM
    }

    fn execute(&self, act: &mut Act<'_, '_>) -> Result<Effects, Stop> {
        act.authorise(Role::Insurer)?;
        let claim = store::find(act, act.actor_id(), &self.number)?;
        check_step(&claim, ClaimStep::Withdraw, act.block.time)?;
        store::unlock(act, &claim)?;
        let closing = Closing {
            end: End::Withdrawn,
            organisation: act.actor_id(),
            reason: self.reason.clone(),
            operator: act.operator.cloned(),
            reviewer: None,
            height: act.block.height,
            time: act.block.time,
        };
        Ok(store::close(act, Arc::unwrap_or_clone(claim), closing)?)
    }
}
