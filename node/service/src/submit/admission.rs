//! Hands transactions to admission, and waits for their outcomes.
//!
//! ```text
//!   in a block already? ──► its outcome
//!   └─ admission ──► waits ──► decided: outcome
//!                       └──── dropped: expired, or another took its client id
//! ```

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use piaolian_contracts::{Refused, Transaction, chain::Hash, transaction::ClientId};
use piaolian_ledger::{CommittedOutcome, LedgerError, PoolError, SubmitError};
use piaolian_proto::v1::Place;
use tokio::{sync::oneshot, time::timeout};

use super::Submitter;
use crate::{
    api_error::{ApiError, Kind},
    error::{Refusal, ServiceError, ServiceFault, detail_of_rule},
    query::chain::block_time,
};

/// Longest wait for an outcome. It is several heartbeats long, and short enough that calls do not pile up when the
/// chain halts.
const OUTCOME_WAIT_MAX: Duration = Duration::from_secs(60);

/// A transaction that was submitted.
pub(super) enum Submission {
    /// A block has it.
    Decided(CommittedOutcome),
    /// It waits for one.
    Waits(oneshot::Receiver<CommittedOutcome>),
}

impl Submitter {
    /// Decodes a transaction of this chain.
    pub(super) fn decode(&self, encoded: Bytes) -> Result<Arc<Transaction>, ServiceError> {
        let decoded = self.admission.decode(encoded);
        decoded.map_err(|refused| refused_at_admission(&refused))
    }

    /// Hands a transaction to admission, unless a block has it already.
    ///
    /// # Errors
    /// When a rule refuses it, or this node cannot take it now.
    pub(super) async fn submit_transaction(
        &self,
        transaction: &Arc<Transaction>,
    ) -> Result<Submission, ServiceError> {
        if let Some(outcome) = self.decided(transaction.id())? {
            return Ok(Submission::Decided(outcome));
        }
        match self.admission.submit(transaction.clone()).await {
            Ok(submitted) => Ok(Submission::Waits(submitted.outcome)),
            // It may have entered a block since the check above.
            Err(error) => match self.decided(transaction.id())? {
                Some(outcome) => Ok(Submission::Decided(outcome)),
                None => Err(not_admitted(transaction.client_id(), error)),
            },
        }
    }

    /// Waits until a block decided a transaction.
    ///
    /// # Errors
    /// When no block decides it in time, or it expires.
    pub(super) async fn outcome(
        &self,
        transaction: &Transaction,
        submission: Submission,
    ) -> Result<CommittedOutcome, ServiceError> {
        let waits = match submission {
            Submission::Decided(outcome) => return Ok(outcome),
            Submission::Waits(waits) => waits,
        };
        match waited(transaction.id(), waits, OUTCOME_WAIT_MAX).await {
            // It may have been dropped because a block has it.
            Err(expired @ ApiError::Expired { .. }) => {
                let outcome = self.decided(transaction.id())?;
                outcome.ok_or_else(|| expired.into())
            }
            waited => Ok(waited?),
        }
    }

    /// Returns the outcome of a transaction, if a block has it.
    pub(super) fn decided(&self, id: &Hash) -> Result<Option<CommittedOutcome>, ServiceError> {
        let Some(location) = self.ledger.view().location(id)? else {
            return Ok(None);
        };
        let outcomes = self
            .ledger
            .view()
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

    /// Returns the place of a decided transaction, with its block's time.
    pub(super) fn place(&self, outcome: &CommittedOutcome) -> Result<Place, ServiceError> {
        let time = block_time(self.ledger.view(), outcome.height)?;
        Ok(Place {
            height: outcome.height.get(),
            index: outcome.index,
            block_time_ms: time.as_ms(),
        })
    }
}

/// Waits for the outcome of transaction `id`, at most for `patience`. If the mempool drops the transaction meanwhile,
/// it has expired.
async fn waited(
    id: &Hash,
    outcome: oneshot::Receiver<CommittedOutcome>,
    patience: Duration,
) -> Result<CommittedOutcome, ApiError> {
    match timeout(patience, outcome).await {
        Ok(Ok(outcome)) => Ok(outcome),
        Ok(Err(_dropped)) => Err(ApiError::Expired { transaction: *id }),
        Err(_elapsed) => Err(ApiError::Undecided { transaction: *id }),
    }
}

fn not_admitted(client_id: &ClientId, error: SubmitError) -> ServiceError {
    match error {
        SubmitError::Refused(refused) => refused_at_admission(&refused),
        SubmitError::Pool(PoolError::Busy) => ApiError::PoolFull.into(),
        SubmitError::Pool(PoolError::ClientIdInUse) => ApiError::ClientIdTaken {
            client_id: client_id.to_string(),
        }
        .into(),
        SubmitError::Stopped(LedgerError::Stopped) => ApiError::Stopping.into(),
        SubmitError::Stopped(LedgerError::Fault(fault)) => ServiceFault::from(fault).into(),
    }
}

/// Returns the error for a rule of admission.
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
    use piaolian_contracts::chain::Height;

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
        assert_eq!(error, Some(ApiError::Expired { transaction: id }));

        let (_waits, outcome) = oneshot::channel();
        let error = waited(&id, outcome, Duration::ZERO).await.err();
        assert_eq!(error, Some(ApiError::Undecided { transaction: id }));
    }

    #[test]
    fn what_keeps_a_transaction_out_has_a_number_of_the_api() {
        let number = |error| {
            let error = not_admitted(&ClientId::new([7; 16]), error);
            (error.details()[0].code, error.kind())
        };
        let pool = |error| number(SubmitError::Pool(error));
        assert_eq!(pool(PoolError::Busy), (9530, Kind::Exhausted));
        assert_eq!(pool(PoolError::ClientIdInUse), (9540, Kind::Taken));
        let stopped = number(SubmitError::Stopped(LedgerError::Stopped));
        assert_eq!(stopped, (9560, Kind::Stopping));
    }
}
