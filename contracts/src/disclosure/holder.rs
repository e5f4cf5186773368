//! The organisations that speak for a receipt's holder, who has no node.

use crate::{
    action::ActionContext,
    number_ranges,
    organisations::{ORGANISATIONS, Role, is_gone},
    receipts::Receipt,
    state::Fault,
};

/// Whether the acting organisation serves the receipt's holder: its issuer; the finance bureau that granted its number,
/// where a holder finds the receipts of all issuers together; and any finance bureau while that issuer may not act, so
/// that its patients can still claim and revoke.
pub(super) fn is_served_by_actor(
    ctx: &mut ActionContext<'_, '_>,
    receipt: &Receipt,
) -> Result<bool, Fault> {
    let (issuer, height) = (receipt.issuer, ctx.block.height);
    if ctx.actor_id() == issuer {
        return Ok(true);
    }
    if !ctx.actor.has_role(Role::Finance) {
        return Ok(false);
    }
    if number_ranges::grantor(ctx.overlay, &receipt.id)? == Some(ctx.actor_id()) {
        return Ok(true);
    }
    if is_gone(ctx.overlay, &issuer, height)? {
        return Ok(true);
    }
    let issuer = ctx.overlay.get(ORGANISATIONS, &issuer)?;
    Ok(issuer.is_some_and(|issuer| issuer.suspended_at(height).is_some()))
}
