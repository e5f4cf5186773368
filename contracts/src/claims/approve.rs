//! Approving a claim: the amounts are computed and reserved, then the bank is ordered to pay.
//!
//! ```text
//!   receipts by issue date, time, id ─► reimburse ─► Σ ── 0 ──► settled at zero
//!          │ sums of the plan's years                  └─► reservations + order to the bank
//! ```

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use super::{
    claimable::{check_no_other_claim, check_not_paid_before, check_payable, check_room},
    errors::ClaimError,
    payer::fund_rule,
    record::{
        Assessment, CLAIM_RECEIPTS_MAX, Claim, Decision, PAYOUTS_MAX, Payout, Reimbursement,
        SettledReceipt,
    },
    reimbursement::{COUNTED_CLAIMS_MAX, Unfit, YearFull, Years, reimburse, year_of},
    settled, store,
};
use crate::{
    action::ActionContext,
    chain::Hash,
    disclosure::{self, Purpose},
    malformed::Malformed,
    organisations::{Role, active_member},
    policies::{self, Policy},
    receipts::{
        RESERVATIONS_MAX, Receipt, ReceiptStep, Reservation, change,
        status::{check_step, remaining},
    },
    rejection::Stop,
    types::{Fen, Operator, OrganisationId},
};

/// A clerk's approval of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Approval {
    assessments: Vec<Assessment>,
    bank: OrganisationId,
    payee_reference: Hash,
    settled_receipts: Vec<SettledReceipt>,
}

impl TryFrom<proto::ClaimApproval> for Approval {
    type Error = Malformed;

    fn try_from(message: proto::ClaimApproval) -> Result<Self, Malformed> {
        if message.assessments.len() > CLAIM_RECEIPTS_MAX {
            return Err(Malformed::new("assessments", "must be at most 20"));
        }
        let parse = |(place, assessment): (usize, proto::Assessment)| {
            Assessment::try_from(assessment)
                .map_err(|error| error.within(format_args!("assessments[{place}]")))
        };
        let assessments = message.assessments.into_iter().enumerate().map(parse);
        Ok(Self {
            assessments: assessments.collect::<Result<_, _>>()?,
            bank: OrganisationId::parse("bank", &message.bank)?,
            payee_reference: Hash::parse("payee_reference", &message.payee_reference)?,
            settled_receipts: SettledReceipt::parse_all(message.settled_receipts)?,
        })
    }
}

/// A receipt about to be computed.
struct Case {
    receipt: Arc<Receipt>,
    policy: Arc<Policy>,
    assessment: Assessment,
}

/// Approves a claim that may be decided. The caller writes the claim.
pub(super) fn approve(
    ctx: &mut ActionContext<'_, '_>,
    claim: &mut Claim,
    approval: &Approval,
    operator: Operator,
    reviewer: &Operator,
) -> Result<(), Stop> {
    check_approval(ctx, claim, approval)?;
    let mut cases = gather(ctx, claim, approval)?;
    cases.sort_by_key(|case| {
        let receipt = &case.receipt;
        (receipt.issue_date, receipt.issue_time, receipt.id)
    });
    settled::count(ctx, claim, &approval.settled_receipts)?;
    let lines = compute(ctx, claim, &cases)?;
    let total = Fen::checked_sum(lines.iter().map(|line| line.fund));
    let total = total.ok_or_else(|| store::too_large(claim))?;
    for (case, line) in cases.iter().zip(&lines) {
        reserve(ctx, claim, &case.receipt, line)?;
    }
    claim.decision = Some(Decision {
        operator,
        reviewer: reviewer.clone(),
        height: ctx.block.height,
        time: ctx.block.time,
        total,
        lines,
    });
    if total.is_positive() {
        claim.payouts.push(order(ctx, claim, approval, total));
    }
    Ok(())
}

fn check_approval(
    ctx: &mut ActionContext<'_, '_>,
    claim: &Claim,
    approval: &Approval,
) -> Result<(), Stop> {
    let claim_number = claim.number.clone();
    if approval.assessments.len() != claim.receipts.len() {
        return Err(ClaimError::AssessmentsDiffer {
            claim_number,
            assessments: approval.assessments.len(),
            receipts: claim.receipts.len(),
        }
        .into());
    }
    if claim.payouts.len() >= PAYOUTS_MAX {
        return Err(ClaimError::TooManyPayouts {
            claim_number,
            payouts_max: PAYOUTS_MAX,
        }
        .into());
    }
    check_bank(ctx, approval.bank)
}

/// Checks that the order goes to an agent bank that can confirm it.
fn check_bank(ctx: &mut ActionContext<'_, '_>, bank: OrganisationId) -> Result<(), Stop> {
    let found = active_member(ctx.overlay, bank, ctx.block.height)?;
    if found.has_role(Role::AgentBank) {
        return Ok(());
    }
    Err(ClaimError::NotAnAgentBank { organisation: bank }.into())
}

fn gather(
    ctx: &mut ActionContext<'_, '_>,
    claim: &Claim,
    approval: &Approval,
) -> Result<Vec<Case>, Stop> {
    let mut cases = Vec::with_capacity(claim.receipts.len());
    for (claimed, assessment) in claim.receipts.iter().zip(&approval.assessments) {
        let receipt = store::read_claimed(ctx, claimed.id)?;
        disclosure::require_live(ctx, claimed.id, Purpose::Claim)?;
        check_receipt(ctx, claim, &receipt)?;
        let version = claimed.policy_version;
        cases.push(Case {
            receipt,
            policy: policies::version(ctx, claim.insurer, &claim.policy_code, version)?,
            assessment: *assessment,
        });
    }
    Ok(cases)
}

/// Checks that the claim still holds the receipt, or may take it again after its payout failed, in which case the
/// status of the receipt decides. Also checks that there is room for the reservation.
fn check_receipt(
    ctx: &ActionContext<'_, '_>,
    claim: &Claim,
    receipt: &Receipt,
) -> Result<(), Stop> {
    check_no_other_claim(ctx, receipt, &claim.number)?;
    check_step(ctx, receipt, ReceiptStep::Reserve)?;
    check_payable(ctx, receipt, claim.fund_kind)?;
    check_not_paid_before(receipt, claim.insurer, claim.fund_kind)?;
    if receipt.pending().count() >= RESERVATIONS_MAX {
        return Err(ClaimError::TooManyReservations {
            receipt: receipt.id,
            reservations_max: RESERVATIONS_MAX,
        }
        .into());
    }
    Ok(check_room(receipt)?)
}

/// Computes every receipt in order and writes the sums of the years.
fn compute(
    ctx: &mut ActionContext<'_, '_>,
    claim: &Claim,
    cases: &[Case],
) -> Result<Vec<Reimbursement>, Stop> {
    let mut years = Years::of(claim);
    let mut lines = Vec::with_capacity(cases.len());
    for case in cases {
        let left = remaining(&case.receipt, fund_rule(ctx, claim.fund_kind)?);
        lines.push(compute_next(ctx, &mut years, claim, case, left)?);
    }
    years.write(ctx)?;
    Ok(lines)
}

/// Computes one receipt on the sums of its year so far, and counts it there.
fn compute_next(
    ctx: &mut ActionContext<'_, '_>,
    years: &mut Years<'_>,
    claim: &Claim,
    case: &Case,
    left: Fen,
) -> Result<Reimbursement, Stop> {
    let year = year_of(&case.receipt);
    years.sums(ctx, year)?;
    if let Some(met) = &case.assessment.met_elsewhere {
        let counted = years.count_elsewhere(year, met);
        counted.map_err(|full| explain_full(full, claim))?;
    }
    let before = years.sums(ctx, year)?;
    let line = reimburse(&case.receipt, &case.policy, case.assessment, &before, left)
        .map_err(|unfit| explain(unfit, claim, case))?;
    let counted = years.count(&line);
    counted.map_err(|full| explain_full(full, claim))?;
    Ok(line)
}

/// Computes a decision again in its place: on the sums of today before it, and from what it was computed from, which is
/// the version of the policy, the clerk's deductions and the amount that was left of each receipt. Writes the sums.
pub(super) fn recompute(
    ctx: &mut ActionContext<'_, '_>,
    claim: &Claim,
    decision: &Decision,
) -> Result<Vec<Reimbursement>, Stop> {
    let mut years = Years::before(ctx, claim)?;
    let mut lines = Vec::with_capacity(decision.lines.len());
    for line in &decision.lines {
        let version = line.policy_version;
        let case = Case {
            receipt: store::read_claimed(ctx, line.receipt)?,
            policy: policies::version(ctx, claim.insurer, &claim.policy_code, version)?,
            assessment: line.assessment,
        };
        lines.push(compute_next(ctx, &mut years, claim, &case, line.left)?);
    }
    let replayed = years.replay();
    replayed.map_err(|full| explain_full(full, claim))?;
    years.write(ctx)?;
    Ok(lines)
}

fn explain_full(full: YearFull, claim: &Claim) -> ClaimError {
    match full {
        YearFull::TooLarge => store::too_large(claim),
        YearFull::TooManyClaims { year } => ClaimError::TooManyDecisions {
            claim_number: claim.number.clone(),
            year,
            plan_code: claim.plan_code.clone(),
            claims_max: COUNTED_CLAIMS_MAX,
        },
    }
}

fn explain(unfit: Unfit, claim: &Claim, case: &Case) -> ClaimError {
    let receipt = case.receipt.id;
    let Assessment {
        fully_self_paid,
        over_limit,
        prior_self_pay,
        hospital_share,
        hospital_level,
        met_elsewhere: _,
    } = case.assessment;
    match unfit {
        Unfit::NothingInScope { base } => ClaimError::SelfPaidAboveBase {
            receipt,
            fully_self_paid,
            over_limit,
            prior_self_pay,
            base,
        },
        Unfit::HospitalShare { left } => ClaimError::HospitalShareAboveRest {
            receipt,
            hospital_share,
            left,
        },
        Unfit::NoDeductible => ClaimError::NoDeductible {
            receipt,
            level: hospital_level.map_or_else(|| "none".to_owned(), |level| level.to_string()),
            policy_code: case.policy.code.clone(),
            version: case.policy.version,
        },
        Unfit::TooLarge => store::too_large(claim),
    }
}

/// Releases the lock and reserves the amount that the fund pays, even if it is 0, so that the year's sums count the
/// receipt only once.
fn reserve(
    ctx: &mut ActionContext<'_, '_>,
    claim: &Claim,
    receipt: &Receipt,
    line: &Reimbursement,
) -> Result<(), Stop> {
    let reservation = Reservation {
        payer: claim.insurer,
        fund_kind: claim.fund_kind,
        claim_number: claim.number.clone(),
        amount: line.fund,
        height: ctx.block.height,
        time: ctx.block.time,
    };
    change(ctx.overlay, receipt, |receipt| {
        // No other lock can be live here: `check_receipt` refuses it.
        receipt.lock = None;
        receipt.reservations.push(reservation);
    })
}

fn order(ctx: &ActionContext<'_, '_>, claim: &Claim, approval: &Approval, amount: Fen) -> Payout {
    let number = u32::try_from(claim.payouts.len()).expect("there are at most PAYOUTS_MAX");
    Payout {
        number: number.saturating_add(1),
        bank: approval.bank,
        amount,
        payee_reference: approval.payee_reference,
        height: ctx.block.height,
        time: ctx.block.time,
        confirmation: None,
    }
}
