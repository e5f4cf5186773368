//! Transactions on their way to the ledger: signed here for the node's organisation, or elsewhere.
//!
//! ```text
//!   action, options ──► client id known? ──► the first transaction, or its outcome
//!                       └─ body ─sign─► transaction ─┐
//!   bytes signed elsewhere ──decode──► transaction ──┴─► admission ──► mempool … block ──► outcome
//! ```
//!
//! Each file has one subject: `signing` makes the transaction of a request, `admission` hands transactions over and
//! waits for their outcomes, `raw` takes transactions that were signed elsewhere, and the others answer calls that
//! sign.

mod actions;
mod admission;
mod claims;
mod client_ids;
mod options;
pub(crate) mod outcomes;
mod payments;
mod raw;
mod signing;

use std::sync::Arc;

use bytes::Bytes;
use piaolian_contracts::types::OrganisationId;
use piaolian_custody::keys::HeldKey;
use piaolian_ledger::{Admission, CommittedOutcome, Ledger};
use piaolian_proto::v1::{CallOptions, Submitted, Wait, transaction_body::Action};

use self::{client_ids::ClientIds, options::Options};
use crate::{api_error::ApiError, error::ServiceError};

/// Signs actions for the node's organisation, and submits transactions.
pub struct Submitter {
    ledger: Ledger,
    admission: Admission,
    organisation: OrganisationId,
    /// `None`: calls that sign are refused.
    sign_key: Option<Arc<HeldKey>>,
    client_ids: ClientIds,
}

/// An action that was signed and submitted.
pub(crate) struct SubmittedAction {
    /// Tells the client which transaction it was, and where it stands.
    pub(crate) answer: Submitted,
    /// The accepted outcome; `None` when the caller did not want to wait.
    pub(crate) outcome: Option<CommittedOutcome>,
}

impl Submitter {
    /// Returns the object that signs for `organisation` with `sign_key`.
    pub(crate) fn new(
        ledger: Ledger,
        admission: Admission,
        organisation: OrganisationId,
        sign_key: Option<Arc<HeldKey>>,
    ) -> Self {
        Self {
            ledger,
            admission,
            organisation,
            sign_key,
            client_ids: ClientIds::default(),
        }
    }

    /// Returns whether the node holds a key to sign with, in force or not.
    pub(crate) const fn has_sign_key(&self) -> bool {
        self.sign_key.is_some()
    }

    /// Signs an action for the node's organisation, submits it, and waits for its outcome unless the options say
    /// otherwise.
    ///
    /// # Errors
    /// When the options are malformed, no key is in force, or the ledger refuses or rejects it.
    pub(crate) async fn sign_and_submit(
        &self,
        action: Action,
        options: Option<CallOptions>,
    ) -> Result<SubmittedAction, ServiceError> {
        let options = Options::parse(options.unwrap_or_default())?;
        let transaction = self.signed(action, &options)?;
        let submission = self.submit_transaction(&transaction).await?;
        let mut answer = Submitted {
            transaction_id: (*transaction.id()).into(),
            client_id: Bytes::copy_from_slice(transaction.client_id().as_bytes()),
            place: None,
        };
        if options.wait == Wait::ForAdmission {
            return Ok(SubmittedAction {
                answer,
                outcome: None,
            });
        }
        let outcome = match self.outcome(&transaction, submission).await {
            Err(ServiceError::Api(ApiError::Expired { .. })) => {
                self.outcome_of_earlier_request(&transaction)?
            }
            outcome => outcome?,
        };
        let outcome = outcomes::accepted(outcome)?;
        answer.place = Some(self.place(&outcome)?);
        Ok(SubmittedAction {
            answer,
            outcome: Some(outcome),
        })
    }
}
