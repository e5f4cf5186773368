//! The receipts of one business that was reissued, each in the place of the one before.

use std::sync::Arc;

use super::{record::Receipt, schema::RECEIPTS};
use crate::{
    malformed::Malformed,
    state::{Fault, Table},
    storage::{Overlay, corrupt},
    types::ReceiptId,
};

/// Most reissues in succession. It bounds how many receipts an action reads to find the one that counts.
pub const REISSUES_MAX: usize = 16;

/// Returns the receipt that counts in the place of `receipt`: the last one that a reissue issued, or else itself. `None`
/// if it was never issued.
///
/// # Errors
/// When the store cannot be read, or a link leads nowhere.
pub(crate) fn current(
    overlay: &mut Overlay<'_>,
    receipt: ReceiptId,
) -> Result<Option<Arc<Receipt>>, Fault> {
    let Some(mut found) = overlay.get(RECEIPTS, &receipt)? else {
        return Ok(None);
    };
    for _ in 0..REISSUES_MAX {
        match found.replaced_by {
            None => break,
            Some(next) => found = linked(overlay, next)?,
        }
    }
    Ok(Some(found))
}

/// Returns the receipts that `receipt` replaces, the last one first.
///
/// # Errors
/// When the store cannot be read, or a link leads nowhere.
pub(crate) fn replaced(
    overlay: &mut Overlay<'_>,
    receipt: &Receipt,
) -> Result<Vec<ReceiptId>, Fault> {
    let mut before = receipt.replaces;
    let mut replaced = Vec::new();
    while let Some(id) = before.filter(|_| replaced.len() < REISSUES_MAX) {
        replaced.push(id);
        before = linked(overlay, id)?.replaces;
    }
    Ok(replaced)
}

fn linked(overlay: &mut Overlay<'_>, receipt: ReceiptId) -> Result<Arc<Receipt>, Fault> {
    let found = overlay.get(RECEIPTS, &receipt)?;
    found.ok_or_else(|| {
        let missing = Malformed::new("receipt", format!("{receipt} of a reissue is missing"));
        corrupt(Table::Receipts, missing)
    })
}
