//! `ConsentPolicy`: finance consents to a version that was published in haste.

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use super::{
    errors::PolicyError,
    record::Consent,
    schema::{POLICIES, PolicyKey},
};
use crate::{
    action::{ActionContext, Effects, Handler},
    malformed::Malformed,
    organisations::Role,
    rejection::Stop,
    types::{OrganisationId, PolicyCode, Reason},
};

/// Lets a version apply that was published in haste, from the day of the consent at the earliest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentPolicy {
    insurer: OrganisationId,
    code: PolicyCode,
    version: u32,
    reason: Reason,
}

impl TryFrom<proto::ConsentPolicy> for ConsentPolicy {
    type Error = Malformed;

    fn try_from(message: proto::ConsentPolicy) -> Result<Self, Malformed> {
        Ok(Self {
            insurer: OrganisationId::parse("insurer", &message.insurer)?,
            code: PolicyCode::parse("policy_code", message.policy_code)?,
            version: message.version,
            reason: Reason::parse("reason", message.reason)?,
        })
    }
}

impl Handler for ConsentPolicy {
    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::Finance)?;
        let key = PolicyKey {
            insurer: self.insurer,
            code: self.code.clone(),
            version: self.version,
        };
        let Some(found) = ctx.overlay.get(POLICIES, &key)? else {
            return Err(PolicyError::UnknownVersion {
                insurer: self.insurer,
                policy_code: self.code.clone(),
                version: self.version,
            }
            .into());
        };
        if !found.consent_needed || found.consent.is_some() {
            return Err(PolicyError::NoConsentNeeded {
                insurer: self.insurer,
                policy_code: self.code.clone(),
                version: self.version,
            }
            .into());
        }
        let mut policy = Arc::unwrap_or_clone(found);
        policy.consent = Some(Consent {
            finance: ctx.actor_id(),
            reason: self.reason.clone(),
            height: ctx.block.height,
            time: ctx.block.time,
        });
        ctx.overlay.entry(POLICIES, &key)?.set(policy);
        Ok(Effects::none())
    }
}
