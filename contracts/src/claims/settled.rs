//! Receipts that were settled directly at a hospital (联网结算): the pooled fund's part counts in the person's year.

use piaolian_proto::v1 as proto;

use super::{
    errors::ClaimError,
    payer::fund_rule,
    record::{Claim, HolderTag, SettledReceipt},
    reimbursement::{ACCUMULATORS, AccumulatorKey, year_of},
    store,
};
use crate::{
    action::ActionContext,
    chain::Height,
    disclosure::{self, Purpose},
    fields::as_message,
    receipts::{self, Receipt},
    rejection::Stop,
    state::Table,
    storage::{Records, stored_as},
    types::{ClaimNumber, OrganisationId, PlanCode, ReceiptId},
};

/// The receipts that were settled directly and count in a person's year.
pub const COUNTED_SETTLEMENTS: Records<ReceiptId, CountedSettlement> =
    Records::new(Table::CountedSettlements);

/// A receipt that was settled directly, and the sums in which it counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CountedSettlement {
    /// The insurer.
    pub insurer: OrganisationId,
    /// The person.
    pub holder_tag: HolderTag,
    /// The year of the issue date.
    pub year: u16,
    /// The plan.
    pub plan_code: PlanCode,
    /// The claim whose decision named it.
    pub claim_number: ClaimNumber,
    /// The amounts that count.
    pub settled: SettledReceipt,
    /// The block that counted it.
    pub height: Height,
}

impl CountedSettlement {
    fn key(&self) -> AccumulatorKey {
        AccumulatorKey {
            insurer: self.insurer,
            holder_tag: self.holder_tag,
            year: self.year,
            plan_code: self.plan_code.clone(),
        }
    }
}

stored_as!(CountedSettlement: proto::CountedSettlementRecord, "counted settlement");

as_message! {
    CountedSettlement: proto::CountedSettlementRecord {
        insurer, holder_tag, year, plan_code, claim_number, height,
    }
    settled: (receipt, deductible_met_fen, above_fen, fund_paid_fen, admission),
}

/// Counts the receipts that a decision names as settled directly, before its own receipts are computed, and takes off
/// those that were counted and reversed since.
pub(super) fn count(
    ctx: &mut ActionContext<'_, '_>,
    claim: &Claim,
    settled: &[SettledReceipt],
) -> Result<(), Stop> {
    for named in settled {
        let receipt = receipts::read(ctx.overlay, named.receipt)?;
        disclosure::require_live(ctx, receipt.id, Purpose::Claim)?;
        if receipt.reversed_by.is_some() {
            take_reversed(ctx, claim, &receipt)?;
            continue;
        }
        check(ctx, claim, &receipt)?;
        let counted = CountedSettlement {
            insurer: claim.insurer,
            holder_tag: claim.holder_tag,
            year: year_of(&receipt),
            plan_code: claim.plan_code.clone(),
            claim_number: claim.number.clone(),
            settled: SettledReceipt {
                fund_paid: receipt.settlement.pooled_fund,
                ..*named
            },
            height: ctx.block.height,
        };
        let key = counted.key();
        let stored = ctx.overlay.get(ACCUMULATORS, &key)?;
        let mut sums = stored.map(|stored| (*stored).clone()).unwrap_or_default();
        sums.add_settled(&counted.settled)
            .ok_or_else(|| store::too_large(claim))?;
        ctx.overlay.entry(ACCUMULATORS, &key)?.set(sums);
        ctx.overlay
            .insert_new(COUNTED_SETTLEMENTS, &receipt.id, counted)?;
    }
    Ok(())
}

/// Checks that the claim's fund is the one that settled the receipt, and that it counts nowhere yet.
fn check(ctx: &mut ActionContext<'_, '_>, claim: &Claim, receipt: &Receipt) -> Result<(), Stop> {
    let is_settled = fund_rule(ctx, claim.fund_kind)?.is_settled(&receipt.settlement);
    if !is_settled {
        return Err(ClaimError::NothingToCount {
            receipt: receipt.id,
            fund_kind: claim.fund_kind,
        }
        .into());
    }
    match ctx.overlay.get(COUNTED_SETTLEMENTS, &receipt.id)? {
        None => Ok(()),
        Some(counted) => Err(ClaimError::SettlementCounted {
            receipt: receipt.id,
            insurer: counted.insurer,
            claim_number: counted.claim_number.clone(),
            height: counted.height,
        }
        .into()),
    }
}

/// Takes a receipt off the year in which its direct settlement counts, because it was reversed since. Decisions on those
/// sums are to be recomputed.
fn take_reversed(
    ctx: &mut ActionContext<'_, '_>,
    claim: &Claim,
    receipt: &Receipt,
) -> Result<(), Stop> {
    let key = AccumulatorKey::of(claim, year_of(receipt));
    let found = ctx.overlay.get(COUNTED_SETTLEMENTS, &receipt.id)?;
    let Some(counted) = found.filter(|counted| counted.key() == key) else {
        return Err(ClaimError::NothingToCount {
            receipt: receipt.id,
            fund_kind: claim.fund_kind,
        }
        .into());
    };
    let stored = ctx.overlay.get(ACCUMULATORS, &key)?;
    let mut sums = stored.map(|stored| (*stored).clone()).unwrap_or_default();
    sums.take_settled(&counted.settled, &counted.claim_number);
    ctx.overlay.entry(ACCUMULATORS, &key)?.set(sums);
    ctx.overlay
        .entry(COUNTED_SETTLEMENTS, &receipt.id)?
        .remove()?;
    Ok(())
}
