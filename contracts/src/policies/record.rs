//! The record of one version of a policy.

use piaolian_proto::v1 as proto;

use super::terms::Terms;
use crate::{
    chain::Height,
    malformed::{Malformed, required},
    storage::stored_as,
    types::{BeijingDate, BlockTime, OrganisationId, PolicyCode, Reason},
};

/// One version of a policy, as it was published.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    /// The insurer.
    pub insurer: OrganisationId,
    /// The insurer's code of it.
    pub code: PolicyCode,
    /// 1, 2, …
    pub version: u32,
    /// The terms by which a receipt is reimbursed.
    pub terms: Terms,
    /// The block that published it …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
    /// It was published in haste, and applies to nothing before finance consents.
    pub consent_needed: bool,
    /// Finance's consent.
    pub consent: Option<Consent>,
}

/// Finance's consent to a version that was published in haste.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Consent {
    /// The bureau.
    pub finance: OrganisationId,
    /// The reason.
    pub reason: Reason,
    /// The block …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
}

impl Policy {
    /// The first issue date to which it applies; `None` while it waits for finance's consent.
    pub fn begins(&self) -> Option<BeijingDate> {
        match &self.consent {
            None => (!self.consent_needed).then_some(self.terms.from_date),
            Some(consent) => Some(self.terms.from_date.max(BeijingDate::at(consent.time))),
        }
    }
}

stored_as!(Policy: proto::PolicyRecord, "policy");

impl From<&Policy> for proto::PolicyRecord {
    fn from(policy: &Policy) -> Self {
        Self {
            insurer: policy.insurer.to_string(),
            policy_code: policy.code.to_string(),
            version: policy.version,
            terms: Some((&policy.terms).into()),
            height: policy.height.get(),
            time_ms: policy.time.as_ms(),
            consent_needed: policy.consent_needed,
            consent: policy.consent.as_ref().map(|consent| proto::PolicyConsent {
                finance: consent.finance.to_string(),
                reason: consent.reason.to_string(),
                height: consent.height.get(),
                time_ms: consent.time.as_ms(),
            }),
        }
    }
}

impl TryFrom<proto::PolicyRecord> for Policy {
    type Error = Malformed;

    fn try_from(record: proto::PolicyRecord) -> Result<Self, Malformed> {
        Ok(Self {
            insurer: OrganisationId::parse("insurer", &record.insurer)?,
            code: PolicyCode::parse("policy_code", record.policy_code)?,
            version: record.version,
            terms: required("terms", record.terms)?.try_into()?,
            height: Height::new(record.height),
            time: BlockTime::from_ms(record.time_ms),
            consent_needed: record.consent_needed,
            consent: record.consent.map(Consent::try_from).transpose()?,
        })
    }
}

impl TryFrom<proto::PolicyConsent> for Consent {
    type Error = Malformed;

    fn try_from(consent: proto::PolicyConsent) -> Result<Self, Malformed> {
        Ok(Self {
            finance: OrganisationId::parse("consent.finance", &consent.finance)?,
            reason: Reason::parse("consent.reason", consent.reason)?,
            height: Height::new(consent.height),
            time: BlockTime::from_ms(consent.time_ms),
        })
    }
}
