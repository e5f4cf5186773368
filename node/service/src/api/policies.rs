//! `PolicyService`

use std::sync::Arc;

use piaolian_proto::v1::{
    ActionResponse, GetPolicyRequest, GetPolicyResponse, ListPoliciesRequest, ListPoliciesResponse,
    PublishPolicyRequest, policy_service_server::PolicyService,
};
use tonic::{Request, Response, Status, async_trait};

use super::blocking::{ask, reply};
use crate::Service;

/// The door.
pub(super) struct Policies(pub(super) Arc<Service>);

#[async_trait]
impl PolicyService for Policies {
    async fn publish_policy(
        &self,
        request: Request<PublishPolicyRequest>,
    ) -> Result<Response<ActionResponse>, Status> {
        reply(self.0.publish_policy(request.into_inner()).await)
    }

    async fn get_policy(
        &self,
        request: Request<GetPolicyRequest>,
    ) -> Result<Response<GetPolicyResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.policy(request)).await
    }

    async fn list_policies(
        &self,
        request: Request<ListPoliciesRequest>,
    ) -> Result<Response<ListPoliciesResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.policies(&request)).await
    }
}
