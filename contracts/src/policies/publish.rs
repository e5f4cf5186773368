//! `PublishPolicy`: an insurer publishes the terms by which it reimburses.

use piaolian_proto::v1 as proto;

use super::{
    errors::PolicyError,
    record::Policy,
    schema::{POLICIES, PolicyKey, VERSIONS_MAX, last_begin, newest},
    terms::Terms,
};
use crate::{
    action::{ActionContext, Effects, Handler, SupervisedFacts},
    malformed::{Malformed, required},
    organisations::Role,
    rejection::Stop,
    state::Fault,
    types::{BeijingDate, PolicyCode},
};

/// Publishes the next version of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishPolicy {
    code: PolicyCode,
    terms: Terms,
}

impl TryFrom<proto::PublishPolicy> for PublishPolicy {
    type Error = Malformed;

    fn try_from(message: proto::PublishPolicy) -> Result<Self, Malformed> {
        let terms = Terms::try_from(required("terms", message.terms)?);
        Ok(Self {
            code: PolicyCode::parse("policy_code", message.policy_code)?,
            terms: terms.map_err(|error| error.within("terms"))?,
        })
    }
}

impl Handler for PublishPolicy {
    fn supervised_facts(&self) -> SupervisedFacts<'_> {
        SupervisedFacts::Published { code: &self.code }
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise_any(&Role::INSURERS, "insurer")?;
        self.check_fund(ctx)?;
        self.check_date(ctx)?;
        let newest = newest(ctx.overlay, ctx.actor_id(), &self.code)?;
        let version = self.next_version(newest.as_deref())?;
        let consent_needed = self.is_in_haste(ctx, newest.as_deref())?;
        let insurer = ctx.actor_id();
        let key = PolicyKey {
            insurer,
            code: self.code.clone(),
            version,
        };
        let policy = Policy {
            insurer,
            code: self.code.clone(),
            version,
            terms: self.terms.clone(),
            height: ctx.block.height,
            time: ctx.block.time,
            consent_needed,
            consent: None,
        };
        ctx.overlay.insert_new(POLICIES, &key, policy)?;
        Ok(Effects::none())
    }
}

impl PublishPolicy {
    fn check_fund(&self, ctx: &ActionContext<'_, '_>) -> Result<(), PolicyError> {
        let fund_kind = self.terms.fund_kind;
        let rule = ctx.block.parameters.fund_rules().of(fund_kind);
        if rule.is_some_and(|rule| ctx.actor.has_role(rule.role)) {
            return Ok(());
        }
        Err(PolicyError::FundOfAnotherRole {
            organisation: ctx.actor_id(),
            fund_kind,
        })
    }

    fn check_date(&self, ctx: &ActionContext<'_, '_>) -> Result<(), PolicyError> {
        let (from_date, today) = (self.terms.from_date, BeijingDate::at(ctx.block.time));
        if from_date >= today {
            return Ok(());
        }
        Err(PolicyError::BeginsInThePast {
            policy_code: self.code.clone(),
            from_date,
            today,
        })
    }

    /// Returns the number above the newest version. All versions of a code are for one kind of fund and of one plan.
    fn next_version(&self, newest: Option<&Policy>) -> Result<u32, PolicyError> {
        let Some(newest) = newest else {
            return Ok(1);
        };
        if newest.terms.fund_kind != self.terms.fund_kind {
            return Err(PolicyError::FundDiffers {
                policy_code: self.code.clone(),
                fund_kind: self.terms.fund_kind,
                earlier: newest.terms.fund_kind,
                version: newest.version,
            });
        }
        if newest.terms.plan_code != self.terms.plan_code {
            return Err(PolicyError::PlanDiffers {
                policy_code: self.code.clone(),
                plan_code: self.terms.plan_code.clone(),
                earlier: newest.terms.plan_code.clone(),
                version: newest.version,
            });
        }
        if newest.version >= VERSIONS_MAX {
            return Err(PolicyError::TooManyVersions {
                policy_code: self.code.clone(),
                versions_max: VERSIONS_MAX,
            });
        }
        Ok(newest.version.saturating_add(1))
    }

    /// Whether it begins before the governed number of days is over, or lets the version before it live less.
    fn is_in_haste(
        &self,
        ctx: &mut ActionContext<'_, '_>,
        newest: Option<&Policy>,
    ) -> Result<bool, Fault> {
        let days = ctx.block.parameters.policy_lead_days();
        if days == 0 || (newest.is_none() && !self.terms.fund_kind.is_statutory()) {
            return Ok(false);
        }
        let from = self.terms.from_date;
        let is_soon = |since: BeijingDate| from < since || since.days_apart(from) < u64::from(days);
        if is_soon(BeijingDate::at(ctx.block.time)) {
            return Ok(true);
        }
        let last = match newest {
            None => None,
            Some(newest) => last_begin(ctx, newest)?,
        };
        Ok(last.is_some_and(is_soon))
    }
}
