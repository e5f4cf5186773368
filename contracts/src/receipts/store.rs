//! The one way in which a receipt is written.
//!
//! ```text
//!   new receipt ─► add ─────┐
//!                           ├─► the record
//!   every other act ─► change ┘
//! ```
//!
//! What is kept about receipts beside their records moves with the records here, so
//! that nobody can write one and forget the other.

use super::{record::Receipt, schema::RECEIPTS};
use crate::{rejection::Stop, storage::Overlay};

/// Writes a receipt that comes into being.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn add(overlay: &mut Overlay<'_>, receipt: Receipt) -> Result<(), Stop> {
    let id = receipt.id;
    overlay.put(RECEIPTS, &id, receipt);
    Ok(())
}

/// Writes what an act makes of a receipt that is there: `before` as it was read.
/// What was said at issue is never altered.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn change(
    overlay: &mut Overlay<'_>,
    before: &Receipt,
    alter: impl FnOnce(&mut Receipt),
) -> Result<(), Stop> {
    let mut after = before.clone();
    alter(&mut after);
    overlay.put(RECEIPTS, &before.id, after);
    Ok(())
}
