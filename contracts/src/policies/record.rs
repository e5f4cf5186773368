//! The record of one version of a policy.

use piaolian_proto::v1 as proto;

use super::terms::Terms;
use crate::{
    chain::Height,
    malformed::{Malformed, required},
    storage::stored_as,
    types::{BlockTime, OrganisationId, PolicyCode},
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
        })
    }
}
