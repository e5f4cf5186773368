//! Transactions: taken, waited for, found again.
//!
//! ```text
//!   bytes ──decode──► in a block already? ──► its outcome
//!                     └─ admission ──► waits ──► settled: outcome
//!                                          └──── dropped: expired, or another took its client id
//! ```

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use piaolian_contracts::{
    Refused, Transaction,
    chain::{Hash, Height},
    malformed::Malformed,
    organisations::KeyPurpose,
    transaction::ClientId,
};
use piaolian_ledger::{CommittedOutcome, LedgerError, PoolError, SubmitError};
use piaolian_proto::v1::{
    ErrorDetail, GetTransactionRequest, GetTransactionResponse, Place, SubmitAndWaitRequest,
    SubmitAndWaitResponse, SubmitBatchRequest, SubmitBatchResponse, SubmitRequest, SubmitResponse,
    SubmitResult, TransactionView, submit_result,
};
use tokio::{sync::oneshot, time::timeout};

use crate::{
    Service,
    api_error::{ApiError, Kind},
    error::{Refusal, ServiceError, ServiceFault, detail_of_rule},
    events::projection::{Committed, decode},
    parse::Client,
    submit::outcomes::explain,
};

/// Transactions of one batch.
const BATCH_MAX: usize = 1_000;
/// Bytes of one batch.
const BATCH_BYTES_MAX: usize = 4 << 20;
/// Longest wait for an outcome: many heartbeats, and short enough to free what waits
/// when no block comes.
const OUTCOME_WAIT_MAX: Duration = Duration::from_secs(60);

/// The role that a client needs for an administrator's transaction.
const ADMINISTRATORS_ROLE: &str = "admin";

/// What became of a transaction that was taken.
pub(crate) enum Submission {
    /// A block has it.
    Decided(CommittedOutcome),
    /// It waits for one.
    Waits(oneshot::Receiver<CommittedOutcome>),
}

impl Service {
    /// Takes a transaction that was signed elsewhere; answers once it waits for a block.
    ///
    /// # Errors
    /// When the client may not submit it, a rule refuses it or this node cannot take it now.
    pub async fn submit(
        &self,
        client: &Client,
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
        client: &Client,
        request: SubmitBatchRequest,
    ) -> Result<SubmitBatchResponse, ServiceError> {
        let transactions = request.transactions;
        let bytes: usize = transactions.iter().map(Bytes::len).sum();
        if !(1..=BATCH_MAX).contains(&transactions.len()) || bytes > BATCH_BYTES_MAX {
            let problem = "must be 1 to 1,000, together at most 4 MiB";
            return Err(Malformed::new("transactions", problem).into());
        }
        // Together, so that admission verifies their signatures as a batch.
        let submitted = transactions
            .into_iter()
            .map(|transaction| self.submit_one(client, transaction));
        let submitted = futures::future::join_all(submitted);
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

    /// Takes a transaction and waits for its outcome, which may be a refusal.
    ///
    /// # Errors
    /// When it is not taken, or no block decided it in time.
    pub async fn submit_and_wait(
        &self,
        client: &Client,
        request: SubmitAndWaitRequest,
    ) -> Result<SubmitAndWaitResponse, ServiceError> {
        let transaction = self.decode_of(client, request.transaction)?;
        let taken = self.take(&transaction).await?;
        let settled = self.outcome(&transaction, taken).await?;
        let place = self.place(&settled)?;
        let view = TransactionView {
            transaction_id: (*transaction.id()).into(),
            place: Some(place),
            outcome: Some(explain(settled.outcome, settled.height)),
            ..Default::default()
        };
        Ok(SubmitAndWaitResponse {
            transaction: Some(view),
        })
    }

    async fn submit_one(&self, client: &Client, encoded: Bytes) -> Result<Hash, ServiceError> {
        let transaction = self.decode_of(client, encoded)?;
        self.take(&transaction).await?;
        Ok(*transaction.id())
    }

    /// A transaction and what became of it.
    ///
    /// # Errors
    /// When the id is malformed, the transaction is not known here, or the store cannot be read.
    pub fn get_transaction(
        &self,
        request: &GetTransactionRequest,
    ) -> Result<GetTransactionResponse, ServiceError> {
        let id = Hash::parse("transaction_id", &request.transaction_id)?;
        let view = match self.ledger.store().location(&id)? {
            Some(location) => {
                let block = self.committed(location.height)?;
                view_of(&block, location.index, request.with_transaction)
            }
            None => self.waiting(&id, request.with_transaction),
        };
        let view = view.ok_or_else(|| ServiceError::not_found(format!("transaction {id}")))?;
        Ok(GetTransactionResponse {
            transaction: Some(view),
        })
    }

    pub(crate) fn committed(&self, height: Height) -> Result<Committed, ServiceError> {
        let committed = Committed::read(self.ledger.store(), height)?;
        committed.ok_or_else(|| ServiceError::not_found(format!("block {height}")))
    }

    fn waiting(&self, id: &Hash, with_transaction: bool) -> Option<TransactionView> {
        let waiting = self.ledger.mempool().get(id)?;
        let view = TransactionView {
            transaction_id: (*id).into(),
            ..TransactionView::default()
        };
        Some(with_body(
            view,
            waiting.transaction().encoded(),
            with_transaction,
        ))
    }

    pub(crate) fn decode(&self, encoded: Bytes) -> Result<Arc<Transaction>, ServiceError> {
        let decoded = Transaction::decode(encoded, self.ledger.chain_id());
        decoded.map(Arc::new).map_err(|refused| {
            self.admission.refused_before(&refused);
            refused_at_admission(&refused)
        })
    }

    /// Decodes a transaction that was signed elsewhere: one of an administrator needs an administrator's token, besides
    /// its key.
    fn decode_of(&self, client: &Client, encoded: Bytes) -> Result<Arc<Transaction>, ServiceError> {
        let transaction = self.decode(encoded)?;
        if transaction.key_purpose() == KeyPurpose::Admin && !client.is_administrator {
            return Err(ApiError::RoleMissing(ADMINISTRATORS_ROLE).into());
        }
        Ok(transaction)
    }

    /// Gives a transaction to admission, unless a block has it already.
    pub(crate) async fn take(&self, transaction: &Transaction) -> Result<Submission, ServiceError> {
        if let Some(settled) = self.settled(transaction.id())? {
            return Ok(Submission::Decided(settled));
        }
        match self.admission.submit(transaction.encoded().clone()).await {
            Ok(submitted) => Ok(Submission::Waits(submitted.settled)),
            // It may have entered a block since it was looked for.
            Err(error) => match self.settled(transaction.id())? {
                Some(settled) => Ok(Submission::Decided(settled)),
                None => Err(not_taken(transaction.client_id(), error)),
            },
        }
    }

    /// Waits until a block decided a transaction.
    pub(crate) async fn outcome(
        &self,
        transaction: &Transaction,
        taken: Submission,
    ) -> Result<CommittedOutcome, ServiceError> {
        let waits = match taken {
            Submission::Decided(settled) => return Ok(settled),
            Submission::Waits(waits) => waits,
        };
        match waited(transaction.id(), waits, OUTCOME_WAIT_MAX).await {
            // It may have been dropped because a block has it.
            Err(expired @ ApiError::Expired(_)) => {
                let settled = self.settled(transaction.id())?;
                settled.ok_or_else(|| expired.into())
            }
            waited => Ok(waited?),
        }
    }

    /// What a block decided about a transaction.
    pub(crate) fn settled(&self, id: &Hash) -> Result<Option<CommittedOutcome>, ServiceError> {
        let Some(location) = self.ledger.store().location(id)? else {
            return Ok(None);
        };
        let outcomes = self
            .ledger
            .store()
            .outcomes(location.height)?
            .unwrap_or_default();
        let outcome = outcomes.into_iter().nth(location.index as usize);
        let outcome =
            outcome.ok_or_else(|| ServiceFault::Damaged(format!("block {}", location.height)))?;
        Ok(Some(CommittedOutcome {
            height: location.height,
            index: location.index,
            outcome,
        }))
    }

    /// Where a settled transaction stands, with its block's time.
    pub(crate) fn place(&self, settled: &CommittedOutcome) -> Result<Place, ServiceError> {
        let header = self.ledger.store().header(settled.height)?;
        let header =
            header.ok_or_else(|| ServiceFault::Damaged(format!("block {}", settled.height)))?;
        Ok(Place {
            height: settled.height.get(),
            index: settled.index,
            block_time_ms: header.time.as_ms(),
        })
    }
}

/// The outcome of transaction `id`, when it comes within `patience`. Nothing comes of a
/// transaction that no longer waits: it expired.
async fn waited(
    id: &Hash,
    outcome: oneshot::Receiver<CommittedOutcome>,
    patience: Duration,
) -> Result<CommittedOutcome, ApiError> {
    match timeout(patience, outcome).await {
        Ok(Ok(settled)) => Ok(settled),
        Ok(Err(_dropped)) => Err(ApiError::Expired(*id)),
        Err(_elapsed) => Err(ApiError::Undecided(*id)),
    }
}

/// The transaction at a place of a block, `None` where there is none.
pub(crate) fn view_of(
    block: &Committed,
    index: u32,
    with_transaction: bool,
) -> Option<TransactionView> {
    let place = index as usize;
    let encoded = block.block.transactions.get(place)?;
    let outcome = block.outcomes.get(place)?.clone();
    let view = TransactionView {
        transaction_id: outcome.transaction_id.clone(),
        place: Some(Place {
            height: block.height().get(),
            index,
            block_time_ms: block.time_ms(),
        }),
        outcome: Some(explain(outcome, block.height())),
        ..Default::default()
    };
    Some(with_body(view, encoded, with_transaction))
}

fn with_body(view: TransactionView, encoded: &Bytes, wanted: bool) -> TransactionView {
    if wanted {
        TransactionView {
            encoded: encoded.clone(),
            body: decode(encoded),
            ..view
        }
    } else {
        view
    }
}

fn first(details: Vec<ErrorDetail>) -> ErrorDetail {
    details.into_iter().next().unwrap_or_default()
}

fn not_taken(client_id: &ClientId, error: SubmitError) -> ServiceError {
    match error {
        SubmitError::Refused(refused) => refused_at_admission(&refused),
        SubmitError::Pool(PoolError::Busy) => ApiError::PoolFull.into(),
        SubmitError::Pool(PoolError::ClientIdInUse) => {
            ApiError::ClientIdTaken(client_id.to_string()).into()
        }
        SubmitError::Stopped(LedgerError::Stopped) => ApiError::Stopping.into(),
        SubmitError::Stopped(LedgerError::Fault(fault)) => ServiceFault::from(fault).into(),
    }
}

/// A rule of admission, as an answer.
fn refused_at_admission(refused: &Refused) -> ServiceError {
    let kind = match refused {
        Refused::Malformed { .. }
        | Refused::TooLarge { .. }
        | Refused::WrongChain { .. }
        | Refused::IdentityNumber { .. } => Kind::Malformed,
        Refused::ClientIdConflict { .. } => Kind::Taken,
        Refused::UnknownOrganisation { .. }
        | Refused::UnknownKey { .. }
        | Refused::WrongPurpose { .. }
        | Refused::KeyNotYetLive { .. }
        | Refused::KeyNoLongerLive { .. }
        | Refused::BadSignature { .. }
        | Refused::Expired { .. }
        | Refused::ValidTooLong { .. }
        | Refused::Replayed { .. }
        | Refused::TooManyReceipts { .. } => Kind::Refused,
    };
    let detail = detail_of_rule(refused.code(), &refused.arguments());
    ServiceError::Refused(Refusal { kind, detail })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wait_ends_with_the_outcome_or_says_what_became_of_the_transaction() {
        let id = Hash::sha256(&[b"a transaction"]);
        let (settle, outcome) = oneshot::channel();
        let settled = CommittedOutcome {
            height: Height::new(9),
            index: 0,
            outcome: piaolian_proto::v1::Outcome::default(),
        };
        assert!(settle.send(settled).is_ok());
        let height = waited(&id, outcome, OUTCOME_WAIT_MAX).await.unwrap().height;
        assert_eq!(height, Height::new(9));

        let (dropped, outcome) = oneshot::channel();
        drop(dropped);
        let error = waited(&id, outcome, OUTCOME_WAIT_MAX).await.err();
        assert_eq!(error, Some(ApiError::Expired(id)));

        let (_waits, outcome) = oneshot::channel();
        let error = waited(&id, outcome, Duration::ZERO).await.err();
        assert_eq!(error, Some(ApiError::Undecided(id)));
    }

    #[test]
    fn what_keeps_a_transaction_out_has_a_number_of_the_door() {
        let number = |error| {
            let error = not_taken(&ClientId::new([7; 16]), error);
            (error.details()[0].code, error.kind())
        };
        let pool = |error| number(SubmitError::Pool(error));
        assert_eq!(pool(PoolError::Busy), (9530, Kind::Exhausted));
        assert_eq!(pool(PoolError::ClientIdInUse), (9540, Kind::Taken));
        let stopped = number(SubmitError::Stopped(LedgerError::Stopped));
        assert_eq!(stopped, (9560, Kind::Stopping));
    }
}
