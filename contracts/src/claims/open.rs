//! `SetOpeningSums`: the sums with which a person's year of a plan begins (期初).

use piaolian_proto::v1 as proto;

use super::{
    errors::ClaimError,
    record::{HolderTag, MetElsewhere},
    reimbursement::{ACCUMULATORS, Accumulator, AccumulatorKey},
};
use crate::{
    action::{ActionContext, Effects, Handler},
    malformed::{Malformed, required},
    organisations::Role,
    rejection::Stop,
    types::{Operator, PlanCode},
};

/// Sets the sums of a year in which nothing counts yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetOpeningSums {
    plan_code: PlanCode,
    holder_tag: HolderTag,
    year: u16,
    sums: MetElsewhere,
    reviewer: Operator,
}

impl TryFrom<proto::SetOpeningSums> for SetOpeningSums {
    type Error = Malformed;

    fn try_from(message: proto::SetOpeningSums) -> Result<Self, Malformed> {
        let year = u16::try_from(message.year).ok();
        let year = year.filter(|year| (1_000..=9_999).contains(year));
        let sums = MetElsewhere::try_from(required("sums", message.sums)?);
        let holder_tag = HolderTag::parse("holder_tag", &message.holder_tag)?;
        if holder_tag == HolderTag::UNKNOWN {
            return Err(Malformed::new("holder_tag", "must stand for a person"));
        }
        Ok(Self {
            plan_code: PlanCode::parse("plan_code", message.plan_code)?,
            holder_tag,
            year: year.ok_or_else(|| Malformed::new("year", "must have four digits"))?,
            sums: sums.map_err(|error| error.within("sums"))?,
            reviewer: Operator::parse("reviewer", message.reviewer)?,
        })
    }
}

impl Handler for SetOpeningSums {
    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise_any(&Role::INSURERS, "insurer")?;
        if ctx
            .operator
            .is_none_or(|operator| *operator == self.reviewer)
        {
            return Err(ClaimError::SumsNeedTwoPersons {
                plan_code: self.plan_code.clone(),
                year: self.year,
            }
            .into());
        }
        let key = AccumulatorKey {
            insurer: ctx.actor_id(),
            holder_tag: self.holder_tag,
            year: self.year,
            plan_code: self.plan_code.clone(),
        };
        let stored = ctx.overlay.get(ACCUMULATORS, &key)?;
        if stored.is_some_and(|stored| stored.is_begun()) {
            return Err(ClaimError::SumsBegun {
                plan_code: self.plan_code.clone(),
                year: self.year,
            }
            .into());
        }
        let sums = Accumulator::opened(&self.sums);
        ctx.overlay.entry(ACCUMULATORS, &key)?.set(sums);
        Ok(Effects::none())
    }
}
