//! Finance's audit of the use of a number (核销).

use piaolian_proto::v1 as proto;

use crate::{
    chain::Height,
    fields::as_message,
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

as_message! {
    UseAudit: proto::UseAudit {
        organisation, audit_number, height;
        time: time_ms,
    }
}
