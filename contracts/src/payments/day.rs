//! The entries that count in a region's day, and the closing of a day.

use super::{
    entry::{Class, CountedAs},
    table_keys::{AllocationKey, StatementKey},
};
use crate::{
    chain::Height,
    types::{BankReference, BeijingDate, Fen, OrganisationId, Reason, Region},
};

/// Most banks with entries in a day of one region, which bounds the closing of the day. A province has about a dozen
/// agent banks.
pub const BANKS_MAX: usize = 64;

/// Most banks with entries in a day of one region, with those whose first entry is a payout or a return. These are
/// facts, so that room is kept for them.
pub const FACT_BANKS_MAX: usize = 128;

/// A number of movements and their sum. Money that left an account counts below 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// The number of movements.
    pub count: u64,
    /// Their sum.
    pub sum: Fen,
}

impl Tally {
    /// Counts one more; `None` when the sum does not fit.
    pub(super) fn add(&mut self, amount: Fen) -> Option<()> {
        self.sum = self.sum.checked_add(amount)?;
        self.count = self.count.saturating_add(1);
        Some(())
    }

    /// Takes back one that was counted.
    fn remove(&mut self, amount: Fen) {
        let counted = "only what was counted is taken back";
        self.sum = self.sum.checked_sub(amount).expect(counted);
        self.count = self.count.checked_sub(1).expect(counted);
    }
}

/// A region's day with one bank.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReconciliationDay {
    /// The region that owns the money.
    pub region: Region,
    /// The accounting day.
    pub day: BeijingDate,
    /// The bank.
    pub bank: OrganisationId,
    /// 相符
    pub matched: Tally,
    /// Stated, and no report was accepted.
    pub stated_only: Tally,
    /// Reported, and not stated.
    pub reported_only: Tally,
    /// 金额不符, as reported …
    pub differs_reported: Tally,
    /// … and as stated; both have the same count.
    pub differs_stated: Tally,
    /// The entries that a closed day still counts as stated only. Their report came later, so this day counts them as
    /// matched or differing.
    pub resolved_stated_only: Tally,
    /// The entries that a closed day still counts as reported only. Their statement line came later, so this day counts
    /// them as matched or differing.
    pub resolved_reported_only: Tally,
    /// `None` while open.
    pub closing: Option<DayClosing>,
}

/// The closing of a day: by whom, when, and the reason if statements were missing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DayClosing {
    /// The finance bureau.
    pub organisation: OrganisationId,
    /// The block.
    pub height: Height,
    /// The given reason, which is required if a statement was incomplete.
    pub incomplete_reason: Option<Reason>,
}

impl ReconciliationDay {
    /// Makes a day in which nothing counts yet.
    pub(super) const fn new(region: Region, day: BeijingDate, bank: OrganisationId) -> Self {
        const NONE: Tally = Tally {
            count: 0,
            sum: Fen::ZERO,
        };
        Self {
            region,
            day,
            bank,
            matched: NONE,
            stated_only: NONE,
            reported_only: NONE,
            differs_reported: NONE,
            differs_stated: NONE,
            resolved_stated_only: NONE,
            resolved_reported_only: NONE,
            closing: None,
        }
    }

    /// Whether any payment counts in the day. Only days with one are recorded.
    pub(super) fn has_entries(&self) -> bool {
        let tallies = [
            &self.matched,
            &self.stated_only,
            &self.reported_only,
            &self.differs_reported,
        ];
        tallies.iter().any(|tally| tally.count > 0)
    }

    /// Counts a payment; `None` when a sum does not fit.
    pub(super) fn add(&mut self, counted: &CountedAs) -> Option<()> {
        for (tally, amount) in self.tallies(counted) {
            tally.add(amount)?;
        }
        Some(())
    }

    /// Takes back a payment that counted.
    pub(super) fn remove(&mut self, counted: &CountedAs) {
        for (tally, amount) in self.tallies(counted) {
            tally.remove(amount);
        }
    }

    /// Notes that an arrival, which counts in this day, resolved an entry that a closed day still counts.
    pub(super) fn resolve(&mut self, counted: &CountedAs) -> Option<()> {
        match counted.class {
            Class::StatedOnly => self.resolved_stated_only.add(counted.stated),
            Class::ReportedOnly => self.resolved_reported_only.add(counted.reported),
            // A pair is never resolved: its sides never change.
            Class::Matched | Class::AmountDiffers => Some(()),
        }
    }

    fn tallies(&mut self, counted: &CountedAs) -> Vec<(&mut Tally, Fen)> {
        let (reported, stated) = (counted.reported, counted.stated);
        match counted.class {
            Class::Matched => vec![(&mut self.matched, reported)],
            Class::StatedOnly => vec![(&mut self.stated_only, stated)],
            Class::ReportedOnly => vec![(&mut self.reported_only, reported)],
            Class::AmountDiffers => vec![
                (&mut self.differs_reported, reported),
                (&mut self.differs_stated, stated),
            ],
        }
    }
}

/// The last closed day of a region.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegionClosing {
    /// The region.
    pub region: Region,
    /// Every day up to this one is closed.
    pub closed_through: BeijingDate,
    /// The closing of that day.
    pub closing: DayClosing,
}

/// A bank's statement of an accounting day, for one region.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Statement {
    /// The bank.
    pub bank: OrganisationId,
    /// The accounting day.
    pub account_day: BeijingDate,
    /// The region whose accounts it is of.
    pub region: Region,
    /// The number and sum of the lines received so far.
    pub lines: Tally,
    /// Whether the last part was submitted, and none after it.
    pub complete: bool,
    /// The block that last changed it.
    pub height: Height,
}

impl Statement {
    /// Nothing has come yet.
    pub(super) fn begun(key: &StatementKey) -> Self {
        Self {
            bank: key.bank,
            account_day: key.account_day,
            region: key.region.clone(),
            lines: Tally::default(),
            complete: false,
            height: Height::GENESIS,
        }
    }
}

/// The amount that one bank holds for one agency, from a region's day (清分).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Allocation {
    /// The region that owns the money.
    pub region: Region,
    /// The day.
    pub day: BeijingDate,
    /// The agency.
    pub agency: OrganisationId,
    /// The bank.
    pub bank: OrganisationId,
    /// Its matched payments.
    pub matched: Tally,
}

impl Allocation {
    /// Nothing is matched yet.
    pub(super) fn new(key: &AllocationKey) -> Self {
        Self {
            region: key.region.clone(),
            day: key.day,
            agency: key.agency,
            bank: key.bank,
            matched: Tally::default(),
        }
    }
}

/// An entry that a day counts as not matched.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mismatch {
    /// Never [`Class::Matched`].
    pub class: Class,
    /// The bank.
    pub bank: OrganisationId,
    /// Its number of the payment.
    pub bank_reference: BankReference,
}
