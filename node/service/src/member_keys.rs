//! Keys of members on the ledger: this node's own keys in force, and the keys for which details are encrypted.

use std::sync::Arc;

use piaolian_contracts::{
    organisations::{Key, KeyPurpose, ORGANISATIONS},
    types::OrganisationId,
};
use piaolian_custody::{keys::HeldKey, vault::EncryptionKey};
use piaolian_ledger::StateView;

use crate::{api_error::ApiError, error::ServiceError};

/// Returns a key of the node when the ledger has it in force for the next block.
///
/// # Errors
/// When the node holds none, it is not in force, or the store cannot be read.
pub(crate) fn held_in_force<'k>(
    state: &StateView<'_>,
    organisation: &OrganisationId,
    held: Option<&'k Arc<HeldKey>>,
    purpose: KeyPurpose,
) -> Result<&'k Arc<HeldKey>, ServiceError> {
    let none = || ApiError::NoKeyInForce { purpose };
    let held = held.ok_or_else(none)?;
    let organisation = ORGANISATIONS.get(state, organisation)?.ok_or_else(none)?;
    let is_held =
        |key: &Key| key.id == held.key_id() && key.public_key == *held.pair().public_key();
    let next = state.tip().height.next();
    let in_force = organisation.live_keys(purpose, next).any(is_held);
    Ok(in_force.then_some(held).ok_or_else(none)?)
}

/// Returns the key for which details are encrypted for an organisation: its newest in force.
///
/// # Errors
/// When there is none, or the store cannot be read.
pub(crate) fn encryption_key(
    state: &StateView<'_>,
    organisation: OrganisationId,
) -> Result<EncryptionKey, ServiceError> {
    let key = newest_encryption_key(state, &organisation)?;
    let key = key.ok_or(ApiError::NoEncryptionKey { organisation })?;
    Ok(EncryptionKey {
        organisation,
        key_id: key.id,
        public_key: key.public_key,
    })
}

/// Returns the newest encryption key of an organisation that is in force for the next block.
pub(crate) fn newest_encryption_key(
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
