//! Writes receipts. No other code writes them.
//!
//! ```text
//!   new receipt ─► add ──────┐                 ┌─► the record
//!                            ├─ before, after ─┼─► its day's running totals
//!   every other action ─► change ┘             └─► its place in the lists, once
//! ```
//!
//! The totals and lists are written here together with the receipts, so that no action can write one and forget the
//! other.

use std::sync::Arc;

use super::{
    errors::ReceiptError,
    record::Receipt,
    schema::{ListKey, Listed, RECEIPT_LISTS, RECEIPTS},
    totals,
};
use crate::{action::ActionContext, rejection::Stop, storage::Overlay, types::ReceiptId};

/// The receipt that an action names.
///
/// # Errors
/// When it was never issued, or the store cannot be read.
pub(crate) fn read(overlay: &mut Overlay<'_>, receipt: ReceiptId) -> Result<Arc<Receipt>, Stop> {
    let found = overlay.get(RECEIPTS, &receipt)?;
    Ok(found.ok_or(ReceiptError::UnknownReceipt { receipt })?)
}

/// The receipt that an action of its issuer names.
///
/// # Errors
/// When it was never issued or by another, or the store cannot be read.
pub(super) fn read_own(
    ctx: &mut ActionContext<'_, '_>,
    receipt: ReceiptId,
) -> Result<Arc<Receipt>, Stop> {
    let found = read(ctx.overlay, receipt)?;
    check_issuer(ctx, &found)?;
    Ok(found)
}

/// Refuses an organisation that did not issue the receipt.
pub(super) fn check_issuer(
    ctx: &ActionContext<'_, '_>,
    receipt: &Receipt,
) -> Result<(), ReceiptError> {
    if receipt.issuer == ctx.actor_id() {
        return Ok(());
    }
    Err(ReceiptError::NotTheIssuer {
        receipt: receipt.id,
        issuer: receipt.issuer,
    })
}

/// Writes a new receipt.
///
/// # Errors
/// When its day's totals would be too large, or the store cannot be read.
pub(super) fn add(overlay: &mut Overlay<'_>, receipt: Receipt) -> Result<(), Stop> {
    totals::add(overlay, &receipt)?;
    overlay.insert_new(RECEIPT_LISTS, &ListKey::of(&receipt), Listed)?;
    let id = receipt.id;
    overlay.insert_new(RECEIPTS, &id, receipt)?;
    Ok(())
}

/// Writes the change of an existing receipt; `before` is the receipt as it was read. The facts stated at issue never
/// change.
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
