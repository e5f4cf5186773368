//! The years of one claim, while it is computed.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::record::{Claim, MetElsewhere, Reimbursement},
    accumulator::{ACCUMULATORS, Accumulator, AccumulatorKey, Amounts, CountedClaim, Full},
};
use crate::{
    action::ActionContext,
    state::{Fault, StateReader},
    types::{ClaimNumber, Fen},
};

/// The reason why a decision does not fit in a year's sums.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in super::super) enum YearFull {
    /// A sum overflows.
    TooLarge,
    /// So many claims count already.
    TooManyClaims {
        /// The year.
        year: u16,
    },
}

impl YearFull {
    const fn of(year: u16, full: Full) -> Self {
        match full {
            Full::TooLarge => Self::TooLarge,
            Full::TooManyClaims => Self::TooManyClaims { year },
        }
    }
}

/// The sums of the years of one claim, as they change while the claim is computed.
pub(in super::super) struct Years<'c> {
    claim: &'c Claim,
    sums: BTreeMap<u16, Accumulator>,
    /// The claims that were taken off for computing this one in its place, which is the first of them.
    rewound: BTreeMap<u16, Vec<CountedClaim>>,
}

impl<'c> Years<'c> {
    /// Begins with no year read, for the person and plan of a claim.
    pub(in super::super) const fn of(claim: &'c Claim) -> Self {
        Self {
            claim,
            sums: BTreeMap::new(),
            rewound: BTreeMap::new(),
        }
    }

    /// Begins with the sums before the decision of a claim, which is computed anew in its place.
    pub(in super::super) fn before(
        ctx: &mut ActionContext<'_, '_>,
        claim: &'c Claim,
    ) -> Result<Self, Fault> {
        let mut years = Self::of(claim);
        for year in years_of(claim) {
            let taken = years.read(ctx, year)?.rewind(&claim.number);
            years.rewound.insert(year, taken);
        }
        Ok(years)
    }

    /// Begins with the sums before the decision of a claim if it counts, otherwise with those of today.
    pub(in super::super) fn in_place(
        ctx: &mut ActionContext<'_, '_>,
        claim: &'c Claim,
    ) -> Result<Self, Fault> {
        if claim.counts() {
            Self::before(ctx, claim)
        } else {
            Ok(Self::of(claim))
        }
    }

    /// Returns the sums of a year so far.
    pub(in super::super) fn sums(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        year: u16,
    ) -> Result<Amounts, Fault> {
        Ok(self.read(ctx, year)?.sums)
    }

    fn read(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        year: u16,
    ) -> Result<&mut Accumulator, Fault> {
        if !self.sums.contains_key(&year) {
            let key = AccumulatorKey::of(self.claim, year);
            let stored = ctx.overlay.get(ACCUMULATORS, &key)?;
            let sums = stored.map_or_else(Accumulator::default, |stored| (*stored).clone());
            self.sums.insert(year, sums);
        }
        Ok(self.sums.entry(year).or_default())
    }

    /// Counts what was met elsewhere in a year that was read, before the receipt that names it.
    pub(in super::super) fn count_elsewhere(
        &mut self,
        year: u16,
        met: &MetElsewhere,
    ) -> Result<(), YearFull> {
        self.add(year, met.into())
    }

    /// Counts a receipt, whose year was read.
    pub(in super::super) fn count(&mut self, line: &Reimbursement) -> Result<(), YearFull> {
        self.add(line.year, line.into())
    }

    fn add(&mut self, year: u16, amounts: Amounts) -> Result<(), YearFull> {
        let sums = self.sums.entry(year).or_default();
        let added = sums.add(&self.claim.number, amounts);
        added.map_err(|full| YearFull::of(year, full))
    }

    /// Counts a receipt as it was computed before, with what it met elsewhere.
    pub(in super::super) fn count_again(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        line: &Reimbursement,
    ) -> Result<Result<(), YearFull>, Fault> {
        self.read(ctx, line.year)?;
        if let Some(met) = &line.assessment.met_elsewhere
            && let Err(full) = self.count_elsewhere(line.year, met)
        {
            return Ok(Err(full));
        }
        Ok(self.count(line))
    }

    /// Counts the claims again that were decided after this one, if it was computed in its place. `keeps_lines`: not all
    /// of its lines were computed anew.
    pub(in super::super) fn replay(&mut self, keeps_lines: bool) -> Result<(), YearFull> {
        for (year, taken) in std::mem::take(&mut self.rewound) {
            let mut taken = taken.into_iter();
            let Some(before) = taken.next() else {
                continue;
            };
            let sums = self.sums.entry(year).or_default();
            let replayed = sums.replay(&before, keeps_lines, taken.collect());
            replayed.map_err(|full| YearFull::of(year, full))?;
        }
        Ok(())
    }

    /// Writes every year that was read.
    pub(in super::super) fn write(self, ctx: &mut ActionContext<'_, '_>) -> Result<(), Fault> {
        for (year, sums) in self.sums {
            let key = AccumulatorKey::of(self.claim, year);
            ctx.overlay.entry(ACCUMULATORS, &key)?.set(sums);
        }
        Ok(())
    }
}

/// Subtracts a claim's decision from the sums of its years, if they count it. It stands no longer, and the claims that
/// were decided after it are to be recomputed.
pub(in super::super) fn take_off(
    ctx: &mut ActionContext<'_, '_>,
    claim: &mut Claim,
) -> Result<(), Fault> {
    if !claim.counts() {
        return Ok(());
    }
    let mut years = Years::of(claim);
    for year in years_of(claim) {
        years.read(ctx, year)?.strike(&claim.number);
    }
    years.write(ctx)?;
    if let Some(decision) = &mut claim.decision {
        decision.stands = false;
    }
    Ok(())
}

/// Changes the lines of a decision to others that were computed before: the sums of its years count the new lines, in its
/// place.
pub(in super::super) fn change_lines(
    ctx: &mut ActionContext<'_, '_>,
    claim: &mut Claim,
    lines: Vec<Reimbursement>,
) -> Result<Result<(), YearFull>, Fault> {
    let mut years = Years::in_place(ctx, claim)?;
    for line in &lines {
        if let Err(full) = years.count_again(ctx, line)? {
            return Ok(Err(full));
        }
    }
    let total = Fen::checked_sum(lines.iter().map(|line| line.fund));
    let (Some(total), Ok(())) = (total, years.replay(true)) else {
        return Ok(Err(YearFull::TooLarge));
    };
    years.write(ctx)?;
    if let Some(decision) = &mut claim.decision {
        (decision.lines, decision.total, decision.stands) = (lines, total, true);
    }
    Ok(Ok(()))
}

/// The years of a claim's decision, each once.
fn years_of(claim: &Claim) -> impl Iterator<Item = u16> {
    let lines = claim.decision.iter().flat_map(|decision| &decision.lines);
    let years: BTreeSet<u16> = lines.map(|line| line.year).collect();
    years.into_iter()
}

/// Whether a claim's decision counts in sums that have changed since it was computed, so that it is to be recomputed.
///
/// # Errors
/// When the store cannot be read.
pub fn is_outdated(state: &dyn StateReader, claim: &Claim) -> Result<bool, Fault> {
    for year in years_of(claim) {
        let sums = ACCUMULATORS.get(state, &AccumulatorKey::of(claim, year))?;
        if sums.is_some_and(|sums| sums.marks(&claim.number)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The same, including the writes of this block.
pub(in super::super) fn is_outdated_now(
    ctx: &mut ActionContext<'_, '_>,
    claim: &Claim,
) -> Result<bool, Fault> {
    for year in years_of(claim) {
        let sums = ctx
            .overlay
            .get(ACCUMULATORS, &AccumulatorKey::of(claim, year))?;
        if sums.is_some_and(|sums| sums.marks(&claim.number)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The claims of the years of a claim's decision that are to be recomputed, each once.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn outdated_beside(
    ctx: &mut ActionContext<'_, '_>,
    claim: &Claim,
) -> Result<Vec<ClaimNumber>, Fault> {
    let mut numbers: Vec<ClaimNumber> = Vec::new();
    for year in years_of(claim) {
        let sums = ctx
            .overlay
            .get(ACCUMULATORS, &AccumulatorKey::of(claim, year))?;
        for counted in sums.iter().flat_map(|sums| &sums.claims) {
            if counted.outdated && !numbers.contains(&counted.number) {
                numbers.push(counted.number.clone());
            }
        }
    }
    Ok(numbers)
}
