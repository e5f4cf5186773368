//! Reissue (冲红重开) by the node of the original's issuer.
//!
//! ```text
//!   original's details ─► reversal, as for ReverseReceipt ─┐
//!   XML of the new receipt ─► rules, same payer ─► draft ──┴─► both kept (synced) ─► one action, signed
//! ```

use piaolian_contracts::{malformed::Malformed, types::ReceiptId};
use piaolian_custody::details_store::StoredReceipt;
use piaolian_details::{issue::Draft, item};
use piaolian_proto::v1::{
    ErrorDetail, IssueItem, NewReissue, NewReversal, ReissueReceipt, ReissueReceiptRequest,
    ReissueReceiptResponse, reissue_receipt_request::Form, transaction_body::Action,
};
use tokio::task::block_in_place;

use super::{Issuance, plan::IssuePlan};
use crate::{
    api_error::Kind,
    error::{Refusal, ServiceError},
};

impl Issuance {
    /// Reverses a receipt and issues another in its place.
    ///
    /// # Errors
    /// When the request is malformed, the new receipt breaks a rule, the action is refused or rejected, or this node
    /// must make the reversal and has no details of the original.
    pub async fn reissue_receipt(
        &self,
        request: ReissueReceiptRequest,
    ) -> Result<ReissueReceiptResponse, ServiceError> {
        let (prepared, kept) = match request.form {
            Some(Form::Prepared(prepared)) => {
                self.check_prepared(&prepared)?;
                (prepared, None)
            }
            Some(Form::Reissue(reissue)) => {
                let (prepared, kept) = self.prepare_reissue(reissue).await?;
                (prepared, Some(kept))
            }
            None => return Err(Malformed::new("form", "must be given").into()),
        };
        let action = Action::ReissueReceipt(prepared);
        let submitted = self
            .submitter
            .sign_and_submit(action, request.options)
            .await?;
        // The receipts of the outcome are the reversal, the new receipt and the original.
        let items = submitted.outcome.map(|decided| decided.outcome.items);
        let mut receipts = items.into_iter().flatten().map(|item| item.receipt);
        Ok(ReissueReceiptResponse {
            submitted: Some(submitted.answer),
            reversal: receipts.next().flatten(),
            replacement: receipts.next().flatten(),
            check_code: kept
                .map(|kept| kept.details.check_code().to_owned())
                .unwrap_or_default(),
        })
    }

    fn check_prepared(&self, prepared: &ReissueReceipt) -> Result<(), ServiceError> {
        let rules = self.issuer.is_some().then(|| self.rules()).transpose()?;
        let (reversal, replacement) = (prepared.reversal.as_ref(), prepared.replacement.as_ref());
        let (Some(reversal), Some(replacement)) = (reversal, replacement) else {
            return Err(
                Malformed::new("prepared", "must have a reversal and a replacement").into(),
            );
        };
        item::check_reversal(reversal)?;
        Ok(item::check(replacement, rules.as_ref())?)
    }

    /// Prepares the details of both receipts, and keeps them before anything is signed. Returns those of the new one.
    async fn prepare_reissue(
        &self,
        reissue: NewReissue,
    ) -> Result<(ReissueReceipt, StoredReceipt), ServiceError> {
        let original = ReceiptId::parse("reissue.original", reissue.original.clone())?;
        let draft = block_in_place(|| -> Result<Draft, ServiceError> {
            Ok(Draft::read(reissue.xml.as_bytes(), &self.rules()?)?)
        })?;
        draft.check_payer_of(&self.mirrored(&original).await?)?;
        let (item, kept) = block_in_place(|| self.plan_replacement(&draft))?;
        let reversal = NewReversal {
            original: reissue.original,
            receipt_code: String::new(),
            receipt_number: None,
            business_number: reissue.business_number,
            reason: reissue.reason,
        };
        let (red, _) = self.prepare_reversal(reversal).await?;
        block_in_place(|| self.store()?.keep([&kept]).map_err(ServiceError::from))?;
        let prepared = ReissueReceipt {
            reversal: Some(red),
            replacement: Some(item),
        };
        Ok((prepared, kept))
    }

    /// Returns the new receipt's item and details: prepared earlier, or new. The ledger rejects one that is issued.
    fn plan_replacement(&self, draft: &Draft) -> Result<(IssueItem, StoredReceipt), ServiceError> {
        let plan = self.plan(&self.state(), self.store()?, draft)?;
        match plan.into_repeatable() {
            IssuePlan::New(item, Some(kept)) => Ok((item, *kept)),
            IssuePlan::Refused(details) => Err(refused(details)),
            IssuePlan::New(_, None) | IssuePlan::Known(..) => Err(ServiceError::not_found(
                "details of the new receipt on this node",
            )),
        }
    }
}

/// Returns the refusal of a new receipt whose business number is on the ledger.
fn refused(details: Vec<ErrorDetail>) -> ServiceError {
    ServiceError::Refused(Refusal {
        kind: Kind::Refused,
        detail: details.into_iter().next().unwrap_or_default(),
    })
}
