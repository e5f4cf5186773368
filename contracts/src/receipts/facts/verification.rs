//! A payer's note that it verified a receipt (查验).

use piaolian_proto::v1 as proto;

use crate::{
    chain::Height,
    malformed::Malformed,
    types::{BlockTime, OrganisationId},
};

/// The last verification that a payer noted on the ledger. A reversal soon after it raises an alert (可疑票据).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotedVerification {
    /// The organisation that verified it.
    pub organisation: OrganisationId,
    /// The block …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
}

impl From<&NotedVerification> for proto::NotedVerification {
    fn from(verification: &NotedVerification) -> Self {
        Self {
            organisation: verification.organisation.to_string(),
            height: verification.height.get(),
            time_ms: verification.time.as_ms(),
        }
    }
}

impl TryFrom<proto::NotedVerification> for NotedVerification {
    type Error = Malformed;

    fn try_from(verification: proto::NotedVerification) -> Result<Self, Malformed> {
        let organisation = &verification.organisation;
        Ok(Self {
            organisation: OrganisationId::parse("verification.organisation", organisation)?,
            height: Height::new(verification.height),
            time: BlockTime::from_ms(verification.time_ms),
        })
    }
}
