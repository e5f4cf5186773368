//! Claims from filing to feedback, and the lock of a receipt.
//!
//! ```text
//!   insurer's node   FileClaim ─► DecideClaim ─► CorrectClaim       WithdrawClaim
//!   bank's node                        └─► ConfirmPayout ─► booked
//! ```
//!
//! Each answer shows the claim as the action left it.

use piaolian_contracts::{
    claims::{CLAIMS, ClaimKey},
    types::{ClaimNumber, OrganisationId},
};
use piaolian_proto::v1::{
    ClaimView, ConfirmPayoutRequest, ConfirmPayoutResponse, DecideClaimRequest,
    DecideClaimResponse, FileClaimRequest, FileClaimResponse, LockReceiptRequest,
    LockReceiptResponse, transaction_body::Action,
};
use tokio::task::block_in_place;

use super::{SubmittedAction, Submitter};
use crate::{error::ServiceError, parse::required, query::claims};

impl Submitter {
    /// Takes the claim lock of a receipt.
    ///
    /// # Errors
    /// When the request is malformed, or the action is refused or rejected.
    pub async fn lock_receipt(
        &self,
        request: LockReceiptRequest,
    ) -> Result<LockReceiptResponse, ServiceError> {
        let lock = required("lock_receipt", request.lock_receipt)?;
        let lease_ms = lock.lease_ms;
        let submitted = self
            .sign_and_submit(Action::LockReceipt(lock), request.options)
            .await?;
        let from = submitted
            .answer
            .place
            .as_ref()
            .map(|place| place.block_time_ms);
        Ok(LockReceiptResponse {
            until_ms: from
                .map(|from| from.saturating_add(lease_ms))
                .unwrap_or_default(),
            submitted: Some(submitted.answer),
        })
    }

    /// Files a claim, which locks all of its receipts or none.
    ///
    /// # Errors
    /// When the request is malformed, or the action is refused or rejected.
    pub async fn file_claim(
        &self,
        request: FileClaimRequest,
    ) -> Result<FileClaimResponse, ServiceError> {
        let claim = required("file_claim", request.file_claim)?;
        let number = claim.claim_number.clone();
        let submitted = self
            .sign_and_submit(Action::FileClaim(claim), request.options)
            .await?;
        Ok(FileClaimResponse {
            claim: self.claim_after(&submitted, self.organisation, number)?,
            submitted: Some(submitted.answer),
        })
    }

    /// Decides a claim; the ledger computes.
    ///
    /// # Errors
    /// When the request is malformed, or the action is refused or rejected.
    pub async fn decide_claim(
        &self,
        request: DecideClaimRequest,
    ) -> Result<DecideClaimResponse, ServiceError> {
        let decision = required("decide_claim", request.decide_claim)?;
        let number = decision.claim_number.clone();
        let submitted = self
            .sign_and_submit(Action::DecideClaim(decision), request.options)
            .await?;
        Ok(DecideClaimResponse {
            claim: self.claim_after(&submitted, self.organisation, number)?,
            submitted: Some(submitted.answer),
        })
    }

    /// Confirms that a payout was made, or failed.
    ///
    /// # Errors
    /// When the request is malformed, or the action is refused or rejected.
    pub async fn confirm_payout(
        &self,
        request: ConfirmPayoutRequest,
    ) -> Result<ConfirmPayoutResponse, ServiceError> {
        let confirmation = required("confirm_payout", request.confirm_payout)?;
        let insurer = OrganisationId::parse("confirm_payout.insurer", &confirmation.insurer)?;
        let number = confirmation.claim_number.clone();
        let submitted = self
            .sign_and_submit(Action::ConfirmPayout(confirmation), request.options)
            .await?;
        Ok(ConfirmPayoutResponse {
            claim: self.claim_after(&submitted, insurer, number)?,
            submitted: Some(submitted.answer),
        })
    }

    /// Returns the claim as an action left it; `None` while no block has decided the action.
    fn claim_after(
        &self,
        submitted: &SubmittedAction,
        insurer: OrganisationId,
        number: String,
    ) -> Result<Option<ClaimView>, ServiceError> {
        if submitted.outcome.is_none() {
            return Ok(None);
        }
        let number = ClaimNumber::parse("claim_number", number)?;
        let key = ClaimKey { insurer, number };
        block_in_place(|| {
            let state = self.ledger.view().state();
            let claim = CLAIMS.get(&state, &key)?;
            claim.map(|claim| claims::view(&state, &claim)).transpose()
        })
    }
}
