//! `ReceiptService`

use std::sync::Arc;

use piaolian_proto::v1::{
    GetReceiptDetailsRequest, GetReceiptDetailsResponse, GetReceiptHistoryRequest,
    GetReceiptHistoryResponse, GetReceiptProofRequest, GetReceiptProofResponse, GetReceiptRequest,
    GetReceiptResponse, ImportReceiptsRequest, ImportReceiptsResponse, IssueReceiptsRequest,
    IssueReceiptsResponse, ReverseReceiptRequest, ReverseReceiptResponse, VerifyReceiptRequest,
    VerifyReceiptResponse, receipt_service_server::ReceiptService,
};
use tonic::{Request, Response, Status, async_trait};

use super::{
    authenticate::caller,
    blocking::{ask, reply},
};
use crate::service::Service;

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
        let request = request.into_inner();
        ask(&self.0, move |service| service.receipt_details(request)).await
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
