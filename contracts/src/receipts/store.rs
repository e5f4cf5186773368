//! The one way in which a receipt is written.
//!
//! ```text
//!   new receipt ─► add ──────┐                 ┌─► the record
//!                            ├─ before, after ─┼─► its day's running totals
//!   every other act ─► change ┘                └─► its place in the lists, once
//! ```
//!
//! What is kept about receipts beside their records moves with the records here, so
//! that nobody can write one and forget the other.

use std::sync::Arc;

use super::{
    errors::ReceiptError,
    record::Receipt,
    schema::{ListKey, Listed, RECEIPT_LISTS, RECEIPTS},
    totals,
};
use crate::{act::Act, rejection::Stop, storage::Overlay, types::ReceiptId};

/// The receipt that an act names.
///
/// # Errors
/// When it was never issued, or the store cannot be read.
pub(crate) fn read(overlay: &mut Overlay<'_>, receipt: ReceiptId) -> Result<Arc<Receipt>, Stop> {
    let found = overlay.get(RECEIPTS, &receipt)?;
    Ok(found.ok_or(ReceiptError::UnknownReceipt { receipt })?)
}

/// The receipt that an act of its issuer names.
///
/// # Errors
/// When it was never issued or by another, or the store cannot be read.
pub(super) fn read_own(act: &mut Act<'_, '_>, receipt: ReceiptId) -> Result<Arc<Receipt>, Stop> {
    let found = read(act.overlay, receipt)?;
    check_issuer(act, &found)?;
    Ok(found)
}

/// Refuses whoever did not issue a receipt.
pub(super) fn check_issuer(act: &Act<'_, '_>, receipt: &Receipt) -> Result<(), ReceiptError> {
    if receipt.issuer == act.actor_id() {
        return Ok(());
    }
    Err(ReceiptError::NotTheIssuer {
        receipt: receipt.id,
        issuer: receipt.issuer,
    })
}

/// Writes a receipt that comes into being.
///
/// # Errors
/// When its day's totals would be too large, or the store cannot be read.
pub(super) fn add(overlay: &mut Overlay<'_>, receipt: Receipt) -> Result<(), Stop> {
    totals::add(overlay, &receipt)?;
    overlay.insert_new(RECEIPT_LISTS, &ListKey::of(&receipt), Listed);
    let id = receipt.id;
    overlay.insert_new(RECEIPTS, &id, receipt);
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
    totals::change(overlay, before, &after)?;
    overlay.entry(RECEIPTS, &before.id)?.set(after);
    Ok(())
}
