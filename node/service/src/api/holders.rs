//! `HolderService`

use std::sync::Arc;

use piaolian_proto::v1::{
    AuthorisePayerRequest, AuthorisePayerResponse, CollectReceiptsRequest, CollectReceiptsResponse,
    holder_service_server::HolderService,
};
use tonic::{Request, Response, Status, async_trait};

use super::{authenticate::caller, blocking::reply};
use crate::Service;

/// The door.
pub(super) struct Holders(pub(super) Arc<Service>);

#[async_trait]
impl HolderService for Holders {
    async fn collect_receipts(
        &self,
        request: Request<CollectReceiptsRequest>,
    ) -> Result<Response<CollectReceiptsResponse>, Status> {
        let client = caller(&request)?.name.clone();
        reply(self.0.collect_receipts(&client, request.into_inner()).await)
    }

    async fn authorise_payer(
        &self,
        request: Request<AuthorisePayerRequest>,
    ) -> Result<Response<AuthorisePayerResponse>, Status> {
        let client = caller(&request)?.name.clone();
        reply(self.0.authorise_payer(&client, request.into_inner()).await)
    }
}
