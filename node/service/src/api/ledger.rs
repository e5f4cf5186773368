//! `LedgerService`

use std::sync::Arc;

use piaolian_proto::v1::{
    GetBlockRequest, GetBlockResponse, GetHeaderRequest, GetHeaderResponse, GetParametersRequest,
    GetParametersResponse, GetStatusRequest, GetStatusResponse,
    ledger_service_server::LedgerService,
};
use tonic::{Request, Response, Status, async_trait};

use super::blocking::ask;
use crate::Service;

/// The door.
pub(super) struct LedgerDoor(pub(super) Arc<Service>);

#[async_trait]
impl LedgerService for LedgerDoor {
    async fn get_status(
        &self,
        _request: Request<GetStatusRequest>,
    ) -> Result<Response<GetStatusResponse>, Status> {
        ask(&self.0, crate::Service::status).await
    }

    async fn get_block(
        &self,
        request: Request<GetBlockRequest>,
    ) -> Result<Response<GetBlockResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.block(&request)).await
    }

    async fn get_header(
        &self,
        request: Request<GetHeaderRequest>,
    ) -> Result<Response<GetHeaderResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.header(&request)).await
    }

    async fn get_parameters(
        &self,
        _request: Request<GetParametersRequest>,
    ) -> Result<Response<GetParametersResponse>, Status> {
        ask(&self.0, crate::Service::parameters).await
    }
}
