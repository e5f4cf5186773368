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
};
use crate::{Sender, Service};

/// The door.
pub(super) struct Transactions(pub(super) Arc<Service>);

#[async_trait]
impl TransactionService for Transactions {
    async fn submit(
        &self,
        request: Request<SubmitRequest>,
    ) -> Result<Response<SubmitResponse>, Status> {
        let sender = sender(&request)?;
        let submitted = self.0.submit(request.into_inner().transaction, sender);
        let submitted = submitted.await;
        reply(submitted.map(|id| SubmitResponse {
            transaction_id: id.into(),
        }))
    }

    async fn submit_batch(
        &self,
        request: Request<SubmitBatchRequest>,
    ) -> Result<Response<SubmitBatchResponse>, Status> {
        let sender = sender(&request)?;
        reply(self.0.submit_batch(request.into_inner(), sender).await)
    }

    async fn submit_and_wait(
        &self,
        request: Request<SubmitAndWaitRequest>,
    ) -> Result<Response<SubmitAndWaitResponse>, Status> {
        let sender = sender(&request)?;
        let transaction = request.into_inner().transaction;
        let decided = self.0.submit_and_wait(transaction, sender).await;
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

/// Who sends, by the token.
fn sender<T>(request: &Request<T>) -> Result<Sender, Status> {
    Ok(if caller(request)?.role >= ADMINISTRATORS_ACT {
        Sender::Administrator
    } else {
        Sender::Clerk {
            needs: ADMINISTRATORS_ACT.word(),
        }
    })
}
