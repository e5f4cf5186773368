//! `ClaimService`

use std::sync::Arc;

use piaolian_proto::v1::{
    ActionResponse, BookReceiptRequest, ConfirmPayoutRequest, ConfirmPayoutResponse,
    CorrectClaimRequest, DecideClaimRequest, DecideClaimResponse, FileClaimRequest,
    FileClaimResponse, GetClaimRequest, GetClaimResponse, ListClaimsRequest, ListClaimsResponse,
    LockReceiptRequest, LockReceiptResponse, ReleaseOrphanRequest, UnbookReceiptRequest,
    UnlockReceiptRequest, WithdrawClaimRequest, claim_service_server::ClaimService,
};
use tonic::{Request, Response, Status, async_trait};

use super::blocking::{ask, reply};
use crate::Service;

/// The door.
pub(super) struct Claims(pub(super) Arc<Service>);

#[async_trait]
impl ClaimService for Claims {
    async fn lock_receipt(
        &self,
        request: Request<LockReceiptRequest>,
    ) -> Result<Response<LockReceiptResponse>, Status> {
        reply(self.0.lock_receipt(request.into_inner()).await)
    }

    async fn unlock_receipt(
        &self,
        request: Request<UnlockReceiptRequest>,
    ) -> Result<Response<ActionResponse>, Status> {
        reply(self.0.unlock_receipt(request.into_inner()).await)
    }

    async fn book_receipt(
        &self,
        request: Request<BookReceiptRequest>,
    ) -> Result<Response<ActionResponse>, Status> {
        reply(self.0.book_receipt(request.into_inner()).await)
    }

    async fn unbook_receipt(
        &self,
        request: Request<UnbookReceiptRequest>,
    ) -> Result<Response<ActionResponse>, Status> {
        reply(self.0.unbook_receipt(request.into_inner()).await)
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
    ) -> Result<Response<ActionResponse>, Status> {
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
    ) -> Result<Response<ActionResponse>, Status> {
        reply(self.0.correct_claim(request.into_inner()).await)
    }

    async fn release_orphan(
        &self,
        request: Request<ReleaseOrphanRequest>,
    ) -> Result<Response<ActionResponse>, Status> {
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
