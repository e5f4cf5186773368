//! A receipt's life between issue and archive: each call one act, signed and waited for.

use piaolian_proto::v1::{
    ActionResponse, ArchiveReceiptsRequest, AuditUseRequest, BatchActionResponse,
    DeliverReceiptsRequest, ExchangeForPaperRequest, NoteVerificationRequest, ReceiptVerdict,
    ReturnPaperRequest, transaction_body::Action,
};

use super::{Service, error::ServiceError, outcomes, request::required, signing::Acted};

impl Service {
    /// Marks receipts as delivered.
    ///
    /// # Errors
    /// When the request is malformed or refused as a whole.
    pub async fn deliver_receipts(
        &self,
        request: DeliverReceiptsRequest,
    ) -> Result<BatchActionResponse, ServiceError> {
        let delivery = required("deliver_receipts", request.deliver_receipts)?;
        let action = Action::DeliverReceipts(delivery);
        let acted = self.act(action, request.options).await?;
        Ok(BatchActionResponse {
            verdicts: verdicts(&acted),
            submitted: Some(acted.submitted),
        })
    }

    /// Exchanges a receipt for paper.
    ///
    /// # Errors
    /// When the request is malformed or refused.
    pub async fn exchange_for_paper(
        &self,
        request: ExchangeForPaperRequest,
    ) -> Result<ActionResponse, ServiceError> {
        let action =
            Action::ExchangeForPaper(required("exchange_for_paper", request.exchange_for_paper)?);
        let acted = self.act(action, request.options).await?;
        Ok(ActionResponse {
            submitted: Some(acted.submitted),
        })
    }

    /// Takes the paper of a receipt back.
    ///
    /// # Errors
    /// When the request is malformed or refused.
    pub async fn return_paper(
        &self,
        request: ReturnPaperRequest,
    ) -> Result<ActionResponse, ServiceError> {
        let action = Action::ReturnPaper(required("return_paper", request.return_paper)?);
        let acted = self.act(action, request.options).await?;
        Ok(ActionResponse {
            submitted: Some(acted.submitted),
        })
    }

    /// Audits the use of receipts' numbers.
    ///
    /// # Errors
    /// When the request is malformed or refused as a whole.
    pub async fn audit_use(
        &self,
        request: AuditUseRequest,
    ) -> Result<BatchActionResponse, ServiceError> {
        let action = Action::AuditUse(required("audit_use", request.audit_use)?);
        let acted = self.act(action, request.options).await?;
        Ok(BatchActionResponse {
            verdicts: verdicts(&acted),
            submitted: Some(acted.submitted),
        })
    }

    /// Archives receipts.
    ///
    /// # Errors
    /// When the request is malformed or refused as a whole.
    pub async fn archive_receipts(
        &self,
        request: ArchiveReceiptsRequest,
    ) -> Result<BatchActionResponse, ServiceError> {
        let action =
            Action::ArchiveReceipts(required("archive_receipts", request.archive_receipts)?);
        let acted = self.act(action, request.options).await?;
        Ok(BatchActionResponse {
            verdicts: verdicts(&acted),
            submitted: Some(acted.submitted),
        })
    }

    /// Notes that this payer verified a receipt.
    ///
    /// # Errors
    /// When the request is malformed or refused.
    pub async fn note_verification(
        &self,
        request: NoteVerificationRequest,
    ) -> Result<ActionResponse, ServiceError> {
        let action =
            Action::NoteVerification(required("note_verification", request.note_verification)?);
        let acted = self.act(action, request.options).await?;
        Ok(ActionResponse {
            submitted: Some(acted.submitted),
        })
    }
}

/// What became of each receipt of a batch; empty for a caller that did not wait.
fn verdicts(acted: &Acted) -> Vec<ReceiptVerdict> {
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
