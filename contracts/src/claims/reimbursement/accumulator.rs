//! The sums of a person's claims of a year.

use std::collections::BTreeMap;

use piaolian_proto::v1 as proto;
use prost::Message;

use super::super::record::{Claim, HolderTag, Reimbursement};
use crate::{
    action::ActionContext,
    malformed::Malformed,
    state::{Fault, Table},
    storage::{Key, KeyBytes, Record, Records},
    types::{Fen, OrganisationId, PolicyCode},
};

/// The sums of claims, by insurer, person, year and policy.
pub const ACCUMULATORS: Records<AccumulatorKey, Accumulator> = Records::new(Table::Accumulators);

/// Insurer (18) ‖ holder tag (32) ‖ year (u16 big-endian) ‖ policy code (1 to 24).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct AccumulatorKey {
    /// The insurer whose policy it is.
    pub insurer: OrganisationId,
    /// The person who claims.
    pub holder_tag: HolderTag,
    /// The year of the receipts' issue dates.
    pub year: u16,
    /// The policy.
    pub policy_code: PolicyCode,
}

impl AccumulatorKey {
    /// The key under which a claim's receipts of a year are counted.
    pub fn of(claim: &Claim, year: u16) -> Self {
        Self {
            insurer: claim.insurer,
            holder_tag: claim.holder_tag,
            year,
            policy_code: claim.policy_code.clone(),
        }
    }
}

impl Key for AccumulatorKey {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[
            self.insurer.as_bytes(),
            self.holder_tag.as_bytes(),
            &self.year.to_be_bytes(),
            self.policy_code.as_str().as_bytes(),
        ])
    }
}

/// The sums of a year, over claims that are decided, paid or settled at zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Accumulator {
    /// The part of the deductible that was met.
    pub deductible_met: Fen,
    /// The amount in scope, above the deductible.
    pub above: Fen,
    /// The amount that the fund has paid or was ordered to pay.
    pub fund_paid: Fen,
}

impl Accumulator {
    /// These sums with one more receipt; `None` when a sum does not fit.
    fn with(&self, line: &Reimbursement) -> Option<Self> {
        Some(Self {
            deductible_met: self.deductible_met.checked_add(line.deductible_taken)?,
            above: self.above.checked_add(line.above)?,
            fund_paid: self.fund_paid.checked_add(line.fund)?,
        })
    }

    /// Returns these sums without a receipt that they count.
    fn without(&self, line: &Reimbursement) -> Self {
        let less = |sum: Fen, part: Fen| {
            let left = sum.checked_sub(part).filter(|left| *left >= Fen::ZERO);
            left.expect("what is taken off was added")
        };
        Self {
            deductible_met: less(self.deductible_met, line.deductible_taken),
            above: less(self.above, line.above),
            fund_paid: less(self.fund_paid, line.fund),
        }
    }
}

impl Record for Accumulator {
    fn encode(&self) -> Vec<u8> {
        let record = proto::AccumulatorRecord {
            deductible_met_fen: self.deductible_met.get(),
            above_fen: self.above.get(),
            fund_paid_fen: self.fund_paid.get(),
        };
        record.encode_to_vec()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let record = proto::AccumulatorRecord::decode(bytes)
            .map_err(|error| Malformed::new("accumulator", error.to_string()))?;
        Ok(Self {
            deductible_met: Fen::new(record.deductible_met_fen),
            above: Fen::new(record.above_fen),
            fund_paid: Fen::new(record.fund_paid_fen),
        })
    }
}

/// The sums of the years of one claim, as they change while the claim is computed.
pub(in super::super) struct Years<'c> {
    claim: &'c Claim,
    sums: BTreeMap<u16, Accumulator>,
}

impl<'c> Years<'c> {
    /// Begins with no year read, for the person and policy of a claim.
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
    ) -> Result<Accumulator, Fault> {
        if let Some(sums) = self.sums.get(&year) {
            return Ok(*sums);
        }
        let key = AccumulatorKey::of(self.claim, year);
        let stored = ctx.overlay.get(ACCUMULATORS, &key)?;
        let sums = stored.map_or_else(Accumulator::default, |stored| *stored);
        self.sums.insert(year, sums);
        Ok(sums)
    }

    /// Counts a receipt, whose year must have been read; `None` if a sum overflows.
    pub(in super::super) fn count(&mut self, line: &Reimbursement) -> Option<()> {
        let sums = self.sums.entry(line.year).or_default();
        *sums = sums.with(line)?;
        Some(())
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

/// Subtracts a claim's decision from the sums of its years, if they count it. It stands no longer.
pub(in super::super) fn take_off(
    ctx: &mut ActionContext<'_, '_>,
    claim: &mut Claim,
) -> Result<(), Fault> {
    if !claim.counts() {
        return Ok(());
    }
    let mut years = Years::of(claim);
    for line in claim.lines() {
        let sums = years.sums(ctx, line.year)?;
        years.sums.insert(line.year, sums.without(line));
    }
    years.write(ctx)?;
    if let Some(decision) = &mut claim.decision {
        decision.stands = false;
    }
    Ok(())
}

/// Changes the lines of a decision that the sums of its years count: they count the new lines. `None` if a sum
/// overflows.
pub(in super::super) fn change_lines(
    ctx: &mut ActionContext<'_, '_>,
    claim: &mut Claim,
    lines: Vec<Reimbursement>,
) -> Result<Option<()>, Fault> {
    take_off(ctx, claim)?;
    let mut years = Years::of(claim);
    for line in &lines {
        years.sums(ctx, line.year)?;
        if years.count(line).is_none() {
            return Ok(None);
        }
    }
    let Some(total) = Fen::checked_sum(lines.iter().map(|line| line.fund)) else {
        return Ok(None);
    };
    years.write(ctx)?;
    if let Some(decision) = &mut claim.decision {
        (decision.lines, decision.total, decision.stands) = (lines, total, true);
    }
    Ok(Some(()))
}
