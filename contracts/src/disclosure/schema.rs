//! The tables of authorisations and of access logs.

use super::{
    access_log::{AccessLogAnchor, LogNumber},
    purpose::Purpose,
    record::Grant,
};
use crate::{
    state::Table,
    storage::{Key, KeyBytes, Records},
    types::{OrganisationId, ReceiptId},
};

/// Authorisations by receipt, grantee and purpose.
pub const GRANTS: Records<GrantKey, Grant> = Records::new(Table::Grants);

/// How far each access log was anchored, by organisation and log.
pub const ACCESS_LOGS: Records<AccessLogKey, AccessLogAnchor> = Records::new(Table::AccessLogs);

/// Who may use what, and what for: receipt (18) ‖ grantee (18) ‖ purpose (1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GrantKey {
    /// What may be used.
    pub receipt: ReceiptId,
    /// Who may.
    pub grantee: OrganisationId,
    /// What for.
    pub purpose: Purpose,
}

impl Key for GrantKey {
    fn bytes(&self) -> KeyBytes {
        let purpose = [self.purpose.number()];
        KeyBytes::of(&[&self.receipt.key(), self.grantee.as_bytes(), &purpose])
    }
}

/// One of an organisation's access logs: organisation (18) ‖ log (u32 big-endian).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AccessLogKey {
    /// Whose.
    pub organisation: OrganisationId,
    /// Which.
    pub log: LogNumber,
}

impl Key for AccessLogKey {
    fn bytes(&self) -> KeyBytes {
        let log = self.log.get().to_be_bytes();
        KeyBytes::of(&[self.organisation.as_bytes(), &log])
    }
}
