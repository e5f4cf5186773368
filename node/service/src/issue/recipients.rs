//! For whom an issuer's node seals details: its own organisation, the receipt's issuer, and
//! the finance bureaus that granted the numbers and so supervise what is issued.

use std::collections::BTreeSet;

use piaolian_contracts::{
    allotments::{ISSUER_RANGES, IssuerCode, RANGES, RangeKey},
    organisations::{Key, KeyPurpose, ORGANISATIONS},
    types::{OrganisationId, ReceiptCode},
};
use piaolian_custody::vault::{OpenError, SealKey};
use piaolian_ledger::StateView;
use piaolian_sealing::SealingError;

use crate::{
    Service,
    api_error::ApiError,
    error::{ServiceError, ServiceFault},
};

impl Service {
    /// Those who may read what `issuer` issues under a code through this node.
    ///
    /// # Errors
    /// When one of them has no seal key in force, or the store cannot be read.
    pub(crate) fn readers(
        &self,
        state: &StateView<'_>,
        issuer: OrganisationId,
        code: ReceiptCode,
    ) -> Result<Vec<SealKey>, ServiceError> {
        let held = self.keys.seal.as_ref();
        let own = self.key_in_force(state, held, KeyPurpose::Seal)?;
        let mut readers = vec![SealKey {
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
            readers.push(seal_key(state, organisation)?);
        }
        Ok(readers)
    }
}

/// The seal key for which one seals for an organisation: the newest in force.
///
/// # Errors
/// When there is none, or the store cannot be read.
pub(crate) fn seal_key(
    state: &StateView<'_>,
    organisation: OrganisationId,
) -> Result<SealKey, ServiceError> {
    let key = newest_seal_key(state, &organisation)?;
    let key = key.ok_or(ApiError::NoSealKey(organisation))?;
    Ok(SealKey {
        organisation,
        key_id: key.id,
        public_key: key.public_key,
    })
}

/// The newest seal key of an organisation that is in force for the next block.
pub(crate) fn newest_seal_key(
    state: &StateView<'_>,
    organisation: &OrganisationId,
) -> Result<Option<Key>, ServiceError> {
    let member = ORGANISATIONS.get(state, organisation)?;
    let next = state.tip().height.next();
    Ok(member.as_ref().and_then(|member| {
        let live = member.live_keys(KeyPurpose::Seal, next);
        live.max_by_key(|key| key.id).copied()
    }))
}

impl From<SealingError> for ServiceError {
    fn from(error: SealingError) -> Self {
        match error {
            SealingError::UnfitKey { organisation, .. } => ApiError::NoSealKey(organisation).into(),
            error => OpenError::from(error).into(),
        }
    }
}
