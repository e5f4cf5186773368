//! The sums of a person's year in a plan.

use std::collections::BTreeMap;

use piaolian_proto::v1 as proto;
use prost::Message;

use super::super::record::{Claim, HolderTag, MetElsewhere, Reimbursement, SettledReceipt};
use crate::{
    action::ActionContext,
    chain::Hash,
    malformed::Malformed,
    state::{Fault, StateReader, Table},
    storage::{Key, KeyBytes, Record, Records},
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
    /// The part of the deductible that was met.
    pub deductible_met: Fen,
    /// The amount in scope, above the deductible.
    pub above: Fen,
    /// The amount that the fund has paid or was ordered to pay.
    pub fund_paid: Fen,
    /// The admissions to hospital.
    pub admissions: u32,
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
    /// An earlier decision of these sums was taken back after this one was computed: it is to be recomputed.
    pub outdated: bool,
}

/// Amounts that are added to a year's sums or taken off them.
#[derive(Clone, Copy)]
struct Amounts {
    deductible_met: Fen,
    above: Fen,
    fund_paid: Fen,
    admissions: u32,
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

    /// Adds amounts; `None` when a sum does not fit.
    fn add(&mut self, amounts: Amounts) -> Option<()> {
        self.deductible_met = self.deductible_met.checked_add(amounts.deductible_met)?;
        self.above = self.above.checked_add(amounts.above)?;
        self.fund_paid = self.fund_paid.checked_add(amounts.fund_paid)?;
        self.admissions = self.admissions.checked_add(amounts.admissions)?;
        Some(())
    }

    /// Takes amounts off that it counts.
    fn take(&mut self, amounts: Amounts) {
        let less = |sum: Fen, part: Fen| {
            let left = sum.checked_sub(part).filter(|left| *left >= Fen::ZERO);
            left.expect("what is taken off was added")
        };
        self.deductible_met = less(self.deductible_met, amounts.deductible_met);
        self.above = less(self.above, amounts.above);
        self.fund_paid = less(self.fund_paid, amounts.fund_paid);
        let admissions = self.admissions.checked_sub(amounts.admissions);
        self.admissions = admissions.expect("what is taken off was added");
    }

    /// Adds the sums with which a year begins; `None` when a sum does not fit.
    pub(in super::super) fn open(&mut self, sums: &MetElsewhere) -> Option<()> {
        self.opening_evidence = Some(sums.evidence_hash);
        self.add(sums.into())
    }

    /// Adds a receipt that was settled directly; `None` when a sum does not fit.
    pub(in super::super) fn add_settled(&mut self, settled: &SettledReceipt) -> Option<()> {
        self.add(settled.into())
    }

    /// Takes a receipt off that was settled directly, because it was reversed.
    pub(in super::super) fn take_settled(&mut self, settled: &SettledReceipt) {
        self.take(settled.into());
    }

    /// Takes a claim off the list, and marks the claims that were decided after it.
    fn strike(&mut self, number: &ClaimNumber) {
        let place = self.claims.iter().position(|own| own.number == *number);
        let Some(place) = place else { return };
        self.claims.remove(place);
        let later = self.claims.iter_mut().skip(place);
        later.for_each(|claim| claim.outdated = true);
    }
}

impl Record for Accumulator {
    fn encode(&self) -> Vec<u8> {
        let counted = |claim: &CountedClaim| proto::CountedClaim {
            claim_number: claim.number.to_string(),
            outdated: claim.outdated,
        };
        let evidence = self.opening_evidence.map(Into::into);
        let record = proto::AccumulatorRecord {
            deductible_met_fen: self.deductible_met.get(),
            above_fen: self.above.get(),
            fund_paid_fen: self.fund_paid.get(),
            admissions: self.admissions,
            opening_evidence_hash: evidence.unwrap_or_default(),
            claims: self.claims.iter().map(counted).collect(),
        };
        record.encode_to_vec()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let record = proto::AccumulatorRecord::decode(bytes)
            .map_err(|error| Malformed::new("accumulator", error.to_string()))?;
        let counted = |claim: proto::CountedClaim| {
            Ok(CountedClaim {
                number: ClaimNumber::parse("claims.claim_number", claim.claim_number)?,
                outdated: claim.outdated,
            })
        };
        let evidence = &record.opening_evidence_hash;
        Ok(Self {
            deductible_met: Fen::new(record.deductible_met_fen),
            above: Fen::new(record.above_fen),
            fund_paid: Fen::new(record.fund_paid_fen),
            admissions: record.admissions,
            opening_evidence: Hash::parse_optional("opening_evidence_hash", evidence)?,
            claims: record
                .claims
                .into_iter()
                .map(counted)
                .collect::<Result<_, Malformed>>()?,
        })
    }
}

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

/// The sums of the years of one claim, as they change while the claim is computed.
pub(in super::super) struct Years<'c> {
    claim: &'c Claim,
    sums: BTreeMap<u16, Accumulator>,
}

impl<'c> Years<'c> {
    /// Begins with no year read, for the person and plan of a claim.
    pub(in super::super) const fn of(claim: &'c Claim) -> Self {
        Self {
            claim,
            sums: BTreeMap::new(),
        }
    }

    /// Returns the sums of a year so far.
    pub(in super::super) fn sums(
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

    /// Counts what was met elsewhere, before the receipt that names it.
    pub(in super::super) fn count_elsewhere(
        &mut self,
        year: u16,
        met: &MetElsewhere,
    ) -> Result<(), YearFull> {
        let sums = self.sums.entry(year).or_default();
        sums.add(met.into()).ok_or(YearFull::TooLarge)
    }

    /// Counts a receipt, whose year must have been read, and its claim.
    pub(in super::super) fn count(&mut self, line: &Reimbursement) -> Result<(), YearFull> {
        let sums = self.sums.entry(line.year).or_default();
        let number = &self.claim.number;
        if sums.claims.last().is_none_or(|last| last.number != *number) {
            if sums.claims.len() >= COUNTED_CLAIMS_MAX {
                return Err(YearFull::TooManyClaims { year: line.year });
            }
            sums.claims.push(CountedClaim {
                number: number.clone(),
                outdated: false,
            });
        }
        sums.add(line.into()).ok_or(YearFull::TooLarge)
    }

    /// Subtracts the claim's decision. The claims that were decided after it are to be recomputed.
    pub(in super::super) fn take_off(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
    ) -> Result<(), Fault> {
        let claim = self.claim;
        for line in claim.decision.iter().flat_map(|decision| &decision.lines) {
            let sums = self.sums(ctx, line.year)?;
            sums.take(line.into());
            if let Some(met) = &line.assessment.met_elsewhere {
                sums.take(met.into());
            }
            sums.strike(&claim.number);
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

/// Subtracts a claim's decision from the sums of its years.
pub(in super::super) fn take_off(
    ctx: &mut ActionContext<'_, '_>,
    claim: &Claim,
) -> Result<(), Fault> {
    let mut years = Years::of(claim);
    years.take_off(ctx)?;
    years.write(ctx)
}

/// The years of a claim's decision, each once.
fn years_of(claim: &Claim) -> impl Iterator<Item = u16> {
    let lines = claim.decision.iter().flat_map(|decision| &decision.lines);
    let years: std::collections::BTreeSet<u16> = lines.map(|line| line.year).collect();
    years.into_iter()
}

/// Whether a claim's decision counts in sums that have changed since it was computed, so that it is to be recomputed.
///
/// # Errors
/// When the store cannot be read.
pub fn is_outdated(state: &dyn StateReader, claim: &Claim) -> Result<bool, Fault> {
    for year in years_of(claim) {
        let sums = ACCUMULATORS.get(state, &AccumulatorKey::of(claim, year))?;
        if sums.is_some_and(|sums| marks(&sums, &claim.number)) {
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
        if sums.is_some_and(|sums| marks(&sums, &claim.number)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn marks(sums: &Accumulator, number: &ClaimNumber) -> bool {
    let mut own = sums.claims.iter().filter(|own| own.number == *number);
    own.any(|own| own.outdated)
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
