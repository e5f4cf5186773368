//! `ClaimService`

use std::sync::Arc;

use piaolian_proto::v1::{
    BookRequest, BookResponse, LockRequest, LockResponse, UnbookRequest, UnbookResponse,
    UnlockRequest, UnlockResponse, claim_service_server::ClaimService,
};
use tonic::{Request, Response, Status, async_trait};

use super::blocking::reply;
use crate::service::Service;

/// The door.
pub(super) struct Claims(pub(super) Arc<Service>);

#[async_trait]
impl ClaimService for Claims {
    async fn lock(&self, request: Request<LockRequest>) -> Result<Response<LockResponse>, Status> {
        reply(self.0.lock(request.into_inner()).await)
    }

    async fn unlock(
        &self,
        request: Request<UnlockRequest>,
    ) -> Result<Response<UnlockResponse>, Status> {
        reply(self.0.unlock(request.into_inner()).await)
    }

    async fn book(&self, request: Request<BookRequest>) -> Result<Response<BookResponse>, Status> {
        reply(self.0.book(request.into_inner()).await)
    }

    async fn unbook(
        &self,
        request: Request<UnbookRequest>,
    ) -> Result<Response<UnbookResponse>, Status> {
        reply(self.0.unbook(request.into_inner()).await)
    }
}
