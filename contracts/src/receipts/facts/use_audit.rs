//! Finance's audit of the use of a number (核销).

use piaolian_proto::v1 as proto;

use crate::{
    chain::Height,
    malformed::Malformed,
    types::{AuditNumber, BlockTime, OrganisationId},
};

/// Finance's audit of the use of a receipt's number. It is not a reversal (docs/DOMAIN.md §9).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UseAudit {
    /// The finance bureau.
    pub organisation: OrganisationId,
    /// Its number of the audit.
    pub audit_number: AuditNumber,
    /// The block …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
}

impl From<&UseAudit> for proto::UseAudit {
    fn from(audit: &UseAudit) -> Self {
        Self {
            organisation: audit.organisation.to_string(),
            audit_number: audit.audit_number.to_string(),
            height: audit.height.get(),
            time_ms: audit.time.as_ms(),
        }
    }
}

impl TryFrom<proto::UseAudit> for UseAudit {
    type Error = Malformed;

    fn try_from(audit: proto::UseAudit) -> Result<Self, Malformed> {
        Ok(Self {
            organisation: OrganisationId::parse("use_audit.organisation", &audit.organisation)?,
            audit_number: AuditNumber::parse("use_audit.audit_number", audit.audit_number)?,
            height: Height::new(audit.height),
            time: BlockTime::from_ms(audit.time_ms),
        })
    }
}
