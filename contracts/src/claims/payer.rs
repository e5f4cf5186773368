//! The checks with which every action of a payer begins.

use std::sync::Arc;

use super::errors::ClaimError;
use crate::{
    action::ActionContext,
    organisations::{Organisation, OrganisationError, Role},
    receipts::{self, Receipt},
    rejection::Stop,
    types::{Fen, FundKind, Operator, ReceiptId},
};

/// The kinds of fund that an organisation may book for, by its roles: insurers
/// for insurance and medical aid, reimbursing units for an employer's or another
/// fund.
pub fn fund_kinds(organisation: &Organisation) -> Vec<FundKind> {
    let allowed = |kind: &FundKind| organisation.has_role(Role::of_fund(*kind));
    FundKind::ALL.into_iter().filter(allowed).collect()
}

/// Refuses an organisation that may not claim at all.
pub(super) fn authorise(ctx: &ActionContext<'_, '_>) -> Result<(), OrganisationError> {
    ctx.authorise_any(&Role::PAYERS, "insurer or reimbursing unit")
}

/// The receipt that an action names.
pub(super) fn read(
    ctx: &mut ActionContext<'_, '_>,
    receipt: ReceiptId,
) -> Result<Arc<Receipt>, Stop> {
    receipts::read(ctx.overlay, receipt)
}

/// Refuses a total that is not the ledger's: the printout was altered.
pub(super) fn check_total(receipt: &Receipt, presented: Fen) -> Result<(), ClaimError> {
    if receipt.total == presented {
        return Ok(());
    }
    Err(ClaimError::TotalDiffers {
        receipt: receipt.id,
        presented,
        total: receipt.total,
    })
}

/// Refuses while another organisation holds a live lock.
pub(super) fn check_lock(ctx: &ActionContext<'_, '_>, receipt: &Receipt) -> Result<(), ClaimError> {
    let lock = receipt.live_lock(ctx.block.time);
    match lock.filter(|lock| lock.owner != ctx.actor_id()) {
        None => Ok(()),
        Some(lock) => Err(ClaimError::LockedByAnother {
            receipt: receipt.id,
            owner: lock.owner,
            until: lock.until.in_beijing(),
        }),
    }
}

/// The operator of an action on a receipt, who is not its reviewer.
pub(super) fn two_persons(
    ctx: &ActionContext<'_, '_>,
    receipt: ReceiptId,
    reviewer: &Operator,
) -> Result<Operator, ClaimError> {
    let operator = ctx.operator.ok_or(ClaimError::NoOperator { receipt })?;
    let operator = operator.clone();
    if operator == *reviewer {
        return Err(ClaimError::ReviewerIsOperator { receipt, operator });
    }
    Ok(operator)
}
