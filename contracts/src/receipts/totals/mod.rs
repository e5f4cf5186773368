//! Running totals of an issuer's receipts of one kind and issue date.
//!
//! ```text
//!   every write of a receipt:  before ─► its share out
//!                              after  ─► its share in     of the one record of its
//!                                                         date ‖ issuer ‖ kind
//! ```
//!
//! Every receipt counts in exactly one [`TotalsClass`]. Only its facts determine the class, not time and not governed
//! rules: if a total changed when a lock expires or a fund rule changes, no transaction would update it. So a receipt
//! that is only locked counts as issued, and a booked one counts as booked whether or not an amount remains.

mod codec;
mod record;
mod share;

pub use record::{Sum, TOTALS, Totals, TotalsClass, TotalsKey};

use std::sync::Arc;

use share::Share;

use super::{errors::ReceiptError, record::Receipt};
use crate::{
    malformed::Malformed,
    organisations::ORGANISATIONS,
    rejection::Stop,
    state::{Fault, Table},
    storage::{Overlay, corrupt},
};

/// Counts a new receipt.
///
/// # Errors
/// When the sum would be too large, or the store cannot be read.
pub(super) fn add(overlay: &mut Overlay<'_>, receipt: &Receipt) -> Result<(), Stop> {
    let key = TotalsKey::of(receipt);
    let totals = match overlay.get(TOTALS, &key)? {
        Some(totals) => Arc::unwrap_or_clone(totals),
        None => begin(overlay, key)?,
    };
    // After this check the classes never overflow, because each is a part of the whole.
    let totals = totals.with(&Share::of(receipt)).filter(Totals::fits);
    let totals = totals.ok_or(ReceiptError::SumTooLarge {
        issuer: key.issuer,
        kind: key.kind,
        date: key.issue_date,
    })?;
    overlay.entry(TOTALS, &key)?.set(totals);
    Ok(())
}

/// Moves a receipt to its new class in the totals. It writes nothing if no counted fact changed.
///
/// # Errors
/// When the store cannot be read, or its totals do not count this receipt.
pub(super) fn change(
    overlay: &mut Overlay<'_>,
    before: &Receipt,
    after: &Receipt,
) -> Result<(), Fault> {
    let (out, into) = (Share::of(before), Share::of(after));
    if out == into {
        return Ok(());
    }
    let key = TotalsKey::of(before);
    let totals = overlay.get(TOTALS, &key)?.map(Arc::unwrap_or_clone);
    let moved = totals.and_then(|totals| totals.without(&out)?.with(&into));
    let moved = moved.ok_or_else(|| {
        let uncounted = Malformed::new("totals", format!("do not count receipt {}", before.id));
        corrupt(Table::Totals, uncounted)
    })?;
    overlay.entry(TOTALS, &key)?.set(moved);
    Ok(())
}

/// Totals of a day on which this issuer had no receipt of this kind yet.
fn begin(overlay: &mut Overlay<'_>, key: TotalsKey) -> Result<Totals, Fault> {
    let issuer = overlay.get(ORGANISATIONS, &key.issuer)?;
    let issuer = issuer.ok_or_else(|| {
        let missing = Malformed::new("organisation", format!("{} issued receipts", key.issuer));
        corrupt(Table::Organisations, missing)
    })?;
    Ok(Totals::none(key, issuer.region.clone()))
}
