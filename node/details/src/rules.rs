//! Rules that a receipt must satisfy before its issuer signs it (docs/DOMAIN.md §2).
//!
//! ```text
//!   Σ detail lines of an item  ≈  item          within the tolerance; lines may be negative
//!   Σ items                    =  total
//!   pooled fund + personal account + personal cash + other  =  total: see `channels`
//! ```

use std::collections::{BTreeMap, BTreeSet};

use piaolian_contracts::types::{Fen, OrganisationId};
use piaolian_proto::v1::{DetailsExtension, DetailsMain, ReceiptDetails};

use super::{
    amount::{AMOUNT_FEN_MAX, sum},
    channels, shapes,
    text::path,
    typed::amounts,
    violation::{Findings, Rule},
};

/// The issuer and agencies in whose names a node may issue receipts, and the tolerance of the sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    issuer: OrganisationId,
    agencies: BTreeSet<OrganisationId>,
    line_tolerance_fen: u32,
}

impl Rules {
    /// Makes rules for an issuer without agencies and without tolerance: detail lines must sum exactly.
    pub const fn of(issuer: OrganisationId) -> Self {
        Self {
            issuer,
            agencies: BTreeSet::new(),
            line_tolerance_fen: 0,
        }
    }

    /// Adds agencies (执收单位) on whose behalf it issues.
    #[must_use]
    pub fn for_agencies(self, agencies: impl IntoIterator<Item = OrganisationId>) -> Self {
        Self {
            agencies: agencies.into_iter().collect(),
            ..self
        }
    }

    /// Sets the tolerance between an item and the sum of its detail lines, fen: a governed parameter.
    #[must_use]
    pub fn with_line_tolerance(self, fen: u32) -> Self {
        Self {
            line_tolerance_fen: fen,
            ..self
        }
    }

    /// Returns the issuer.
    pub const fn issuer(&self) -> OrganisationId {
        self.issuer
    }

    /// Tells whether it may issue in the name of `party`: its own, or an agency's.
    pub(super) fn may_name(&self, party: &OrganisationId) -> bool {
        *party == self.issuer || self.agencies.contains(party)
    }

    pub(super) const fn line_tolerance_fen(&self) -> u32 {
        self.line_tolerance_fen
    }
}

/// The sign of a receipt's amounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// Amounts of items and total are at least 0.
    Issue,
    /// A reversal receipt: at most 0, with a related receipt.
    Reversal,
}

impl Direction {
    pub(super) fn of(details: &ReceiptDetails) -> Self {
        let related = details
            .extension
            .as_ref()
            .and_then(|extension| extension.related.as_ref());
        if related.is_some() {
            Self::Reversal
        } else {
            Self::Issue
        }
    }
}

/// Checks the shape of every field and their agreement. [`check_issuer`] checks the issuer.
pub(super) fn check(details: &ReceiptDetails, tolerance_fen: u32, findings: &mut Findings) {
    shapes::check(details, findings);
    if !findings.is_empty() {
        // Sums over wrong fields would only confuse.
        return;
    }
    let (Some(main), Some(extension)) = (&details.main, &details.extension) else {
        return findings.add(path::MAIN, Rule::Missing);
    };
    check_signs(details, main, extension, findings);
    check_items(details, main.total_fen, findings);
    check_lines(details, tolerance_fen, findings);
    channels::check(details, main, extension, findings);
    check_stay(extension, findings);
}

/// Checks that this issuer may issue the receipt.
pub(super) fn check_issuer(details: &ReceiptDetails, rules: &Rules, findings: &mut Findings) {
    let code = details
        .invoicing_party
        .as_ref()
        .map_or("", |party| &party.code);
    let known = code
        .parse::<OrganisationId>()
        .is_ok_and(|party| rules.may_name(&party));
    if !known {
        findings.add(
            format!("{}/InvoicingPartyCode", path::INVOICING_PARTY),
            Rule::ForeignIssuer,
        );
    }
}

fn check_signs(
    details: &ReceiptDetails,
    main: &DetailsMain,
    extension: &DetailsExtension,
    findings: &mut Findings,
) {
    let (sign, rule) = match Direction::of(details) {
        Direction::Issue => (1, Rule::Negative),
        Direction::Reversal => (-1, Rule::NotAReversal),
    };
    for (index, line) in details.lines.iter().enumerate() {
        expect_held(
            &path::line(index),
            "AuxItemAmount",
            line.amount_fen,
            findings,
        );
    }
    let mut expect = |path: &str, name: &str, fen: i64| {
        expect_held(path, name, fen, findings);
        if fen.signum() == -sign {
            findings.add(format!("{path}/{name}"), rule.clone());
        }
    };
    expect(path::MAIN, "TotalAmount", main.total_fen);
    for (index, item) in details.items.iter().enumerate() {
        expect(&path::item(index), "ItemAmount", item.amount_fen);
    }
    for (name, fen) in amounts(extension) {
        expect(path::MAIN_EXT, name, fen.unwrap_or_default());
    }
}

fn expect_held(path: &str, name: &str, fen: i64, findings: &mut Findings) {
    if fen.unsigned_abs() > AMOUNT_FEN_MAX.unsigned_abs() {
        findings.add(format!("{path}/{name}"), Rule::Overflow);
    }
}

fn check_items(details: &ReceiptDetails, total: i64, findings: &mut Findings) {
    if details.items.is_empty() {
        return findings.add(path::DETAILS, Rule::NoItems);
    }
    match sum(details.items.iter().map(|item| item.amount_fen)) {
        None => findings.add(path::DETAILS, Rule::Overflow),
        Some(items) if items != total => {
            findings.add(
                path::DETAILS,
                Rule::ItemsOffTotal {
                    items: Fen::new(items),
                    total: Fen::new(total),
                },
            );
        }
        Some(_) => {}
    }
}

/// Sums of an item code. Items with the same code are summed together, since a line names its item by code.
struct CodeSums {
    first_item: usize,
    items: i128,
    /// `None`: the code has no lines, and needs none.
    lines: Option<i128>,
}

fn check_lines(details: &ReceiptDetails, tolerance: u32, findings: &mut Findings) {
    let mut sums: BTreeMap<&str, CodeSums> = BTreeMap::new();
    for (index, item) in details.items.iter().enumerate() {
        let new = CodeSums {
            first_item: index,
            items: 0,
            lines: None,
        };
        // A sum of at most 10,000 amounts of 64 bits fits into 128.
        sums.entry(&item.code).or_insert(new).items += i128::from(item.amount_fen);
    }
    for (index, line) in details.lines.iter().enumerate() {
        if let Some(sums) = sums.get_mut(line.related_code.as_str()) {
            *sums.lines.get_or_insert(0) += i128::from(line.amount_fen);
        } else {
            let path = format!("{}/AuxItemRelatedCode", path::line(index));
            findings.add(path, Rule::LineOfNoItem);
        }
    }
    for (code, sums) in sums {
        let (items, lines) = (sums.items, sums.lines.unwrap_or(sums.items));
        if lines.abs_diff(items) <= u128::from(tolerance) {
            continue;
        }
        let rule = match (i64::try_from(lines), i64::try_from(items)) {
            (Ok(lines), Ok(item)) => Rule::LinesOffItem {
                code: code.to_owned(),
                lines: Fen::new(lines),
                item: Fen::new(item),
                tolerance: Fen::new(tolerance.into()),
            },
            _ => Rule::Overflow,
        };
        findings.add(path::item(sums.first_item), rule);
    }
}

fn check_stay(extension: &DetailsExtension, findings: &mut Findings) {
    if let (Some(from), Some(to)) = (extension.in_hospital_date, extension.out_hospital_date)
        && to < from
    {
        findings.add(
            format!("{}/outHospitalDate", path::MAIN_EXT),
            Rule::OutBeforeIn,
        );
    }
}
