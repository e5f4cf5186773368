//! Calls that do nothing but sign and submit their action.

use piaolian_proto::v1::{
    ActionResponse, BatchActionResponse, CallOptions, ReceiptVerdict, transaction_body::Action,
};

use super::{SubmittedAction, Submitter, outcomes};
use crate::{error::ServiceError, parse::required};

impl Submitter {
    /// Signs and submits the action that a request carries in `field`.
    ///
    /// # Errors
    /// When the request is malformed, or the action is refused or rejected.
    pub async fn submit_action(
        &self,
        field: &str,
        action: Option<Action>,
        options: Option<CallOptions>,
    ) -> Result<ActionResponse, ServiceError> {
        let submitted = self
            .sign_and_submit(required(field, action)?, options)
            .await?;
        Ok(ActionResponse {
            submitted: Some(submitted.answer),
        })
    }

    /// Signs and submits the batch of receipts that a request carries in `field`; each receipt is accepted or rejected
    /// for itself.
    ///
    /// # Errors
    /// When the request is malformed, or the transaction is refused, or rejected as a whole.
    pub async fn submit_batch_action(
        &self,
        field: &str,
        action: Option<Action>,
        options: Option<CallOptions>,
    ) -> Result<BatchActionResponse, ServiceError> {
        let submitted = self
            .sign_and_submit(required(field, action)?, options)
            .await?;
        Ok(BatchActionResponse {
            verdicts: verdicts(&submitted),
            submitted: Some(submitted.answer),
        })
    }
}

/// Returns the verdict on each receipt of a batch; nothing for a caller that did not wait.
fn verdicts(submitted: &SubmittedAction) -> Vec<ReceiptVerdict> {
    let Some(decided) = &submitted.outcome else {
        return Vec::new();
    };
    let items = decided.outcome.items.iter().enumerate();
    items
        .map(|(place, item)| ReceiptVerdict {
            receipt: item.receipt.clone(),
            rejection: outcomes::item_rejection(&decided.outcome, place, decided.height),
        })
        .collect()
}
