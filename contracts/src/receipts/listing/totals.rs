//! Lists of running totals.

use super::walk::{Bounds, Limits, ListPage, Relevance, walk};
use crate::{
    receipts::totals::{Totals, TotalsKey},
    state::{Fault, StateReader, Table},
    storage::{Record, corrupt},
    types::{Division, ReceiptKind},
};

/// A filter of totals: a list has those that meet every condition.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TotalsFilter {
    /// Issue dates and issuer.
    pub bounds: Bounds,
    /// Category and kind.
    pub kind: Option<ReceiptKind>,
    /// The issuer's administrative division.
    pub division: Option<Division>,
}

/// Returns a page of running totals, latest issue date first, from `start` (the start of the next page, as the page
/// before named it) or from the latest.
///
/// # Errors
/// When the store cannot be read.
pub fn list_totals(
    state: &dyn StateReader,
    filter: &TotalsFilter,
    start: Option<&[u8]>,
    limits: &Limits,
) -> Result<ListPage<Totals>, Fault> {
    let table = (Table::Totals, TotalsKey::BYTES);
    walk(state, table, &filter.bounds, start, limits, |entry| {
        let totals = Totals::decode(entry.value).map_err(|error| corrupt(Table::Totals, error))?;
        let division = filter.division.as_ref();
        if division.is_some_and(|division| !division.holds(&totals.region)) {
            return Ok(Relevance::SkipIssuer);
        }
        Ok(match filter.kind {
            Some(wanted) if totals.key.kind > wanted => {
                Relevance::SkipTo(wanted.as_bytes().to_vec())
            }
            Some(wanted) if totals.key.kind < wanted => Relevance::SkipIssuer,
            Some(_) | None => Relevance::Take(totals),
        })
    })
}
