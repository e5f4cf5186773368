//! Computing a claim's receipts on the sums of their years, when it is decided and when it is decided anew.

use std::sync::Arc;

use super::{
    errors::ClaimError,
    record::{Assessment, Claim, Decision, Reimbursement},
    reimbursement::{COUNTED_CLAIMS_MAX, Unfit, YearFull, Years, reimburse, year_of},
    store,
};
use crate::{
    action::ActionContext,
    policies::{self, Base, Policy},
    receipts::Receipt,
    rejection::Stop,
    types::Fen,
};

/// A receipt about to be computed.
pub(super) struct Case {
    pub(super) receipt: Arc<Receipt>,
    pub(super) policy: Arc<Policy>,
    pub(super) assessment: Assessment,
}

/// Computes one receipt on the sums of its year so far, and counts it there.
pub(super) fn compute_next(
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
            receipt: computed_from(ctx, line)?,
            policy: policies::version(ctx, claim.insurer, &claim.policy_code, version)?,
            assessment: line.assessment,
        };
        lines.push(compute_next(ctx, &mut years, claim, &case, line.left)?);
    }
    let replayed = years.replay(false);
    replayed.map_err(|full| explain_full(full, claim))?;
    years.write(ctx)?;
    Ok(lines)
}

/// The receipt as a line was computed from it. A reissue may have lowered the total before or since.
fn computed_from(
    ctx: &mut ActionContext<'_, '_>,
    line: &Reimbursement,
) -> Result<Arc<Receipt>, Stop> {
    let claimed = store::read_claimed(ctx, line.receipt)?;
    let total = match line.base_kind {
        Base::Total => line.base,
        Base::Remaining => claimed.total,
    };
    if total == claimed.total {
        return Ok(claimed);
    }
    Ok(Arc::new(Receipt {
        total,
        ..Receipt::clone(&claimed)
    }))
}

pub(super) fn explain_full(full: YearFull, claim: &Claim) -> ClaimError {
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
