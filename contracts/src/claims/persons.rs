//! The two persons of a decision or a correction: operator (经办) and reviewer (复核).

use super::errors::ClaimError;
use crate::{
    action::ActionContext,
    types::{ClaimNumber, Operator},
};

/// The operator of an action on a claim, who is not its reviewer.
pub(super) fn check(
    ctx: &ActionContext<'_, '_>,
    claim_number: &ClaimNumber,
    reviewer: &Operator,
) -> Result<Operator, ClaimError> {
    let claim_number = claim_number.clone();
    let Some(operator) = ctx.operator.cloned() else {
        return Err(ClaimError::ClaimNeedsOperator { claim_number });
    };
    if operator == *reviewer {
        return Err(ClaimError::ClaimReviewerIsOperator {
            claim_number,
            operator,
        });
    }
    Ok(operator)
}
