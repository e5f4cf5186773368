//! The record of the sums of a person's year in a plan.

use piaolian_proto::v1 as proto;

use super::super::record::{Claim, HolderTag, MetElsewhere, Reimbursement, SettledReceipt};
use crate::{
    chain::Hash,
    fields::{as_message, field},
    state::Table,
    storage::{Key, KeyBytes, Records, stored_as},
    types::{ClaimNumber, Fen, OrganisationId, PlanCode},
};

/// The sums of persons' years, by insurer, person, year and plan.
pub const ACCUMULATORS: Records<AccumulatorKey, Accumulator> = Records::new(Table::Accumulators);

/// Most claims that count in a person's year of a plan. It bounds the record, which every decision writes anew.
pub const COUNTED_CLAIMS_MAX: usize = 366;

/// Insurer (18) ‖ holder tag (32) ‖ year (u16 big-endian) ‖ plan code (1 to 24).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct AccumulatorKey {
    /// The insurer whose plan it is.
    pub insurer: OrganisationId,
    /// The person who claims.
    pub holder_tag: HolderTag,
    /// The year of the receipts' issue dates.
    pub year: u16,
    /// The plan.
    pub plan_code: PlanCode,
}

impl AccumulatorKey {
    /// The key under which a claim's receipts of a year are counted.
    pub fn of(claim: &Claim, year: u16) -> Self {
        Self {
            insurer: claim.insurer,
            holder_tag: claim.holder_tag,
            year,
            plan_code: claim.plan_code.clone(),
        }
    }
}

impl Key for AccumulatorKey {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[
            self.insurer.as_bytes(),
            self.holder_tag.as_bytes(),
            &self.year.to_be_bytes(),
            self.plan_code.as_str().as_bytes(),
        ])
    }
}

/// The sums of a year: those that it began with, the receipts that were settled directly, and the claims that are
/// decided, paid or settled at zero, with what they met elsewhere.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Accumulator {
    /// The sums.
    pub sums: Amounts,
    /// The evidence of the opening sums, once they were set.
    pub opening_evidence: Option<Hash>,
    /// The claims that count, in the order of their decisions.
    pub claims: Vec<CountedClaim>,
}

/// A claim that counts in a year's sums.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CountedClaim {
    /// The insurer's number of it.
    pub number: ClaimNumber,
    /// Its part of the sums: its receipts of the year, with what they met elsewhere.
    pub amounts: Amounts,
    /// An earlier decision of these sums was taken back or changed after this one was computed: it is to be recomputed.
    pub outdated: bool,
}

/// Amounts that are added to a year's sums or taken off them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Amounts {
    /// The part of the deductible that was met.
    pub deductible_met: Fen,
    /// The amount in scope, above the deductible.
    pub above: Fen,
    /// The amount that the fund has paid or was ordered to pay.
    pub fund_paid: Fen,
    /// The admissions to hospital.
    pub admissions: u32,
}

impl Amounts {
    /// Adds amounts; `None` when a sum does not fit.
    fn add(&mut self, other: Self) -> Option<()> {
        self.deductible_met = self.deductible_met.checked_add(other.deductible_met)?;
        self.above = self.above.checked_add(other.above)?;
        self.fund_paid = self.fund_paid.checked_add(other.fund_paid)?;
        self.admissions = self.admissions.checked_add(other.admissions)?;
        Some(())
    }

    /// Takes amounts off that were added.
    fn take(&mut self, other: Self) {
        let less = |sum: Fen, part: Fen| {
            let left = sum.checked_sub(part).filter(|left| *left >= Fen::ZERO);
            left.expect("what is taken off was added")
        };
        self.deductible_met = less(self.deductible_met, other.deductible_met);
        self.above = less(self.above, other.above);
        self.fund_paid = less(self.fund_paid, other.fund_paid);
        let admissions = self.admissions.checked_sub(other.admissions);
        self.admissions = admissions.expect("what is taken off was added");
    }
}

impl From<&Reimbursement> for Amounts {
    fn from(line: &Reimbursement) -> Self {
        Self {
            deductible_met: line.deductible_taken,
            above: line.above,
            fund_paid: line.fund,
            admissions: u32::from(line.admission.is_some()),
        }
    }
}

impl From<&MetElsewhere> for Amounts {
    fn from(met: &MetElsewhere) -> Self {
        Self {
            deductible_met: met.deductible_met,
            above: met.above,
            fund_paid: met.fund_paid,
            admissions: met.admissions,
        }
    }
}

impl From<&SettledReceipt> for Amounts {
    fn from(settled: &SettledReceipt) -> Self {
        Self {
            deductible_met: settled.deductible_met,
            above: settled.above,
            fund_paid: settled.fund_paid,
            admissions: u32::from(settled.admission),
        }
    }
}

impl Accumulator {
    /// Whether anything counts in it.
    pub(in super::super) fn is_begun(&self) -> bool {
        *self != Self::default()
    }

    /// Sets the sums with which a year begins.
    pub(in super::super) fn opened(sums: &MetElsewhere) -> Self {
        Self {
            sums: sums.into(),
            opening_evidence: Some(sums.evidence_hash),
            claims: Vec::new(),
        }
    }

    /// Adds a receipt that was settled directly; `None` when a sum does not fit.
    pub(in super::super) fn add_settled(&mut self, settled: &SettledReceipt) -> Option<()> {
        self.sums.add(settled.into())
    }

    /// Takes a receipt off that was settled directly, because it was reversed. The decision that named it, and those
    /// after it, are to be recomputed; if that decision was taken back since, all are.
    pub(in super::super) fn take_settled(&mut self, settled: &SettledReceipt, by: &ClaimNumber) {
        self.sums.take(settled.into());
        let from = self.place(by).unwrap_or_default();
        let later = self.claims.iter_mut().skip(from);
        later.for_each(|claim| claim.outdated = true);
    }

    /// Adds amounts of a claim, which counts after all others from now on.
    pub(super) fn add(&mut self, number: &ClaimNumber, amounts: Amounts) -> Result<(), Full> {
        if self.claims.last().is_none_or(|last| last.number != *number) {
            if self.claims.len() >= COUNTED_CLAIMS_MAX {
                return Err(Full::TooManyClaims);
            }
            self.claims.push(CountedClaim {
                number: number.clone(),
                amounts: Amounts::default(),
                outdated: false,
            });
        }
        let last = self
            .claims
            .last_mut()
            .expect("it is pushed if it is missing");
        last.amounts.add(amounts).ok_or(Full::TooLarge)?;
        self.sums.add(amounts).ok_or(Full::TooLarge)
    }

    /// Takes a claim off, and marks the claims that were decided after it.
    pub(super) fn strike(&mut self, number: &ClaimNumber) {
        let Some(place) = self.place(number) else {
            return;
        };
        let claim = self.claims.remove(place);
        self.sums.take(claim.amounts);
        let later = self.claims.iter_mut().skip(place);
        later.for_each(|claim| claim.outdated = true);
    }

    /// Goes back to the sums before a claim: takes it and the claims after it off, and returns them.
    pub(super) fn rewind(&mut self, number: &ClaimNumber) -> Vec<CountedClaim> {
        let place = self.place(number).unwrap_or(self.claims.len());
        let taken = self.claims.split_off(place);
        for claim in &taken {
            self.sums.take(claim.amounts);
        }
        taken
    }

    /// Counts claims again that were taken off, after a claim that has been computed anew in its place. They are to be
    /// recomputed if it counts at other amounts than before, or no longer. If it keeps lines that were not computed
    /// anew, it is to be recomputed itself if it was.
    pub(super) fn replay(
        &mut self,
        before: &CountedClaim,
        keeps_lines: bool,
        later: Vec<CountedClaim>,
    ) -> Result<(), Full> {
        let own = self.claims.last_mut();
        let own = own.filter(|own| own.number == before.number);
        let changed = own.as_ref().is_none_or(|own| own.amounts != before.amounts);
        if let Some(own) = own {
            own.outdated |= keeps_lines && before.outdated;
        }
        for mut claim in later {
            self.sums.add(claim.amounts).ok_or(Full::TooLarge)?;
            claim.outdated |= changed;
            self.claims.push(claim);
        }
        Ok(())
    }

    /// Whether a claim counts that is to be recomputed.
    pub(super) fn marks(&self, number: &ClaimNumber) -> bool {
        let mut own = self.claims.iter().filter(|own| own.number == *number);
        own.any(|own| own.outdated)
    }

    fn place(&self, number: &ClaimNumber) -> Option<usize> {
        self.claims.iter().position(|own| own.number == *number)
    }
}

/// The reason why amounts cannot be counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Full {
    /// A sum overflows.
    TooLarge,
    /// So many claims count already.
    TooManyClaims,
}

stored_as!(Accumulator: proto::AccumulatorRecord, "accumulator");

as_message! {
    Accumulator: proto::AccumulatorRecord {
        claims;
        opening_evidence: opening_evidence_hash,
    }
    sums: (deductible_met_fen, above_fen, fund_paid_fen, admissions),
}

as_message! {
    CountedClaim: proto::CountedClaim {
        outdated;
        number: claim_number,
    }
    amounts: (deductible_met_fen, above_fen, fund_paid_fen, admissions),
}

field!(
    Amounts: (i64, i64, i64, u32),
    |sums| (sums.deductible_met.get(), sums.above.get(), sums.fund_paid.get(), sums.admissions),
    |_, (deductible_met, above, fund_paid, admissions)| Ok(Self {
        deductible_met: Fen::new(deductible_met),
        above: Fen::new(above),
        fund_paid: Fen::new(fund_paid),
        admissions,
    })
);
