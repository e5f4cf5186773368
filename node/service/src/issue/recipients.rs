//! Recipients of details that this node encrypts: its own organisation, the receipt's issuer, and the finance bureaus that
//! granted the numbers, which supervise the receipts.

use std::collections::BTreeSet;

use piaolian_contracts::{
    number_ranges::{ISSUER_RANGES, IssuerCode, RANGES, RangeKey},
    organisations::KeyPurpose,
    types::{OrganisationId, ReceiptCode},
};
use piaolian_custody::vault::EncryptionKey;
use piaolian_ledger::StateView;

use super::Issuance;
use crate::{
    error::{ServiceError, ServiceFault},
    member_keys::{encryption_key, held_in_force},
};

impl Issuance {
    /// Returns the encryption keys of the members that may read the details of receipts that `issuer` issues with a
    /// receipt code through this node.
    ///
    /// # Errors
    /// When one of them has no encryption key in force, or the store cannot be read.
    pub(super) fn recipients(
        &self,
        state: &StateView<'_>,
        issuer: OrganisationId,
        code: ReceiptCode,
    ) -> Result<Vec<EncryptionKey>, ServiceError> {
        let held = self.encryption_key.as_ref();
        let own = held_in_force(state, &self.organisation, held, KeyPurpose::Encrypt)?;
        let mut recipients = vec![EncryptionKey {
            organisation: self.organisation,
            key_id: own.key_id(),
            public_key: *own.pair().public_key(),
        }];
        let mut others = BTreeSet::from([issuer]);
        let ranges = ISSUER_RANGES.get(state, &IssuerCode { issuer, code })?;
        for first in ranges.iter().flat_map(|ranges| ranges.firsts()) {
            let range = RANGES.get(state, &RangeKey::new(code, *first))?;
            let range =
                range.ok_or_else(|| ServiceFault::Damaged(format!("range {code} {first}")))?;
            others.insert(*range.granted_by());
        }
        others.remove(&self.organisation);
        for organisation in others {
            recipients.push(encryption_key(state, organisation)?);
        }
        Ok(recipients)
    }
}
