//! `ReceiptService`

use std::sync::Arc;

use piaolian_proto::v1::{
    ActionResponse, ArchiveReceiptsRequest, AuditUseRequest, BatchActionResponse,
    DeliverReceiptsRequest, ExchangeForPaperRequest, GetArchiveRecordRequest,
    GetArchiveRecordResponse, GetReceiptDetailsRequest, GetReceiptDetailsResponse,
    GetReceiptHistoryRequest, GetReceiptHistoryResponse, GetReceiptProofRequest,
    GetReceiptProofResponse, GetReceiptRequest, GetReceiptResponse, GetTotalsRequest,
    GetTotalsResponse, ImportReceiptsRequest, ImportReceiptsResponse, IssueReceiptsRequest,
    IssueReceiptsResponse, ListReceiptsRequest, ListReceiptsResponse, NoteVerificationRequest,
    ReturnPaperRequest, ReverseReceiptRequest, ReverseReceiptResponse, VerifyReceiptRequest,
    VerifyReceiptResponse, receipt_service_server::ReceiptService,
};
use tonic::{Request, Response, Status, async_trait};

use super::{
    authenticate::caller,
    blocking::{ask, reply},
};
use crate::Service;

/// The door.
pub(super) struct Receipts(pub(super) Arc<Service>);

#[async_trait]
impl ReceiptService for Receipts {
    async fn issue_receipts(
        &self,
        request: Request<IssueReceiptsRequest>,
    ) -> Result<Response<IssueReceiptsResponse>, Status> {
        reply(self.0.issue_receipts(request.into_inner()).await)
    }

    async fn import_receipts(
        &self,
        request: Request<ImportReceiptsRequest>,
    ) -> Result<Response<ImportReceiptsResponse>, Status> {
        reply(self.0.import_receipts(request.into_inner()).await)
    }

    async fn reverse_receipt(
        &self,
        request: Request<ReverseReceiptRequest>,
    ) -> Result<Response<ReverseReceiptResponse>, Status> {
        reply(self.0.reverse_receipt(request.into_inner()).await)
    }

    async fn deliver_receipts(
        &self,
        request: Request<DeliverReceiptsRequest>,
    ) -> Result<Response<BatchActionResponse>, Status> {
        reply(self.0.deliver_receipts(request.into_inner()).await)
    }

    async fn exchange_for_paper(
        &self,
        request: Request<ExchangeForPaperRequest>,
    ) -> Result<Response<ActionResponse>, Status> {
        reply(self.0.exchange_for_paper(request.into_inner()).await)
    }

    async fn return_paper(
        &self,
        request: Request<ReturnPaperRequest>,
    ) -> Result<Response<ActionResponse>, Status> {
        reply(self.0.return_paper(request.into_inner()).await)
    }

    async fn audit_use(
        &self,
        request: Request<AuditUseRequest>,
    ) -> Result<Response<BatchActionResponse>, Status> {
        reply(self.0.audit_use(request.into_inner()).await)
    }

    async fn archive_receipts(
        &self,
        request: Request<ArchiveReceiptsRequest>,
    ) -> Result<Response<BatchActionResponse>, Status> {
        reply(self.0.archive_receipts(request.into_inner()).await)
    }

    async fn note_verification(
        &self,
        request: Request<NoteVerificationRequest>,
    ) -> Result<Response<ActionResponse>, Status> {
        reply(self.0.note_verification(request.into_inner()).await)
    }

    async fn list_receipts(
        &self,
        request: Request<ListReceiptsRequest>,
    ) -> Result<Response<ListReceiptsResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.list_receipts(&request)).await
    }

    async fn get_totals(
        &self,
        request: Request<GetTotalsRequest>,
    ) -> Result<Response<GetTotalsResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.totals(&request)).await
    }

    async fn get_archive_record(
        &self,
        request: Request<GetArchiveRecordRequest>,
    ) -> Result<Response<GetArchiveRecordResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.archive_record(request)).await
    }

    async fn get_receipt(
        &self,
        request: Request<GetReceiptRequest>,
    ) -> Result<Response<GetReceiptResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.receipt(request)).await
    }

    async fn get_receipt_history(
        &self,
        request: Request<GetReceiptHistoryRequest>,
    ) -> Result<Response<GetReceiptHistoryResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.receipt_history(request)).await
    }

    async fn get_receipt_details(
        &self,
        request: Request<GetReceiptDetailsRequest>,
    ) -> Result<Response<GetReceiptDetailsResponse>, Status> {
        let client = caller(&request)?.name.clone();
        reply(self.0.receipt_details(&client, request.into_inner()).await)
    }

    async fn verify_receipt(
        &self,
        request: Request<VerifyReceiptRequest>,
    ) -> Result<Response<VerifyReceiptResponse>, Status> {
        let caller = caller(&request)?.name.clone();
        let request = request.into_inner();
        ask(&self.0, move |service| {
            service.verify_receipt(&caller, request)
        })
        .await
    }

    async fn get_receipt_proof(
        &self,
        request: Request<GetReceiptProofRequest>,
    ) -> Result<Response<GetReceiptProofResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.receipt_proof(request)).await
    }
}
