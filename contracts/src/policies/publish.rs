//! `PublishPolicy`: an insurer says how it reimburses.

use piaolian_proto::v1 as proto;

use super::{
    errors::PolicyError,
    record::Policy,
    schema::{POLICIES, PolicyKey, VERSIONS_MAX, newest},
    terms::Terms,
};
use crate::{
    act::{Act, Effects, Handler},
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
    fn execute(&self, act: &mut Act<'_, '_>) -> Result<Effects, Stop> {
        act.authorise(Role::Insurer)?;
        self.check_fund(act)?;
        self.check_date(act)?;
        let version = self.next_version(act)?;
        let insurer = act.actor_id();
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
            height: act.block.height,
            time: act.block.time,
        };
        act.overlay.insert_new(POLICIES, &key, policy);
        Ok(Effects::none())
    }
}

impl PublishPolicy {
    fn check_fund(&self, act: &Act<'_, '_>) -> Result<(), PolicyError> {
        let fund_kind = self.terms.fund_kind;
        if act.actor.has_role(Role::of_fund(fund_kind)) {
            return Ok(());
        }
        Err(PolicyError::FundOfAnotherRole {
            organisation: act.actor_id(),
            fund_kind,
        })
    }

    fn check_date(&self, act: &Act<'_, '_>) -> Result<(), PolicyError> {
        let (from_date, today) = (self.terms.from_date, BeijingDate::at(act.block.time));
        if from_date >= today {
            return Ok(());
        }
        Err(PolicyError::BeginsInThePast {
            policy_code: self.code.clone(),
            from_date,
            today,
        })
    }

    /// One above the newest; all are for one kind of fund, since what the year's claims
    /// came to is counted by the code.
    fn next_version(&self, act: &Act<'_, '_>) -> Result<u32, Stop> {
        let Some(newest) = newest(act.overlay, act.actor_id(), &self.code)? else {
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
