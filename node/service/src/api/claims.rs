//! `ClaimService`

use std::sync::Arc;

use piaolian_proto::v1::{
    BookRequest, BookResponse, ConfirmPayoutRequest, ConfirmPayoutResponse, CorrectClaimRequest,
    CorrectClaimResponse, DecideClaimRequest, DecideClaimResponse, FileClaimRequest,
    FileClaimResponse, GetClaimRequest, GetClaimResponse, ListClaimsRequest, ListClaimsResponse,
    LockRequest, LockResponse, ReleaseOrphanRequest, ReleaseOrphanResponse, UnbookRequest,
    UnbookResponse, UnlockRequest, UnlockResponse, WithdrawClaimRequest, WithdrawClaimResponse,
    claim_service_server::ClaimService,
};
use tonic::{Request, Response, Status, async_trait};

use super::blocking::{ask, reply};
use crate::Service;

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

    async fn file_claim(
        &self,
        request: Request<FileClaimRequest>,
    ) -> Result<Response<FileClaimResponse>, Status> {
        reply(self.0.file_claim(request.into_inner()).await)
    }

    async fn decide_claim(
        &self,
        request: Request<DecideClaimRequest>,
    ) -> Result<Response<DecideClaimResponse>, Status> {
        reply(self.0.decide_claim(request.into_inner()).await)
    }

    async fn withdraw_claim(
        &self,
        request: Request<WithdrawClaimRequest>,
    ) -> Result<Response<WithdrawClaimResponse>, Status> {
        reply(self.0.withdraw_claim(request.into_inner()).await)
    }

    async fn confirm_payout(
        &self,
        request: Request<ConfirmPayoutRequest>,
    ) -> Result<Response<ConfirmPayoutResponse>, Status> {
        reply(self.0.confirm_payout(request.into_inner()).await)
    }

    async fn correct_claim(
        &self,
        request: Request<CorrectClaimRequest>,
    ) -> Result<Response<CorrectClaimResponse>, Status> {
        reply(self.0.correct_claim(request.into_inner()).await)
    }

    async fn release_orphan(
        &self,
        request: Request<ReleaseOrphanRequest>,
    ) -> Result<Response<ReleaseOrphanResponse>, Status> {
        reply(self.0.release_orphan(request.into_inner()).await)
    }

    async fn get_claim(
        &self,
        request: Request<GetClaimRequest>,
    ) -> Result<Response<GetClaimResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.claim(request)).await
    }

    async fn list_claims(
        &self,
        request: Request<ListClaimsRequest>,
    ) -> Result<Response<ListClaimsResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.claims(&request)).await
    }
}
