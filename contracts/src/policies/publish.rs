//! `PublishPolicy`: an insurer publishes the terms by which it reimburses.

use piaolian_proto::v1 as proto;

use super::{
    errors::PolicyError,
    record::Policy,
    schema::{POLICIES, PolicyKey, VERSIONS_MAX, newest},
    terms::Terms,
};
use crate::{
    action::{ActionContext, Effects, Handler},
    malformed::{Malformed, required},
    organisations::Role,
    rejection::Stop,
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
    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::Insurer)?;
        self.check_fund(ctx)?;
        self.check_date(ctx)?;
        let version = self.next_version(ctx)?;
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
        };
        ctx.overlay.insert_new(POLICIES, &key, policy)?;
        Ok(Effects::none())
    }
}

impl PublishPolicy {
    fn check_fund(&self, ctx: &ActionContext<'_, '_>) -> Result<(), PolicyError> {
        let fund_kind = self.terms.fund_kind;
        if ctx.actor.has_role(Role::of_fund(fund_kind)) {
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

    /// Returns the number above the newest version. All versions of a code are for one kind of fund, because the year's
    /// sums are counted by code.
    fn next_version(&self, ctx: &ActionContext<'_, '_>) -> Result<u32, Stop> {
        let Some(newest) = newest(ctx.overlay, ctx.actor_id(), &self.code)? else {
            return Ok(1);
        };
        if newest.terms.fund_kind != self.terms.fund_kind {
            return Err(PolicyError::FundDiffers {
                policy_code: self.code.clone(),
                fund_kind: self.terms.fund_kind,
                earlier: newest.terms.fund_kind,
                version: newest.version,
            }
            .into());
        }
        if newest.version >= VERSIONS_MAX {
            return Err(PolicyError::TooManyVersions {
                policy_code: self.code.clone(),
                versions_max: VERSIONS_MAX,
            }
            .into());
        }
        Ok(newest.version.saturating_add(1))
    }
}
