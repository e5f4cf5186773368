//! Claims: filed, decided, paid, released.
//!
//! A claim has several receipts. A rule about one of them names that receipt as its first argument. The detector
//! examines this receipt like one that is locked or booked by hand.

use super::{Detectors, Found};
use crate::{
    action::{ActionContext, ConfirmedPayout, Presented},
    alerts::kinds::Suspicion,
    claims::{self, filed_claim},
    policies,
    receipts::RECEIPTS,
    rejection::Rejection,
    state::Fault,
    types::{ClaimNumber, Fen, OrganisationId, PolicyCode, ReceiptId},
};

/// Most claims that an alert names.
const NAMED_CLAIMS: usize = 5;

impl Detectors {
    /// Examines a claim that was filed.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn filed(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        presented: &[(ReceiptId, Fen)],
    ) -> Result<(), Fault> {
        for (receipt, _) in presented {
            self.claimed(ctx, *receipt)?;
        }
        Ok(())
    }

    /// Examines a claim that was rejected for one of its receipts.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn not_filed(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        number: &ClaimNumber,
        presented: &[(ReceiptId, Fen)],
        by: &Rejection,
    ) -> Result<(), Fault> {
        let refused = presented.iter().find(|(receipt, _)| names(by, receipt));
        let Some(&(receipt, total)) = refused else {
            return Ok(());
        };
        let presented = Presented {
            receipt,
            total,
            number: number.as_str(),
        };
        self.not_claimed(ctx, &presented, by)
    }

    /// Examines a decision that was rejected for one of the claim's receipts.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn not_decided(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        number: &ClaimNumber,
        by: &Rejection,
    ) -> Result<(), Fault> {
        let claim = filed_claim(ctx, ctx.actor_id(), number)?;
        let refused = claim.and_then(|claim| claim.receipt_ids().find(|id| names(by, id)));
        let Some(receipt) = refused else {
            return Ok(());
        };
        let Some(record) = ctx.overlay.get(RECEIPTS, &receipt)? else {
            return Ok(());
        };
        // The receipt is not presented again: its total was checked when the claim was filed.
        let presented = Presented {
            receipt,
            total: record.total,
            number: number.as_str(),
        };
        self.not_claimed(ctx, &presented, by)
    }

    /// Examines a rejected confirmation of a payout: the bank may have paid after a recall, or another amount.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn not_confirmed(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        confirmation: &ConfirmedPayout<'_>,
        by: &Rejection,
    ) -> Result<(), Fault> {
        match by.code {
            claims::code::PaidRecalledOrder => self.paid_after_recall(ctx, confirmation),
            claims::code::PaidAmountDiffers => self.paid_another_amount(ctx, confirmation)?,
            _ => {}
        }
        Ok(())
    }

    fn paid_after_recall(
        &mut self,
        ctx: &ActionContext<'_, '_>,
        confirmation: &ConfirmedPayout<'_>,
    ) {
        let bank = ctx.actor_id();
        let suspicion = Suspicion::PaidAfterRecall {
            bank,
            insurer: confirmation.insurer,
            claim: confirmation.number.to_string(),
            bank_reference: confirmation.bank_reference.clone(),
        };
        let found = Found::hourly(suspicion, bank, ctx.block.time);
        self.note(found.naming(confirmation.insurer));
    }

    fn paid_another_amount(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        confirmation: &ConfirmedPayout<'_>,
    ) -> Result<(), Fault> {
        let (bank, insurer) = (ctx.actor_id(), confirmation.insurer);
        let Some(claim) = filed_claim(ctx, insurer, confirmation.number)? else {
            return Ok(());
        };
        let order = claim.payouts.last().zip(claim.receipt_ids().next());
        if let Some((amount, (order, receipt))) = confirmation.paid.zip(order) {
            let suspicion = Suspicion::PaidAmountDiffers {
                bank,
                insurer,
                claim: claim.number.to_string(),
                bank_reference: confirmation.bank_reference.clone(),
                amount,
                ordered: order.amount,
            };
            self.note(Found::about(suspicion, bank, receipt).naming(insurer));
        }
        Ok(())
    }

    /// Raises an alert because a claim was taken back on whose sums later decisions were computed.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn corrected(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        number: &ClaimNumber,
    ) -> Result<(), Fault> {
        let insurer = ctx.actor_id();
        let Some(claim) = filed_claim(ctx, insurer, number)? else {
            return Ok(());
        };
        let later = claims::outdated_beside(ctx, &claim)?;
        let Some(receipt) = claim.receipt_ids().next().filter(|_| !later.is_empty()) else {
            return Ok(());
        };
        let named: Vec<&str> = later
            .iter()
            .take(NAMED_CLAIMS)
            .map(ClaimNumber::as_str)
            .collect();
        let suspicion = Suspicion::LaterDecisionsOutdated {
            insurer,
            claim: number.to_string(),
            plan_code: claim.plan_code.clone(),
            decisions: later.len(),
            named: named.join(", "),
        };
        self.note(Found::about(suspicion, insurer, receipt));
        Ok(())
    }

    /// Raises an alert because a version of a policy was published in haste.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn published(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        code: &PolicyCode,
    ) -> Result<(), Fault> {
        let insurer = ctx.actor_id();
        let newest = policies::newest(ctx.overlay, insurer, code)?;
        if let Some(policy) = newest.filter(|policy| policy.consent_needed) {
            let suspicion = Suspicion::PolicyInHaste {
                insurer,
                policy_code: code.clone(),
                version: policy.version,
                from_date: policy.terms.from_date,
            };
            self.note(Found::hourly(suspicion, insurer, ctx.block.time));
        }
        Ok(())
    }

    /// Raises an alert because finance released a receipt from an organisation that is gone.
    pub(super) fn released(
        &mut self,
        ctx: &ActionContext<'_, '_>,
        receipt: ReceiptId,
        organisation: OrganisationId,
    ) {
        let suspicion = Suspicion::OrphanReleased {
            receipt,
            organisation,
            finance: ctx.actor_id(),
        };
        self.note(Found::about(suspicion, organisation, receipt));
    }
}

/// Whether a rejection is about this receipt, which is then its first argument.
fn names(by: &Rejection, receipt: &ReceiptId) -> bool {
    by.arguments.first() == Some(&receipt.to_string())
}
