//! Lists of receipts.

use std::collections::BTreeMap;

use super::walk::{Bounds, Limits, ListPage, Relevance, WalkEntry, walk};
use crate::{
    malformed::Malformed,
    organisations::ORGANISATIONS,
    parameters::FundRules,
    receipts::{
        record::Receipt,
        schema::{ListKey, RECEIPTS},
        status::{Status, status},
    },
    state::{Fault, StateReader, Table},
    storage::corrupt,
    types::{BlockTime, Division, OrganisationId, ReceiptCode, ReceiptId, ReceiptKind},
};

/// A filter of receipts: a list has those that meet every condition.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ReceiptFilter<'f> {
    /// Issue dates and issuer.
    pub bounds: Bounds,
    /// Category and kind.
    pub kind: Option<ReceiptKind>,
    /// The issuer's administrative division.
    pub division: Option<Division>,
    /// Their status.
    pub status: Option<StatusFilter<'f>>,
}

/// A status, with the fund rules and the time from which it is derived.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StatusFilter<'f> {
    /// The status.
    pub status: Status,
    /// The rules of funds in force.
    pub rules: &'f FundRules,
    /// Block time.
    pub now: BlockTime,
}

/// Returns a page of receipts, latest issue date first, from `start` (the start of the next page, as the page before
/// named it) or from the latest.
///
/// # Errors
/// When the store cannot be read.
pub fn list(
    state: &dyn StateReader,
    filter: &ReceiptFilter<'_>,
    start: Option<&[u8]>,
    limits: &Limits,
) -> Result<ListPage<Receipt>, Fault> {
    let mut regions = Regions::new(filter.division.as_ref());
    let table = (Table::ReceiptLists, ListKey::BYTES);
    walk(state, table, &filter.bounds, start, limits, |entry| {
        if !regions.hold(state, entry.issuer)? {
            return Ok(Relevance::SkipIssuer);
        }
        if let Some(skip) = filter.kind.and_then(|kind| skip_to_kind(entry.rest, kind)) {
            return Ok(skip);
        }
        let receipt = read(state, entry)?;
        let wanted = filter.status.is_none_or(|wanted| wanted.is_of(&receipt));
        Ok(if wanted {
            Relevance::Take(receipt)
        } else {
            Relevance::Skip
        })
    })
}

impl StatusFilter<'_> {
    fn is_of(&self, receipt: &Receipt) -> bool {
        status(receipt, self.rules, self.now) == self.status
    }
}

/// Skips from a receipt of another kind to the next possible place of the wanted kind. Codes are region (2), kind (4),
/// year (2). `None`: the receipt has the wanted kind.
fn skip_to_kind(receipt: &[u8], wanted: ReceiptKind) -> Option<Relevance<Receipt>> {
    const REGION: usize = 2;
    const KIND_END: usize = REGION + ReceiptKind::BYTES;
    const { assert!(KIND_END < ReceiptCode::BYTES) };
    let (region, kind) = (receipt.get(..REGION)?, receipt.get(REGION..KIND_END)?);
    let wanted = wanted.as_bytes();
    if kind == wanted {
        return None;
    }
    let region = if kind > &wanted[..] {
        region.to_vec()
    } else {
        crate::storage::predecessor(region)?
    };
    Some(Relevance::SkipTo([&region[..], wanted].concat()))
}

fn read(state: &dyn StateReader, entry: &WalkEntry<'_>) -> Result<Receipt, Fault> {
    let id =
        ReceiptId::from_key(entry.rest).map_err(|error| corrupt(Table::ReceiptLists, error))?;
    RECEIPTS.get(state, &id)?.ok_or_else(|| {
        let missing = Malformed::new("receipt", format!("{id} is listed and missing"));
        corrupt(Table::Receipts, missing)
    })
}

/// The issuers in a division. Each is looked up once for a page.
struct Regions<'f> {
    division: Option<&'f Division>,
    known: BTreeMap<OrganisationId, bool>,
}

impl<'f> Regions<'f> {
    const fn new(division: Option<&'f Division>) -> Self {
        Self {
            division,
            known: BTreeMap::new(),
        }
    }

    fn hold(&mut self, state: &dyn StateReader, issuer: OrganisationId) -> Result<bool, Fault> {
        let Some(division) = self.division else {
            return Ok(true);
        };
        if let Some(known) = self.known.get(&issuer) {
            return Ok(*known);
        }
        let organisation = ORGANISATIONS.get(state, &issuer)?;
        let holds = organisation.is_some_and(|issuer| division.holds(&issuer.region));
        self.known.insert(issuer, holds);
        Ok(holds)
    }
}
