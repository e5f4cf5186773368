//! `PaymentService`

use std::sync::Arc;

use piaolian_proto::v1::{
    ActionResponse, CancelNoticeRequest, CloseDayRequest, CreateNoticesRequest,
    CreateNoticesResponse, GetNoticeRequest, GetNoticeResponse, GetReconciliationRequest,
    GetReconciliationResponse, ListAllocationsRequest, ListAllocationsResponse,
    ListMismatchesRequest, ListMismatchesResponse, ListNoticesRequest, ListNoticesResponse,
    PickUpReceiptRequest, PickUpReceiptResponse, ReportPaymentsRequest, ReportPaymentsResponse,
    SetMandateRequest, SubmitStatementRequest, SubmitStatementResponse,
    payment_service_server::PaymentService,
};
use tonic::{Request, Response, Status, async_trait};

use super::{
    authenticate::caller,
    blocking::{ask, reply},
};
use crate::Service;

/// The door.
pub(super) struct Payments(pub(super) Arc<Service>);

#[async_trait]
impl PaymentService for Payments {
    async fn set_mandate(
        &self,
        request: Request<SetMandateRequest>,
    ) -> Result<Response<ActionResponse>, Status> {
        reply(self.0.set_mandate(request.into_inner()).await)
    }

    async fn create_notices(
        &self,
        request: Request<CreateNoticesRequest>,
    ) -> Result<Response<CreateNoticesResponse>, Status> {
        reply(self.0.create_notices(request.into_inner()).await)
    }

    async fn cancel_notice(
        &self,
        request: Request<CancelNoticeRequest>,
    ) -> Result<Response<ActionResponse>, Status> {
        reply(self.0.cancel_notice(request.into_inner()).await)
    }

    async fn report_payments(
        &self,
        request: Request<ReportPaymentsRequest>,
    ) -> Result<Response<ReportPaymentsResponse>, Status> {
        reply(self.0.report_payments(request.into_inner()).await)
    }

    async fn submit_statement(
        &self,
        request: Request<SubmitStatementRequest>,
    ) -> Result<Response<SubmitStatementResponse>, Status> {
        reply(self.0.submit_statement(request.into_inner()).await)
    }

    async fn close_day(
        &self,
        request: Request<CloseDayRequest>,
    ) -> Result<Response<ActionResponse>, Status> {
        reply(self.0.close_day(request.into_inner()).await)
    }

    async fn get_notice(
        &self,
        request: Request<GetNoticeRequest>,
    ) -> Result<Response<GetNoticeResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.notice(request)).await
    }

    async fn list_notices(
        &self,
        request: Request<ListNoticesRequest>,
    ) -> Result<Response<ListNoticesResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.notices(&request)).await
    }

    async fn get_reconciliation(
        &self,
        request: Request<GetReconciliationRequest>,
    ) -> Result<Response<GetReconciliationResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.reconciliation(request)).await
    }

    async fn list_mismatches(
        &self,
        request: Request<ListMismatchesRequest>,
    ) -> Result<Response<ListMismatchesResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.mismatches(request)).await
    }

    async fn list_allocations(
        &self,
        request: Request<ListAllocationsRequest>,
    ) -> Result<Response<ListAllocationsResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.allocations(request)).await
    }

    async fn pick_up_receipt(
        &self,
        request: Request<PickUpReceiptRequest>,
    ) -> Result<Response<PickUpReceiptResponse>, Status> {
        let caller = caller(&request)?.name.clone();
        let request = request.into_inner();
        ask(&self.0, move |service| {
            service.pick_up_receipt(&caller, request)
        })
        .await
    }
}
