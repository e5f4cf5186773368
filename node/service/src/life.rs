//! A receipt's life between issue and archive: each call one act, signed and waited for.

use piaolian_proto::v1::{
    ArchiveReceiptsRequest, ArchiveReceiptsResponse, AuditUseRequest, AuditUseResponse,
    DeliverReceiptsRequest, DeliverReceiptsResponse, ExchangeForPaperRequest,
    ExchangeForPaperResponse, NoteVerificationRequest, NoteVerificationResponse, ReceiptVerdict,
    ReturnPaperRequest, ReturnPaperResponse, transaction_body::Action,
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
    ) -> Result<DeliverReceiptsResponse, ServiceError> {
        let delivery = required("delivery", request.delivery)?;
        let action = Action::DeliverReceipts(delivery);
        let acted = self.act(action, request.options).await?;
        Ok(DeliverReceiptsResponse {
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
    ) -> Result<ExchangeForPaperResponse, ServiceError> {
        let action = Action::ExchangeForPaper(required("exchange", request.exchange)?);
        let acted = self.act(action, request.options).await?;
        Ok(ExchangeForPaperResponse {
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
    ) -> Result<ReturnPaperResponse, ServiceError> {
        let action = Action::ReturnPaper(required("paper", request.paper)?);
        let acted = self.act(action, request.options).await?;
        Ok(ReturnPaperResponse {
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
    ) -> Result<AuditUseResponse, ServiceError> {
        let action = Action::AuditUse(required("audit", request.audit)?);
        let acted = self.act(action, request.options).await?;
        Ok(AuditUseResponse {
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
    ) -> Result<ArchiveReceiptsResponse, ServiceError> {
        let action = Action::ArchiveReceipts(required("archive", request.archive)?);
        let acted = self.act(action, request.options).await?;
        Ok(ArchiveReceiptsResponse {
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
    ) -> Result<NoteVerificationResponse, ServiceError> {
        let action = Action::NoteVerification(required("verification", request.verification)?);
        let acted = self.act(action, request.options).await?;
        Ok(NoteVerificationResponse {
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
