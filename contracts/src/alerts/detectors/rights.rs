//! Actions without the right to them.

use super::{Detectors, Examined, Found};
use crate::{
    action::{ActionContext, Effects},
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

    /// Examines the rejection of a whole transaction, of any action, because its receipts belong to another issuer.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn foreign_receipts(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        examined: &Examined<'_>,
        by: &Rejection,
    ) -> Result<(), Fault> {
        if by.code != receipts::code::NotTheIssuer {
            return Ok(());
        }
        for receipt in examined.handler.receipts().into_iter().flatten() {
            self.foreign_receipt(ctx, examined.action, receipt)?;
        }
        Ok(())
    }

    /// Examines the items of a batch, of any action, that were rejected because the receipt belongs to another issuer.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn foreign_items(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        action: &'static str,
        effects: &Effects,
    ) -> Result<(), Fault> {
        for item in &effects.items {
            let by = item.rejection.as_ref();
            let is_foreign = by.is_some_and(|by| by.code == receipts::code::NotTheIssuer);
            if let Some(receipt) = item.receipt.filter(|_| is_foreign) {
                self.foreign_receipt(ctx, action, receipt)?;
            }
        }
        Ok(())
    }

    fn foreign_receipt(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        action: &'static str,
        receipt: ReceiptId,
    ) -> Result<(), Fault> {
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
