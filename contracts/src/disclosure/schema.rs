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

/// The last anchor of each access log, by organisation and log.
pub const ACCESS_LOGS: Records<AccessLogKey, AccessLogAnchor> = Records::new(Table::AccessLogs);

/// The key of an authorisation: receipt (18) ‖ grantee (18) ‖ purpose (1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GrantKey {
    /// The receipt that may be used.
    pub receipt: ReceiptId,
    /// The organisation that may use it.
    pub grantee: OrganisationId,
    /// The purpose.
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
    /// The organisation.
    pub organisation: OrganisationId,
    /// The log.
    pub log: LogNumber,
}

impl Key for AccessLogKey {
    fn bytes(&self) -> KeyBytes {
        let log = self.log.get().to_be_bytes();
        KeyBytes::of(&[self.organisation.as_bytes(), &log])
    }
}
