//! Transactions that were signed elsewhere.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::join_all;
use piaolian_contracts::{
    Transaction, chain::Hash, malformed::Malformed, organisations::KeyPurpose,
};
use piaolian_proto::v1::{
    ErrorDetail, SubmitAndWaitRequest, SubmitAndWaitResponse, SubmitBatchRequest,
    SubmitBatchResponse, SubmitRequest, SubmitResponse, SubmitResult, TransactionView,
    submit_result,
};

use super::{Submitter, outcomes::explain};
use crate::{api_error::ApiError, calling_client::CallingClient, error::ServiceError};

/// Transactions of one batch.
const BATCH_MAX: usize = 1_000;
/// Bytes of one batch.
const BATCH_BYTES_MAX: usize = 4 << 20;

/// The role that a client needs for an administrator's transaction.
const ADMINISTRATORS_ROLE: &str = "admin";

impl Submitter {
    /// Takes a transaction that was signed elsewhere. Returns once the transaction waits for a block.
    ///
    /// # Errors
    /// When the client may not submit it, a rule refuses it or this node cannot take it now.
    pub async fn submit(
        &self,
        client: &CallingClient,
        request: SubmitRequest,
    ) -> Result<SubmitResponse, ServiceError> {
        let id = self.submit_one(client, request.transaction).await?;
        Ok(SubmitResponse {
            transaction_id: id.into(),
        })
    }

    /// Takes many transactions, each for itself.
    ///
    /// # Errors
    /// When there are none or too many, or the node stops.
    pub async fn submit_batch(
        &self,
        client: &CallingClient,
        request: SubmitBatchRequest,
    ) -> Result<SubmitBatchResponse, ServiceError> {
        let transactions = request.transactions;
        let bytes: usize = transactions.iter().map(Bytes::len).sum();
        if !(1..=BATCH_MAX).contains(&transactions.len()) || bytes > BATCH_BYTES_MAX {
            let problem = "must be 1 to 1,000, together at most 4 MiB";
            return Err(Malformed::new("transactions", problem).into());
        }
        // They are submitted together, so that admission verifies their signatures as a batch.
        let submitted = transactions
            .into_iter()
            .map(|transaction| self.submit_one(client, transaction));
        let submitted = join_all(submitted);
        let results = submitted.await.into_iter().map(|submitted| {
            let result = match submitted {
                Ok(id) => submit_result::Result::TransactionId(id.into()),
                Err(error) => submit_result::Result::Refusal(first(error.details())),
            };
            SubmitResult {
                result: Some(result),
            }
        });
        Ok(SubmitBatchResponse {
            results: results.collect(),
        })
    }

    /// Takes a transaction and waits for its outcome, which may be a rejection.
    ///
    /// # Errors
    /// When it is not taken, or no block decided it in time.
    pub async fn submit_and_wait(
        &self,
        client: &CallingClient,
        request: SubmitAndWaitRequest,
    ) -> Result<SubmitAndWaitResponse, ServiceError> {
        let transaction = self.decode_of(client, request.transaction)?;
        let submission = self.submit_transaction(&transaction).await?;
        let decided = self.outcome(&transaction, submission).await?;
        let place = self.place(&decided)?;
        let view = TransactionView {
            transaction_id: (*transaction.id()).into(),
            place: Some(place),
            outcome: Some(explain(decided.outcome, decided.height)),
            ..Default::default()
        };
        Ok(SubmitAndWaitResponse {
            transaction: Some(view),
        })
    }

    async fn submit_one(
        &self,
        client: &CallingClient,
        encoded: Bytes,
    ) -> Result<Hash, ServiceError> {
        let transaction = self.decode_of(client, encoded)?;
        self.submit_transaction(&transaction).await?;
        Ok(*transaction.id())
    }

    /// Decodes a transaction that was signed elsewhere. A transaction that an administrator signed also needs a token
    /// with the role admin.
    fn decode_of(
        &self,
        client: &CallingClient,
        encoded: Bytes,
    ) -> Result<Arc<Transaction>, ServiceError> {
        let transaction = self.decode(encoded)?;
        if transaction.key_purpose() == KeyPurpose::Admin && !client.is_administrator {
            return Err(ApiError::RoleMissing {
                role: ADMINISTRATORS_ROLE,
            }
            .into());
        }
        Ok(transaction)
    }
}

fn first(details: Vec<ErrorDetail>) -> ErrorDetail {
    details.into_iter().next().unwrap_or_default()
}
