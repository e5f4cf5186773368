//! `DecideClaim`: an insurer approves or rejects a claim (审核).

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use super::{
    approve::{Approval, approve},
    persons,
    record::{ALTERED_BY_CLAIM, ClaimClosing, ClaimEnd},
    state::{ClaimStep, check_step},
    store,
};
use crate::{
    action::{ActionContext, Effects, Handler, SupervisedFacts},
    malformed::{Malformed, required},
    organisations::Role,
    rejection::Stop,
    types::{ClaimNumber, Operator, Reason},
};

/// Decides a claim, once or again after its payout failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecideClaim {
    number: ClaimNumber,
    reviewer: Operator,
    verdict: Verdict,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    Approve(Approval),
    Reject(Reason),
}

impl DecideClaim {
    /// The insurer's number of the claim.
    pub const fn number(&self) -> &ClaimNumber {
        &self.number
    }
}

impl TryFrom<proto::DecideClaim> for DecideClaim {
    type Error = Malformed;

    fn try_from(message: proto::DecideClaim) -> Result<Self, Malformed> {
        use proto::decide_claim::Verdict::{Approve, Reject};
        let verdict = match required("verdict", message.verdict)? {
            Approve(approval) => Approval::try_from(approval)
                .map(Verdict::Approve)
                .map_err(|error| error.within("approve"))?,
            Reject(rejection) => Verdict::Reject(Reason::parse("reject.reason", rejection.reason)?),
        };
        Ok(Self {
            number: ClaimNumber::parse("claim_number", message.claim_number)?,
            reviewer: Operator::parse("reviewer", message.reviewer)?,
            verdict,
        })
    }
}

impl Handler for DecideClaim {
    fn altered_count(&self) -> u32 {
        ALTERED_BY_CLAIM
    }

    fn supervised_facts(&self) -> SupervisedFacts<'_> {
        SupervisedFacts::Decided {
            number: &self.number,
        }
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise_any(&Role::INSURERS, "insurer")?;
        let claim = store::find(ctx, ctx.actor_id(), &self.number)?;
        check_step(&claim, ClaimStep::Decide, ctx.block.time)?;
        store::check_final_word(&claim)?;
        let operator = persons::check(ctx, &self.number, &self.reviewer)?;
        match &self.verdict {
            Verdict::Approve(approval) => {
                let mut claim = Arc::unwrap_or_clone(claim);
                approve(ctx, &mut claim, approval, operator, &self.reviewer)?;
                let receipts: Vec<_> = claim.receipt_ids().collect();
                store::put(ctx, claim)?;
                Ok(Effects::on(receipts))
            }
            Verdict::Reject(reason) => {
                let closing = ClaimClosing::by_actor(
                    ctx,
                    ClaimEnd::Rejected,
                    reason,
                    Some(operator),
                    Some(self.reviewer.clone()),
                );
                store::unlock(ctx, &claim)?;
                Ok(store::close(ctx, Arc::unwrap_or_clone(claim), closing)?)
            }
        }
    }
}
