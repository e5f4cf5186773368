//! The table of authorisations.

use super::{purpose::Purpose, record::Grant};
use crate::{
    state::Table,
    storage::{Key, KeyBytes, Records},
    types::{OrganisationId, ReceiptId},
};

/// Authorisations by receipt, grantee and purpose.
pub const GRANTS: Records<GrantKey, Grant> = Records::new(Table::Grants);

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
