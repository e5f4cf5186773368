//! `OrganisationService`

use std::sync::Arc;

use piaolian_proto::v1::{
    GetOrganisationRequest, GetOrganisationResponse, ListOrganisationsRequest,
    ListOrganisationsResponse, organisation_service_server::OrganisationService,
};
use tonic::{Request, Response, Status, async_trait};

use super::blocking::ask;
use crate::Service;

/// The door.
pub(super) struct Organisations(pub(super) Arc<Service>);

#[async_trait]
impl OrganisationService for Organisations {
    async fn get_organisation(
        &self,
        request: Request<GetOrganisationRequest>,
    ) -> Result<Response<GetOrganisationResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.organisation(&request)).await
    }

    async fn list_organisations(
        &self,
        request: Request<ListOrganisationsRequest>,
    ) -> Result<Response<ListOrganisationsResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.organisations(&request)).await
    }
}
