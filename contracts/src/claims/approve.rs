//! Approving a claim: the amounts are computed and reserved, then the bank is ordered to pay.
//!
//! ```text
//!   receipts by issue date, time, id ─► reimburse ─► Σ ── 0 ──► settled at zero
//!          │ sums of the plan's years                  └─► reservations + order to the bank
//! ```

use piaolian_proto::v1 as proto;

use super::{
    claimable::{check_no_other_claim, check_not_paid_before, check_payable, check_room},
    compute::{Case, compute_next},
    errors::ClaimError,
    payer::fund_rule,
    record::{
        Again, Assessment, CLAIM_RECEIPTS_MAX, Claim, Decision, PAYOUTS_MAX, Payout, PayoutPart,
        Reimbursement, SettledReceipt,
    },
    reimbursement::Years,
    settled, store,
};
use crate::{
    action::ActionContext,
    chain::Hash,
    disclosure::{self, Purpose},
    malformed::Malformed,
    organisations::{Role, active_member},
    policies,
    receipts::{
        RESERVATIONS_MAX, Receipt, ReceiptStep,
        status::{check_step, remaining},
    },
    rejection::Stop,
    types::{Fen, Operator, OrganisationId, ReceiptId},
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
    let parts = lines.iter().map(|line| (line.receipt, line.fund));
    let order = Order {
        bank: approval.bank,
        payee_reference: approval.payee_reference,
        by_correction: false,
    };
    claim.payouts.extend(order.payout(ctx, claim, parts)?);
    claim.decision = Some(Decision {
        operator,
        reviewer: reviewer.clone(),
        height: ctx.block.height,
        time: ctx.block.time,
        total,
        lines,
        stands: true,
    });
    // No other lock can be live here: `check_receipt` refuses it.
    store::unlock(ctx, claim)?;
    store::reserve(ctx, claim)
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
pub(super) fn check_bank(
    ctx: &mut ActionContext<'_, '_>,
    bank: OrganisationId,
) -> Result<(), Stop> {
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
    Ok(check_reservable(receipt)?)
}

/// Checks that there is room for one more reservation and the booking that follows it.
pub(super) fn check_reservable(receipt: &Receipt) -> Result<(), ClaimError> {
    if receipt.pending().count() >= RESERVATIONS_MAX {
        return Err(ClaimError::TooManyReservations {
            receipt: receipt.id,
            reservations_max: RESERVATIONS_MAX,
        });
    }
    check_room(receipt)
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

/// An order to a bank, before its amounts are known.
pub(super) struct Order {
    pub(super) bank: OrganisationId,
    pub(super) payee_reference: Hash,
    pub(super) by_correction: bool,
}

impl Order {
    /// Returns the order for the parts of more than 0; `None` if there are none.
    pub(super) fn payout(
        &self,
        ctx: &ActionContext<'_, '_>,
        claim: &Claim,
        parts: impl Iterator<Item = (ReceiptId, Fen)>,
    ) -> Result<Option<Payout>, ClaimError> {
        let part = |(receipt, amount): (ReceiptId, Fen)| {
            let place = claim.receipt_ids().position(|id| id == receipt)?;
            let place = u32::try_from(place).ok()?;
            Some(PayoutPart { place, amount })
        };
        let parts = parts.filter(|(_, amount)| amount.is_positive());
        let parts: Vec<PayoutPart> = parts.filter_map(part).collect();
        if parts.is_empty() {
            return Ok(None);
        }
        let amount = Fen::checked_sum(parts.iter().map(|part| part.amount));
        let number = u32::try_from(claim.payouts.len()).expect("there are at most PAYOUTS_MAX");
        Ok(Some(Payout {
            number: number.saturating_add(1),
            bank: self.bank,
            amount: amount.ok_or_else(|| store::too_large(claim))?,
            payee_reference: self.payee_reference,
            height: ctx.block.height,
            time: ctx.block.time,
            confirmation: None,
            contradicted: None,
            paid_again: Again::default(),
            parts,
            recall: None,
            settled: None,
            by_correction: self.by_correction,
        }))
    }
}
