//! The end of a claim other than by payment.

use piaolian_proto::v1 as proto;

use crate::{
    action::ActionContext,
    chain::Height,
    malformed::Malformed,
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

impl From<&ClaimClosing> for proto::ClaimClosing {
    fn from(closing: &ClaimClosing) -> Self {
        let named = |person: &Option<Operator>| {
            person.as_ref().map(ToString::to_string).unwrap_or_default()
        };
        Self {
            end: closing.end.number(),
            organisation: closing.organisation.to_string(),
            reason: closing.reason.to_string(),
            operator: named(&closing.operator),
            reviewer: named(&closing.reviewer),
            height: closing.height.get(),
            time_ms: closing.time.as_ms(),
        }
    }
}

impl TryFrom<proto::ClaimClosing> for ClaimClosing {
    type Error = Malformed;

    fn try_from(closing: proto::ClaimClosing) -> Result<Self, Malformed> {
        Ok(Self {
            end: ClaimEnd::parse("closing.end", closing.end)?,
            organisation: OrganisationId::parse("closing.organisation", &closing.organisation)?,
            reason: Reason::parse("closing.reason", closing.reason)?,
            operator: parse_person("closing.operator", closing.operator)?,
            reviewer: parse_person("closing.reviewer", closing.reviewer)?,
            height: Height::new(closing.height),
            time: BlockTime::from_ms(closing.time_ms),
        })
    }
}

/// Parses the person of a message; an empty text names none.
pub(super) fn parse_person(field: &str, person: String) -> Result<Option<Operator>, Malformed> {
    if person.is_empty() {
        return Ok(None);
    }
    Operator::parse(field, person).map(Some)
}
