//! The end of a claim other than by payment.

use piaolian_proto::v1 as proto;

use crate::{
    action::ActionContext,
    chain::Height,
    fields::as_message,
    numbered::numbered,
    types::{BlockTime, Operator, OrganisationId, Reason},
};

numbered! {
    /// The way in which a claim ended.
    pub enum ClaimEnd(i32) of proto ClaimEnd, "must name an end" {
        /// 驳回
        Rejected: "rejected",
        /// 撤回
        Withdrawn: "withdrawn",
        /// 更正
        Corrected: "corrected",
        /// Released by finance because its insurer is gone.
        Released: "released",
    }
}

/// The end of a claim: how, by whom and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClaimClosing {
    /// The way.
    pub end: ClaimEnd,
    /// The organisation that ended it: the insurer, or finance.
    pub organisation: OrganisationId,
    /// The reason.
    pub reason: Reason,
    /// 经办, when named.
    pub operator: Option<Operator>,
    /// 复核, if two persons are needed.
    pub reviewer: Option<Operator>,
    /// The block …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
}

impl ClaimClosing {
    /// Returns the closing of a claim in this block, by the acting organisation. `operator` and `reviewer` are the
    /// persons who ended it.
    pub(in crate::claims) fn by_actor(
        ctx: &ActionContext<'_, '_>,
        end: ClaimEnd,
        reason: &Reason,
        operator: Option<Operator>,
        reviewer: Option<Operator>,
    ) -> Self {
        Self {
            end,
            organisation: ctx.actor_id(),
            reason: reason.clone(),
            operator,
            reviewer,
            height: ctx.block.height,
            time: ctx.block.time,
        }
    }
}

as_message! {
    ClaimClosing: proto::ClaimClosing {
        end, organisation, reason, operator, reviewer, height;
        time: time_ms,
    }
}
