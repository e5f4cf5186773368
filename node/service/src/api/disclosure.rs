//! `DisclosureService`

use std::sync::Arc;

use piaolian_proto::v1::{
    ActionResponse, GetAccessLogAnchorRequest, GetAccessLogAnchorResponse, GrantAccessRequest,
    ListGrantsRequest, ListGrantsResponse, ListReadersRequest, ListReadersResponse,
    RevokeAccessRequest, disclosure_service_server::DisclosureService,
};
use tonic::{Request, Response, Status, async_trait};

use super::blocking::{ask, reply};
use crate::Service;

/// The door.
pub(super) struct Disclosure(pub(super) Arc<Service>);

#[async_trait]
impl DisclosureService for Disclosure {
    async fn grant_access(
        &self,
        request: Request<GrantAccessRequest>,
    ) -> Result<Response<ActionResponse>, Status> {
        reply(self.0.grant_access(request.into_inner()).await)
    }

    async fn revoke_access(
        &self,
        request: Request<RevokeAccessRequest>,
    ) -> Result<Response<ActionResponse>, Status> {
        reply(self.0.revoke_access(request.into_inner()).await)
    }

    async fn list_grants(
        &self,
        request: Request<ListGrantsRequest>,
    ) -> Result<Response<ListGrantsResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.grants(request)).await
    }

    async fn list_readers(
        &self,
        request: Request<ListReadersRequest>,
    ) -> Result<Response<ListReadersResponse>, Status> {
        reply(self.0.list_readers(request.into_inner()).await)
    }

    async fn get_access_log_anchor(
        &self,
        request: Request<GetAccessLogAnchorRequest>,
    ) -> Result<Response<GetAccessLogAnchorResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.access_log_anchor(&request)).await
    }
}
