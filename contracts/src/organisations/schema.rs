//! The tables of organisations.

use std::sync::Arc;

use super::{
    errors::OrganisationError,
    record::{KeyId, Organisation},
};
use crate::{
    chain::{Height, PublicKey},
    malformed::{Malformed, fixed},
    rejection::Stop,
    state::{Fault, StateReader, Table},
    storage::{Key, KeyBytes, Overlay, Record, Records},
    types::OrganisationId,
};

/// Organisations by their unified social credit code.
pub const ORGANISATIONS: Records<OrganisationId, Organisation> = Records::new(Table::Organisations);

/// The owner of each public key.
pub const KEY_OWNERS: Records<PublicKey, KeyOwner> = Records::new(Table::KeyOwners);

/// The organisations with the finance role.
pub const FINANCE_BUREAUS: Records<(), FinanceBureaus> = Records::new(Table::FinanceBureaus);

/// Most finance bureaus of a chain: province, cities and counties.
pub const FINANCE_BUREAUS_MAX: usize = 256;

/// Returns a member, with the writes of this block, to be changed.
pub(crate) fn member(overlay: &mut Overlay<'_>, id: OrganisationId) -> Result<Organisation, Stop> {
    let organisation = overlay
        .get(ORGANISATIONS, &id)?
        .ok_or(OrganisationError::OrganisationNotAdmitted { organisation: id })?;
    if let Some(removal) = &organisation.removal {
        return Err(removal.rejection(id).into());
    }
    Ok(Arc::unwrap_or_clone(organisation))
}

/// Returns a member that is not suspended from the block at `height` on.
pub(crate) fn active_member(
    overlay: &mut Overlay<'_>,
    id: OrganisationId,
    height: Height,
) -> Result<Organisation, Stop> {
    let organisation = member(overlay, id)?;
    organisation.require_active(height)?;
    Ok(organisation)
}

/// Organisations by code, ascending, at most `limit` of them.
///
/// # Errors
/// When the store cannot be read.
pub fn all(state: &dyn StateReader, limit: usize) -> Result<Vec<Organisation>, Fault> {
    let end = vec![u8::MAX; OrganisationId::BYTES];
    let mut organisations = ORGANISATIONS.descend(state, &[], end, limit)?;
    organisations.reverse();
    Ok(organisations)
}

impl Key for OrganisationId {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[self.as_bytes()])
    }
}

impl Key for PublicKey {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[&[self.algorithm().number()], self.as_bytes()])
    }
}

/// The owner of a public key: organisation (18) ‖ key id (u32 big-endian).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyOwner {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The id of the key within the organisation.
    pub key_id: KeyId,
}

impl Record for KeyOwner {
    fn encode(&self) -> Vec<u8> {
        [
            &self.organisation.as_bytes()[..],
            &self.key_id.get().to_be_bytes(),
        ]
        .concat()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let [organisation @ .., a, b, c, d] = fixed::<22>("key owner", bytes)?;
        Ok(Self {
            organisation: OrganisationId::try_from(&organisation[..])?,
            key_id: KeyId::parse("key owner", u32::from_be_bytes([a, b, c, d]))?,
        })
    }
}

/// The organisations with the finance role, ascending: 18 bytes each.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FinanceBureaus(pub(crate) Vec<OrganisationId>);

impl FinanceBureaus {
    /// The organisations.
    pub fn organisations(&self) -> &[OrganisationId] {
        &self.0
    }
}

impl Record for FinanceBureaus {
    fn encode(&self) -> Vec<u8> {
        self.0
            .iter()
            .flat_map(OrganisationId::as_bytes)
            .copied()
            .collect()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let codes = bytes.chunks(OrganisationId::BYTES);
        codes
            .map(OrganisationId::try_from)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}
