//! The record of one version of a policy.

use piaolian_proto::v1 as proto;

use super::terms::Terms;
use crate::{
    chain::Height,
    fields::as_message,
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

as_message! {
    Policy: proto::PolicyRecord {
        insurer, version, terms, height;
        code: policy_code,
        time: time_ms,
    }
}
