//! The checks with which every action of a payer begins.

use std::sync::Arc;

use super::errors::ClaimError;
use crate::{
    action::ActionContext,
    organisations::{Organisation, OrganisationError, Role},
    parameters::{FundRule, FundRules},
    receipts::{self, Receipt},
    rejection::Stop,
    types::{Fen, FundKind, Operator, ReceiptId},
};

/// The kinds of fund that an organisation may pay from, by its roles and the fund rules.
pub fn fund_kinds(organisation: &Organisation, rules: &FundRules) -> Vec<FundKind> {
    let rules = rules.as_slice().iter();
    let allowed = rules.filter(|rule| organisation.has_role(rule.role));
    allowed.map(|rule| rule.fund_kind).collect()
}

/// The rule that says what a kind of fund may reimburse. Refuses an organisation without the role that pays it.
pub(super) fn fund_rule<'a>(
    ctx: &'a ActionContext<'_, '_>,
    fund_kind: FundKind,
) -> Result<&'a FundRule, ClaimError> {
    let rule = ctx.block.parameters.fund_rules().of(fund_kind);
    let rule = rule.ok_or(ClaimError::NoFundRule { fund_kind })?;
    if ctx.actor.has_role(rule.role) {
        return Ok(rule);
    }
    Err(ClaimError::FundKindNotAllowed {
        organisation: ctx.actor_id(),
        fund_kind,
    })
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
