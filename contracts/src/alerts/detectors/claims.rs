//! Claims: filed, decided, paid, released.
//!
//! A claim has several receipts. A rule about one of them names that receipt as its first argument. The detector
//! examines this receipt like one that is locked or booked by hand.

use super::{Detectors, Found};
use crate::{
    action::{ActionContext, ConfirmedPayout, Presented},
    alerts::kinds::Suspicion,
    claims::{self, Claim, filed_claim},
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
            self.claimed_after_error(ctx, *receipt)?;
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

    /// Raises an alert if a bank's word ended a recalled claim on whose sums later decisions were computed.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn ended_by_recall(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        confirmation: &ConfirmedPayout<'_>,
    ) -> Result<(), Fault> {
        let (insurer, number) = (confirmation.insurer, confirmation.number);
        let claim = filed_claim(ctx, insurer, number)?;
        let closing = claim.and_then(|claim| claim.closing.clone());
        if closing.is_some_and(|closing| closing.height == ctx.block.height) {
            self.corrected(ctx, insurer, number)?;
        }
        Ok(())
    }

    /// Raises an alert because a claim was corrected on whose sums later decisions were computed.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn corrected(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        insurer: OrganisationId,
        number: &ClaimNumber,
    ) -> Result<(), Fault> {
        let claim = filed_claim(ctx, insurer, number)?;
        // A recall is a request: its decision stands until the bank's word.
        let is_recall = |claim: &Claim| {
            let waiting = claim.waiting();
            waiting.is_some_and(|order| order.recall.is_some())
        };
        let Some(claim) = claim.filter(|claim| !is_recall(claim)) else {
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
