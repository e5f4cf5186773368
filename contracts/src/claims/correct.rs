//! `CorrectClaim`: a decided, paid or zero claim is taken back (更正).

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use super::{
    persons,
    record::{ALTERED_BY_CLAIM, Closing, End},
    reimbursement::take_off,
    state::{ClaimStatus, ClaimStep, check_step, status},
    store,
};
use crate::{
    act::{Act, Effects, Handler},
    malformed::Malformed,
    organisations::Role,
    rejection::Stop,
    types::{ClaimNumber, Operator, Reason},
};

/// Takes a claim back: an order that the bank has not carried out is recalled, bookings
/// are taken back, and the year's sums go down again.
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
    fn alters(&self) -> u32 {
        ALTERED_BY_CLAIM
    }

    fn execute(&self, act: &mut Act<'_, '_>) -> Result<Effects, Stop> {
        act.authorise(Role::Insurer)?;
        let claim = store::find(act, act.actor_id(), &self.number)?;
        let now = act.block.time;
        check_step(&claim, ClaimStep::Correct, now)?;
        let operator = persons::check(act, &self.number, &self.reviewer)?;
        if status(&claim, now) == ClaimStatus::Paid {
            store::check_unbook(act, &claim)?;
            store::unbook(act, &claim, &self.reason)?;
        }
        store::release(act, &claim)?;
        take_off(act, &claim)?;
        let closing = Closing {
            end: End::Corrected,
            organisation: act.actor_id(),
            reason: self.reason.clone(),
            operator: Some(operator),
            reviewer: Some(self.reviewer.clone()),
            height: act.block.height,
            time: now,
        };
        Ok(store::close(act, Arc::unwrap_or_clone(claim), closing)?)
    }
}
