//! Organisations that are gone: they can never act again.

use super::{record::Organisation, schema::ORGANISATIONS};
use crate::{chain::Height, state::Fault, storage::Overlay, types::OrganisationId};

/// Whether an organisation is gone at `height`: it was never admitted, it was removed, or
/// every key of it has ended, so that it can no longer release its holds.
pub(crate) fn is_gone(
    overlay: &mut Overlay<'_>,
    organisation: &OrganisationId,
    height: Height,
) -> Result<bool, Fault> {
    let found = overlay.get(ORGANISATIONS, organisation)?;
    Ok(found.is_none_or(|organisation| has_ended(&organisation, height)))
}

/// A removal ends every key with its own block, in which they may still be used.
fn has_ended(organisation: &Organisation, height: Height) -> bool {
    let removal = organisation.removal.as_ref();
    let mut keys = organisation.keys.iter();
    removal.is_some_and(|removal| removal.height < height)
        || keys.all(|key| key.last_height.is_some_and(|last| last < height))
}
