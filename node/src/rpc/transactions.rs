//! `TransactionService`

use std::sync::Arc;

use piaolian_proto::v1::{
    GetTransactionRequest, GetTransactionResponse, SubmitAndWaitRequest, SubmitAndWaitResponse,
    SubmitBatchRequest, SubmitBatchResponse, SubmitRequest, SubmitResponse,
    transaction_service_server::TransactionService,
};
use tonic::{Request, Response, Status, async_trait};

use super::{
    authenticate::caller,
    blocking::{ask, reply},
    methods::ADMINISTRATORS_ACT,
    status::refuse,
};
use crate::service::{DoorError, Service, is_administrators};

/// The door.
pub(super) struct Transactions(pub(super) Arc<Service>);

#[async_trait]
impl TransactionService for Transactions {
    async fn submit(
        &self,
        request: Request<SubmitRequest>,
    ) -> Result<Response<SubmitResponse>, Status> {
        check_role(&request, [&request.get_ref().transaction])?;
        let submitted = self.0.submit(request.into_inner().transaction).await;
        reply(submitted.map(|id| SubmitResponse {
            transaction_id: id.into(),
        }))
    }

    async fn submit_batch(
        &self,
        request: Request<SubmitBatchRequest>,
    ) -> Result<Response<SubmitBatchResponse>, Status> {
        check_role(&request, &request.get_ref().transactions)?;
        reply(self.0.submit_batch(request.into_inner()).await)
    }

    async fn submit_and_wait(
        &self,
        request: Request<SubmitAndWaitRequest>,
    ) -> Result<Response<SubmitAndWaitResponse>, Status> {
        check_role(&request, [&request.get_ref().transaction])?;
        let decided = self
            .0
            .submit_and_wait(request.into_inner().transaction)
            .await;
        reply(decided.map(|view| SubmitAndWaitResponse {
            transaction: Some(view),
        }))
    }

    async fn get_transaction(
        &self,
        request: Request<GetTransactionRequest>,
    ) -> Result<Response<GetTransactionResponse>, Status> {
        let request = request.into_inner();
        ask(&self.0, move |service| service.transaction(request)).await
    }
}

/// An administrator's act needs an administrator's token.
fn check_role<'a, T>(
    request: &Request<T>,
    transactions: impl IntoIterator<Item = &'a bytes::Bytes>,
) -> Result<(), Status> {
    if caller(request)?.role >= ADMINISTRATORS_ACT {
        return Ok(());
    }
    if transactions.into_iter().any(is_administrators) {
        return Err(refuse(&DoorError::RoleMissing(ADMINISTRATORS_ACT.word())));
    }
    Ok(())
}
