//! `NumberRangeService`

use std::sync::Arc;

use piaolian_proto::v1::{
    ActionResponse, GetRangeRequest, GetRangeResponse, GrantRangeRequest, ListRangesRequest,
    ListRangesResponse, RecallRangeRequest, number_range_service_server::NumberRangeService,
};
use tonic::{Request, Response, Status, async_trait};

use super::blocking::{ask, reply};
use crate::Service;

/// The door.
pub(super) struct Allotments(pub(super) Arc<Service>);

#[async_trait]
impl NumberRangeService for Allotments {
    async fn grant_range(
        &self,
        request: Request<GrantRangeRequest>,
    ) -> Result<Response<ActionResponse>, Status> {
        reply(self.0.grant_range(request.into_inner()).await)
    }

    async fn recall_range(
        &self,
        request: Request<RecallRangeRequest>,
    ) -> Result<Response<ActionResponse>, Status> {
        reply(self.0.recall_range(request.into_inner()).await)
    }

    async fn get_range(
        &self,
        request: Request<GetRangeRequest>,
    ) -> Result<Response<GetRangeResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.range(&request)).await
    }

    async fn list_ranges(
        &self,
        request: Request<ListRangesRequest>,
    ) -> Result<Response<ListRangesResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.ranges(&request)).await
    }
}
