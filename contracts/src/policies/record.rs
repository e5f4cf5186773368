//! The record of one version of a policy.

use piaolian_proto::v1 as proto;

use super::terms::Terms;
use crate::{
    chain::Height,
    fields::as_message,
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

as_message! {
    Policy: proto::PolicyRecord {
        insurer, version, terms, height, consent_needed, consent;
        code: policy_code,
        time: time_ms,
    }
}

as_message! {
    Consent: proto::PolicyConsent {
        finance, reason, height;
        time: time_ms,
    }
}
