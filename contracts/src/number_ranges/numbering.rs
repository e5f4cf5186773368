//! Numbering (赋码): choosing a receipt's number.
//!
//! ```text
//!   named by the issuer ─► in an open range of its own? ─► unused? ─► taken
//!   not named           ─► lowest unused number from the range's next one on
//! ```

use std::sync::Arc;

use super::{
    errors::NumberRangeError,
    record::Range,
    schema::{ISSUER_RANGES, IssuerCode, IssuerRanges, RANGES, RangeKey},
};
use crate::{
    rejection::Stop,
    state::Fault,
    storage::{Key, Overlay},
    types::{OrganisationId, ReceiptCode, ReceiptId, ReceiptNumber},
};

/// The most used numbers that one issue skips to find a free one. Each may cost a read.
const SKIPS_MAX: u64 = 256;

/// The number that a receipt got.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Assigned {
    pub(crate) receipt: ReceiptId,
    /// The count of unused numbers between it and the highest number that was in use before it.
    pub(crate) skipped: u64,
}

/// Assigns a number to a receipt of `issuer` and marks the number as used. `is_used` tells whether a receipt already
/// has a number.
pub(crate) fn assign(
    overlay: &mut Overlay<'_>,
    issuer: OrganisationId,
    code: ReceiptCode,
    named: Option<ReceiptNumber>,
    is_used: impl Fn(&mut Overlay<'_>, &ReceiptId) -> Result<bool, Fault>,
) -> Result<Assigned, Stop> {
    let open = overlay
        .get(ISSUER_RANGES, &IssuerCode { issuer, code })?
        .unwrap_or_default();
    let (mut range, receipt) = match named {
        Some(number) => {
            let receipt = ReceiptId { code, number };
            (
                named_range(overlay, issuer, &open, &receipt, &is_used)?,
                receipt,
            )
        }
        None => next_number(overlay, issuer, code, &open, &is_used)?,
    };
    let skipped = receipt.number.get().saturating_sub(range.used_below());
    range.mark_used(receipt.number.get());
    if !range.is_open() {
        close(overlay, &range)?;
    }
    let key = RangeKey::new(code, range.first());
    overlay.entry(RANGES, &key)?.set(range);
    Ok(Assigned { receipt, skipped })
}

/// Returns the open range of `issuer` that contains the named number, which must be unused.
fn named_range(
    overlay: &mut Overlay<'_>,
    issuer: OrganisationId,
    open: &IssuerRanges,
    receipt: &ReceiptId,
    is_used: &impl Fn(&mut Overlay<'_>, &ReceiptId) -> Result<bool, Fault>,
) -> Result<Range, Stop> {
    let number = receipt.number.get();
    if let Some(first) = open.at_or_below(number) {
        let range = overlay.get(RANGES, &RangeKey::new(receipt.code, first))?;
        if let Some(range) = range.filter(|range| range.contains(number)) {
            // Numbers above the highest used one are unused, so nothing has to be read.
            if number < range.used_below() && is_used(overlay, receipt)? {
                return Err(NumberRangeError::NumberUsed { receipt: *receipt }.into());
            }
            return Ok(Arc::unwrap_or_clone(range));
        }
    }
    Err(why_not(overlay, issuer, receipt, is_used)?.into())
}

/// The reason why a number is in no open range of `issuer`.
fn why_not(
    overlay: &mut Overlay<'_>,
    issuer: OrganisationId,
    receipt: &ReceiptId,
    is_used: &impl Fn(&mut Overlay<'_>, &ReceiptId) -> Result<bool, Fault>,
) -> Result<NumberRangeError, Fault> {
    let receipt = *receipt;
    Ok(match owner(overlay, &receipt)? {
        Some(owner) if owner != issuer => {
            NumberRangeError::NumberOfAnotherIssuer { receipt, owner }
        }
        Some(_) if is_used(overlay, &receipt)? => NumberRangeError::NumberUsed { receipt },
        Some(_) | None => NumberRangeError::NumberNotGranted { receipt, issuer },
    })
}

/// The organisation that a receipt's number was granted to.
pub(crate) fn owner(
    overlay: &Overlay<'_>,
    receipt: &ReceiptId,
) -> Result<Option<OrganisationId>, Fault> {
    Ok(range_with(overlay, receipt)?.map(|range| *range.issuer()))
}

/// The finance bureau that granted a receipt's number.
pub(crate) fn grantor(
    overlay: &Overlay<'_>,
    receipt: &ReceiptId,
) -> Result<Option<OrganisationId>, Fault> {
    Ok(range_with(overlay, receipt)?.map(|range| *range.granted_by()))
}

fn range_with(overlay: &Overlay<'_>, receipt: &ReceiptId) -> Result<Option<Arc<Range>>, Fault> {
    let number = receipt.number.get();
    let at = RangeKey::new(receipt.code, number);
    let below = overlay.floor(RANGES, &at.bytes())?;
    Ok(below.filter(|range| *range.code() == receipt.code && range.contains(number)))
}

/// Returns the first open range that has an unused number at or above its next number.
fn next_number(
    overlay: &mut Overlay<'_>,
    issuer: OrganisationId,
    code: ReceiptCode,
    open: &IssuerRanges,
    is_used: &impl Fn(&mut Overlay<'_>, &ReceiptId) -> Result<bool, Fault>,
) -> Result<(Range, ReceiptId), Stop> {
    let mut skips = 0_u64;
    for first in open.firsts() {
        let Some(range) = overlay.get(RANGES, &RangeKey::new(code, *first))? else {
            continue;
        };
        let mut range = Arc::unwrap_or_clone(range);
        for number in range.next()..range.end() {
            let number = ReceiptNumber::parse("", number).expect("granted numbers are numbers");
            let receipt = ReceiptId { code, number };
            if number.get() >= range.used_below() || !is_used(overlay, &receipt)? {
                range.skip_to(number.get());
                return Ok((range, receipt));
            }
            skips = skips.saturating_add(1);
            if skips >= SKIPS_MAX {
                let from = ReceiptNumber::parse("", range.next()).expect("it is at most `number`");
                let skips_max = SKIPS_MAX;
                return Err(NumberRangeError::NumbersScattered {
                    code,
                    from,
                    skips_max,
                }
                .into());
            }
        }
    }
    Err(NumberRangeError::NoNumberLeft { issuer, code }.into())
}

/// Removes a range without unused numbers from the issuer's open ranges.
pub(super) fn close(overlay: &mut Overlay<'_>, range: &Range) -> Result<(), Fault> {
    let issuer = IssuerCode {
        issuer: *range.issuer(),
        code: *range.code(),
    };
    let open = overlay.get(ISSUER_RANGES, &issuer)?.unwrap_or_default();
    let mut open = Arc::unwrap_or_clone(open);
    open.0.retain(|first| *first != range.first());
    let entry = overlay.entry(ISSUER_RANGES, &issuer)?;
    if open.0.is_empty() {
        return entry.remove();
    }
    entry.set(open);
    Ok(())
}
