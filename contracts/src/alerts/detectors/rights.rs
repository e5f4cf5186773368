//! Actions without the right to them.

use super::{Detectors, Found};
use crate::{
    action::ActionContext,
    alerts::kinds::Suspicion,
    organisations,
    receipts::{self, RECEIPTS},
    rejection::Rejection,
    state::Fault,
    types::ReceiptId,
};

impl Detectors {
    /// Examines the rejection of a whole transaction.
    pub(super) fn rejected(
        &mut self,
        ctx: &ActionContext<'_, '_>,
        action: &'static str,
        by: &Rejection,
    ) {
        let organisation = ctx.actor_id();
        let suspicion = match by.code {
            organisations::code::Suspended => {
                let Some(suspension) = ctx.actor.suspended_at(ctx.block.height) else {
                    return;
                };
                Suspicion::ActedWhileSuspended {
                    organisation,
                    action,
                    from_height: suspension.from_height,
                }
            }
            organisations::code::RoleMissing => Suspicion::ActedWithoutRole {
                organisation,
                action,
            },
            _ => return,
        };
        self.note(Found::hourly(suspicion, organisation, ctx.block.time));
    }

    /// Examines the rejection of an issuer's action on a receipt that should be its own.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn rejected_on(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        action: &'static str,
        receipt: ReceiptId,
        by: &Rejection,
    ) -> Result<(), Fault> {
        if by.code != receipts::code::NotTheIssuer {
            return Ok(());
        }
        if let Some(found) = ctx.overlay.get(RECEIPTS, &receipt)? {
            let organisation = ctx.actor_id();
            let suspicion = Suspicion::ForeignReceipt {
                receipt,
                organisation,
                issuer: found.issuer,
                action,
            };
            let found = Found::hourly(suspicion, organisation, ctx.block.time)
                .on(receipt)
                .naming(found.issuer);
            self.note(found);
        }
        Ok(())
    }
}
