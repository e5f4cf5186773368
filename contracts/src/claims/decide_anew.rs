//! Deciding receipts of a claim anew (按票更正).
//!
//! ```text
//!   target  = what the terms give for the receipt, computed without the claim's own booking; 0: no longer reimbursed
//!   stands  = what is out for it and no recovery names
//!   target > stands ─► recoveries given up, and the rest is ordered from the bank
//!   target < stands ─► a recovery over the difference; the booking counts until the money is back
//! ```

use std::{collections::BTreeMap, sync::Arc};

use piaolian_proto::v1 as proto;

use super::{
    approve::{Order, check_bank, check_reservable},
    claimable::{check_no_other_claim, check_not_paid_before, check_payable},
    compute::{Case, compute_next, explain_full},
    errors::ClaimError,
    payer::fund_rule,
    record::{Assessment, Claim, Decision, PAYOUTS_MAX, Reimbursement},
    recovery,
    reimbursement::Years,
    store,
};
use crate::{
    action::ActionContext,
    chain::Hash,
    disclosure::{self, Purpose},
    malformed::Malformed,
    policies,
    receipts::{
        Receipt, ReceiptStep,
        status::{check_step, remaining},
    },
    rejection::Stop,
    types::{Fen, Operator, OrganisationId, ReceiptId},
};

/// The new decision on one receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Correction {
    receipt: ReceiptId,
    /// `None`: the claim no longer reimburses it.
    assessment: Option<Assessment>,
}

impl TryFrom<proto::ReceiptCorrection> for Correction {
    type Error = Malformed;

    fn try_from(message: proto::ReceiptCorrection) -> Result<Self, Malformed> {
        let assessment = message.assessment.map(Assessment::try_from);
        Ok(Self {
            receipt: ReceiptId::parse("receipt", message.receipt)?,
            assessment: assessment.transpose()?,
        })
    }
}

/// The bank that pays what is more, and the payee's account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Payment {
    pub(super) bank: OrganisationId,
    pub(super) payee_reference: Hash,
}

/// Decides receipts of a claim anew, of which no order waits. The caller writes the claim.
pub(super) fn decide_anew(
    ctx: &mut ActionContext<'_, '_>,
    claim: &mut Claim,
    corrections: &[Correction],
    payment: Option<Payment>,
    operator: Operator,
    reviewer: &Operator,
) -> Result<(), Stop> {
    let named = check_named(claim, corrections)?;
    // Lines of a decision that no longer stands are not part of the new one.
    let old: Vec<Reimbursement> = if claim.counts() {
        claim.lines().cloned().collect()
    } else {
        Vec::new()
    };
    let (former, mut lines): (Vec<_>, Vec<_>) = old
        .into_iter()
        .partition(|line| named.contains_key(&line.receipt));
    compute(ctx, claim, &named, &mut lines)?;
    let mut more = Vec::new();
    for id in named.keys().copied() {
        let target = lines.iter().find(|line| line.receipt == id);
        let target = target.map_or(Fen::ZERO, |line| line.fund);
        more.extend(settle(ctx, claim, id, target)?.map(|rest| (id, rest)));
    }
    let total = Fen::checked_sum(lines.iter().map(|line| line.fund));
    claim.decision = Some(Decision {
        operator,
        reviewer: reviewer.clone(),
        height: ctx.block.height,
        time: ctx.block.time,
        total: total.ok_or_else(|| store::too_large(claim))?,
        lines,
        stands: true,
    });
    claim.former_lines = former;
    claim
        .former_lines
        .retain(|line| more.iter().any(|(id, _)| *id == line.receipt));
    order(ctx, claim, payment, more)?;
    store::reserve(ctx, claim)
}

/// The corrections by receipt. Each must be a receipt of the claim, named once.
fn check_named(
    claim: &Claim,
    corrections: &[Correction],
) -> Result<BTreeMap<ReceiptId, Option<Assessment>>, ClaimError> {
    let mut named = BTreeMap::new();
    for correction in corrections {
        let receipt = correction.receipt;
        if !claim.has(&receipt) || named.insert(receipt, correction.assessment).is_some() {
            return Err(ClaimError::NotToCorrect {
                claim_number: claim.number.clone(),
                receipt,
            });
        }
    }
    Ok(named)
}

/// Computes the named receipts in order, after the lines that stay, and writes the sums of the years. A decision that
/// stands is computed in its place.
fn compute(
    ctx: &mut ActionContext<'_, '_>,
    claim: &Claim,
    named: &BTreeMap<ReceiptId, Option<Assessment>>,
    lines: &mut Vec<Reimbursement>,
) -> Result<(), Stop> {
    let mut cases = gather(ctx, claim, named)?;
    cases.sort_by_key(|case| {
        let receipt = &case.receipt;
        (receipt.issue_date, receipt.issue_time, receipt.id)
    });
    let mut years = Years::in_place(ctx, claim)?;
    let keeps_lines = !lines.is_empty();
    for line in lines.iter() {
        let counted = years.count_again(ctx, line)?;
        counted.map_err(|full| explain_full(full, claim))?;
    }
    for case in cases {
        let without = without_own(&case.receipt, claim);
        check_payable(ctx, &without, claim.fund_kind)?;
        check_not_paid_before(&without, claim.insurer, claim.fund_kind)?;
        let left = remaining(&without, fund_rule(ctx, claim.fund_kind)?);
        lines.push(compute_next(ctx, &mut years, claim, &case, left)?);
    }
    let replayed = years.replay(keeps_lines);
    replayed.map_err(|full| explain_full(full, claim))?;
    Ok(years.write(ctx)?)
}

fn gather(
    ctx: &mut ActionContext<'_, '_>,
    claim: &Claim,
    named: &BTreeMap<ReceiptId, Option<Assessment>>,
) -> Result<Vec<Case>, Stop> {
    let mut cases = Vec::new();
    for claimed in &claim.receipts {
        if let Some(assessment) = named.get(&claimed.id).copied().flatten() {
            let version = claimed.policy_version;
            cases.push(Case {
                receipt: Arc::new(as_claimed(ctx, claimed.id)?),
                policy: policies::version(ctx, claim.insurer, &claim.policy_code, version)?,
                assessment,
            });
        }
    }
    Ok(cases)
}

/// A receipt of a claim as it counts now, under the identity and the date with which the claim and its year count it.
fn as_claimed(ctx: &mut ActionContext<'_, '_>, id: ReceiptId) -> Result<Receipt, Stop> {
    let claimed = store::read_claimed(ctx, id)?;
    let current = store::read_current(ctx, id)?;
    Ok(Receipt {
        id,
        issue_date: claimed.issue_date,
        issue_time: claimed.issue_time,
        ..Receipt::clone(&current)
    })
}

/// The receipt as it is without what the claim has on it.
fn without_own(receipt: &Receipt, claim: &Claim) -> Receipt {
    let mut without = receipt.clone();
    without
        .bookings
        .retain(|own| !store::is_of_claim(own, claim));
    without
        .reservations
        .retain(|own| own.payer != claim.insurer || own.claim_number != claim.number);
    without
}

/// Brings what stands of a receipt to its target, as far as recoveries can. Returns the rest that must be paid.
fn settle(
    ctx: &mut ActionContext<'_, '_>,
    claim: &Claim,
    id: ReceiptId,
    target: Fen,
) -> Result<Option<Fen>, Stop> {
    let receipt = store::read_current(ctx, id)?;
    let stands = recovery::standing(&receipt, claim);
    let less = |sum: Fen, part: Fen| sum.checked_sub(part).unwrap_or(Fen::ZERO);
    if target <= stands {
        recovery::open(ctx, claim, id, Some(less(stands, target)))?;
        return Ok(None);
    }
    // The receipt must be such that more of it could be decided now: a recovery is given up like an order is made.
    disclosure::require_live(ctx, id, Purpose::Claim)?;
    check_no_other_claim(ctx, &receipt, &claim.number)?;
    check_step(ctx, &receipt, ReceiptStep::Reserve)?;
    let missing = less(target, stands);
    let kept = missing.min(recovery::open_of(&receipt, claim));
    if kept.is_positive() {
        recovery::give_up(ctx, claim, id, kept)?;
    }
    let rest = less(missing, kept);
    if !rest.is_positive() {
        return Ok(None);
    }
    check_reservable(&receipt)?;
    Ok(Some(rest))
}

/// Orders what is more from the bank.
fn order(
    ctx: &mut ActionContext<'_, '_>,
    claim: &mut Claim,
    payment: Option<Payment>,
    more: Vec<(ReceiptId, Fen)>,
) -> Result<(), Stop> {
    if more.is_empty() {
        return Ok(());
    }
    let claim_number = claim.number.clone();
    let payment = payment.ok_or(ClaimError::CorrectionNeedsBank {
        claim_number: claim_number.clone(),
    })?;
    if claim.payouts.len() >= PAYOUTS_MAX {
        return Err(ClaimError::TooManyPayouts {
            claim_number,
            payouts_max: PAYOUTS_MAX,
        }
        .into());
    }
    check_bank(ctx, payment.bank)?;
    let order = Order {
        bank: payment.bank,
        payee_reference: payment.payee_reference,
        by_correction: true,
    };
    claim
        .payouts
        .extend(order.payout(ctx, claim, more.into_iter())?);
    Ok(())
}
