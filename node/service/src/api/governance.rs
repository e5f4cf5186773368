//! `GovernanceService`

use std::sync::Arc;

use piaolian_proto::v1::{
    GetGovernorsRequest, GetGovernorsResponse, GetProposalRequest, GetProposalResponse,
    GetValidatorsRequest, GetValidatorsResponse, ListProposalsRequest, ListProposalsResponse,
    ListUpgradesRequest, ListUpgradesResponse, governance_service_server::GovernanceService,
};
use tonic::{Request, Response, Status, async_trait};

use super::blocking::ask;
use crate::Service;

/// The door.
pub(super) struct Governance(pub(super) Arc<Service>);

#[async_trait]
impl GovernanceService for Governance {
    async fn get_proposal(
        &self,
        request: Request<GetProposalRequest>,
    ) -> Result<Response<GetProposalResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.proposal(&request)).await
    }

    async fn list_proposals(
        &self,
        request: Request<ListProposalsRequest>,
    ) -> Result<Response<ListProposalsResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.proposals(&request)).await
    }

    async fn get_governors(
        &self,
        _: Request<GetGovernorsRequest>,
    ) -> Result<Response<GetGovernorsResponse>, Status> {
        ask(&self.0, Service::governors).await
    }

    async fn get_validators(
        &self,
        request: Request<GetValidatorsRequest>,
    ) -> Result<Response<GetValidatorsResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.validators(&request)).await
    }

    async fn list_upgrades(
        &self,
        _: Request<ListUpgradesRequest>,
    ) -> Result<Response<ListUpgradesResponse>, Status> {
        ask(&self.0, Service::upgrades).await
    }
}
