//! For whom an issuer's node encrypts details: its own organisation, the receipt's issuer, and
//! the finance bureaus that granted the numbers and so supervise what is issued.

use std::collections::BTreeSet;

use piaolian_contracts::{
    number_ranges::{ISSUER_RANGES, IssuerCode, RANGES, RangeKey},
    organisations::{Key, KeyPurpose, ORGANISATIONS},
    types::{OrganisationId, ReceiptCode},
};
use piaolian_custody::vault::{DecryptionError, EncryptionKey};
use piaolian_encryption::EncryptionError;
use piaolian_ledger::StateView;

use super::{
    Service,
    door::DoorError,
    error::{ServiceError, ServiceFault},
};

impl Service {
    /// Those who may read what `issuer` issues under a code through this node.
    ///
    /// # Errors
    /// When one of them has no encryption key in force, or the store cannot be read.
    pub(super) fn readers(
        &self,
        state: &StateView<'_>,
        issuer: OrganisationId,
        code: ReceiptCode,
    ) -> Result<Vec<EncryptionKey>, ServiceError> {
        let held = self.keys.encrypt.as_ref();
        let own = self.key_in_force(state, held, KeyPurpose::Encrypt)?;
        let mut readers = vec![EncryptionKey {
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
            readers.push(encryption_key(state, organisation)?);
        }
        Ok(readers)
    }
}

/// The encryption key for which one encrypts for an organisation: the newest in force.
///
/// # Errors
/// When there is none, or the store cannot be read.
pub(super) fn encryption_key(
    state: &StateView<'_>,
    organisation: OrganisationId,
) -> Result<EncryptionKey, ServiceError> {
    let key = newest_encryption_key(state, &organisation)?;
    let key = key.ok_or(DoorError::NoEncryptionKey(organisation))?;
    Ok(EncryptionKey {
        organisation,
        key_id: key.id,
        public_key: key.public_key,
    })
}

/// The newest encryption key of an organisation that is in force for the next block.
pub(super) fn newest_encryption_key(
    state: &StateView<'_>,
    organisation: &OrganisationId,
) -> Result<Option<Key>, ServiceError> {
    let member = ORGANISATIONS.get(state, organisation)?;
    let next = state.tip().height.next();
    Ok(member.as_ref().and_then(|member| {
        let live = member.live_keys(KeyPurpose::Encrypt, next);
        live.max_by_key(|key| key.id).copied()
    }))
}

impl From<EncryptionError> for ServiceError {
    fn from(error: EncryptionError) -> Self {
        match error {
            EncryptionError::UnfitKey { organisation, .. } => {
                DoorError::NoEncryptionKey(organisation).into()
            }
            error => DecryptionError::from(error).into(),
        }
    }
}
