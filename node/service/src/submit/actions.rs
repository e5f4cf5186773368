//! Calls that do nothing but sign and submit their action.

use piaolian_proto::v1::{
    ActionResponse, BatchActionResponse, CallOptions, ReceiptVerdict, transaction_body::Action,
};

use crate::{
    Service,
    error::ServiceError,
    parse::required,
    submit::{SubmittedAction, outcomes},
};

impl Service {
    /// Signs and submits the action that a request carries in `field`.
    ///
    /// # Errors
    /// When the request is malformed or refused.
    pub async fn submit_action(
        &self,
        field: &str,
        action: Option<Action>,
        options: Option<CallOptions>,
    ) -> Result<ActionResponse, ServiceError> {
        let acted = self.act(required(field, action)?, options).await?;
        Ok(ActionResponse {
            submitted: Some(acted.submitted),
        })
    }

    /// Signs and submits the batch of receipts that a request carries in `field`; each receipt is judged for itself.
    ///
    /// # Errors
    /// When the request is malformed or refused as a whole.
    pub async fn submit_batch_action(
        &self,
        field: &str,
        action: Option<Action>,
        options: Option<CallOptions>,
    ) -> Result<BatchActionResponse, ServiceError> {
        let acted = self.act(required(field, action)?, options).await?;
        Ok(BatchActionResponse {
            verdicts: verdicts(&acted),
            submitted: Some(acted.submitted),
        })
    }
}

/// Returns the verdict on each receipt of a batch; nothing for a caller that did not wait.
fn verdicts(acted: &SubmittedAction) -> Vec<ReceiptVerdict> {
    let Some(settled) = &acted.settled else {
        return Vec::new();
    };
    let items = settled.outcome.items.iter().enumerate();
    items
        .map(|(place, item)| ReceiptVerdict {
            receipt: item.receipt.clone(),
            refusal: outcomes::item_refusal(&settled.outcome, place, settled.height),
        })
        .collect()
}
