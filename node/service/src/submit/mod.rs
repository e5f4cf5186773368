//! Typed calls: signed by the node for its organisation.
//!
//! ```text
//!   act, options ──► client id known? ──► the first transaction, or its outcome
//!                    └─ body ─sign─► transaction ─admission─► block ─► outcome
//! ```

pub(crate) mod actions;
pub(crate) mod claims;
pub(crate) mod client_ids;
pub(crate) mod outcomes;
pub(crate) mod payments;
pub(crate) mod raw;

use std::sync::Arc;

use bytes::Bytes;
use piaolian_base::clock;
use piaolian_contracts::{
    Transaction,
    admission::{CLIENT_IDS, ClientKey},
    chain::Hash,
    malformed::Malformed,
    organisations::{Key, KeyPurpose, ORGANISATIONS},
    transaction::ClientId,
};
use piaolian_custody::keys::{Author, HeldKey, Intent, random_client_id};
use piaolian_ledger::{CommittedOutcome, StateView};
use piaolian_proto::v1::{self, CallOptions, Submitted, Wait, transaction_body::Action};
use prost::Message;

use crate::{
    Service, api_error::ApiError, error::ServiceError, events::projection::decode, parameters,
    submit::outcomes::accepted,
};

/// How long a typed call's transaction may enter a block where the call names no time, ms.
const VALID_FOR_MS_USUAL: u64 = 600_000;
/// Shortest, ms: below it a busy chain would let most calls expire.
const VALID_FOR_MS_MIN: u64 = 1_000;

/// Options, parsed.
struct Options {
    /// `None`: a random one, which no call can repeat.
    client_id: Option<ClientId>,
    operator: String,
    wait: Wait,
    valid_for_ms: u64,
}

/// A call that was taken.
pub(crate) struct SubmittedAction {
    /// For the answer.
    pub(crate) submitted: Submitted,
    /// The accepted outcome; `None` when the caller did not want to wait.
    pub(crate) settled: Option<CommittedOutcome>,
}

impl Service {
    /// Signs an act for the node's organisation, submits it, and waits for its
    /// outcome unless the options say otherwise.
    ///
    /// # Errors
    /// When the options are malformed, no key is in force, or the ledger refuses it.
    pub(crate) async fn act(
        &self,
        action: Action,
        options: Option<CallOptions>,
    ) -> Result<SubmittedAction, ServiceError> {
        let options = Options::parse(options.unwrap_or_default())?;
        let transaction = self.signed(action, &options)?;
        let taken = self.take(&transaction).await?;
        let mut submitted = Submitted {
            transaction_id: (*transaction.id()).into(),
            client_id: Bytes::copy_from_slice(transaction.client_id().as_bytes()),
            place: None,
        };
        if options.wait == Wait::ForAdmission {
            return Ok(SubmittedAction {
                submitted,
                settled: None,
            });
        }
        let outcome = match self.outcome(&transaction, taken).await {
            Err(ServiceError::Api(ApiError::Expired(_))) => self.first_outcome(&transaction)?,
            outcome => outcome?,
        };
        let settled = accepted(outcome)?;
        submitted.place = Some(self.place(&settled)?);
        Ok(SubmittedAction {
            submitted,
            settled: Some(settled),
        })
    }

    /// The outcome of the same request under the same client id, sent before this node
    /// was last started: it took the place of `later`.
    fn first_outcome(&self, later: &Transaction) -> Result<CommittedOutcome, ServiceError> {
        let expired = || ApiError::Expired(*later.id());
        let asked = decode(later.encoded()).ok_or_else(expired)?;
        let digest = digest(&asked.action.ok_or_else(expired)?, &asked.operator);
        let first = self.in_a_block(&self.state(), later.client_id(), &digest)?;
        let first = first.ok_or_else(expired)?;
        Ok(self.settled(first.id())?.ok_or_else(expired)?)
    }

    /// The transaction of a request: a new one, or that of the same call before.
    fn signed(&self, action: Action, options: &Options) -> Result<Arc<Transaction>, ServiceError> {
        let state = self.state();
        let Some(client_id) = options.client_id else {
            return self.sign(&state, action, random_client_id(), options);
        };
        let digest = digest(&action, &options.operator);
        if let Some(first) = self.client_ids.find(&client_id, &digest, clock::now())? {
            return Ok(first);
        }
        if let Some(first) = self.in_a_block(&state, &client_id, &digest)? {
            return Ok(first);
        }
        let transaction = self.sign(&state, action, client_id, options)?;
        Ok(self.client_ids.remember(digest, transaction))
    }

    /// The transaction that a block has under this client id.
    fn in_a_block(
        &self,
        state: &StateView<'_>,
        client_id: &ClientId,
        digest_asked: &Hash,
    ) -> Result<Option<Arc<Transaction>>, ServiceError> {
        let key = ClientKey::new(&self.organisation, client_id);
        let used = CLIENT_IDS.get(state, &key)?;
        let Some(used) = used.filter(|used| !used.is_over(state.tip().time)) else {
            return Ok(None);
        };
        let block = self.committed(used.height)?;
        let encoded = block.block.transactions.get(used.index as usize);
        let same = encoded.filter(|encoded| {
            decode(encoded).is_some_and(|body| {
                body.action
                    .is_some_and(|action| digest(&action, &body.operator) == *digest_asked)
            })
        });
        match same {
            Some(encoded) => self.decode(encoded.clone()).map(Some),
            None => Err(ApiError::ClientIdTaken(client_id.to_string()).into()),
        }
    }

    fn sign(
        &self,
        state: &StateView<'_>,
        action: Action,
        client_id: ClientId,
        options: &Options,
    ) -> Result<Arc<Transaction>, ServiceError> {
        let held = self.keys.sign.as_ref();
        let key = self.key_in_force(state, held, KeyPurpose::Sign)?.clone();
        let valid_for_ms = options
            .valid_for_ms
            .min(parameters(state)?.validity_ms_max());
        let valid_from = clock::now().max(state.tip().time);
        let author = Author::new(self.ledger.chain_id().clone(), self.organisation, key);
        let signed = author.sign(Intent {
            action,
            operator: options.operator.clone(),
            valid_until: valid_from.after_ms(valid_for_ms),
            client_id,
        });
        let signed = signed.map_err(|_| ApiError::NoKeyInForce(KeyPurpose::Sign))?;
        // The same reading that every node gives it names the field that is malformed.
        self.decode(signed.encoded)
    }

    /// One of the node's keys, when the ledger has it in force for the next block.
    pub(crate) fn key_in_force<'k>(
        &self,
        state: &StateView<'_>,
        held: Option<&'k Arc<HeldKey>>,
        purpose: KeyPurpose,
    ) -> Result<&'k Arc<HeldKey>, ServiceError> {
        let none = || ApiError::NoKeyInForce(purpose);
        let held = held.ok_or_else(none)?;
        let organisation = ORGANISATIONS
            .get(state, &self.organisation)?
            .ok_or_else(none)?;
        let is_held =
            |key: &Key| key.id == held.key_id() && key.public_key == *held.pair().public_key();
        let next = state.tip().height.next();
        let in_force = organisation.live_keys(purpose, next).any(is_held);
        Ok(in_force.then_some(held).ok_or_else(none)?)
    }
}

/// What makes two calls the same: what is asked, and by whom.
fn digest(action: &Action, operator: &str) -> Hash {
    let asked = v1::TransactionBody {
        operator: operator.to_owned(),
        action: Some(action.clone()),
        ..Default::default()
    };
    Hash::sha256(&[&asked.encode_to_vec()])
}

impl Options {
    fn parse(options: CallOptions) -> Result<Self, Malformed> {
        let CallOptions {
            client_id,
            operator,
            wait,
            valid_for_ms,
        } = options;
        let client_id = if client_id.is_empty() {
            None
        } else {
            let bytes = client_id.as_ref().try_into();
            let malformed = |_| Malformed::new("options.client_id", "must be 16 bytes or empty");
            Some(ClientId::new(bytes.map_err(malformed)?))
        };
        let wait = Wait::try_from(wait)
            .map_err(|_| Malformed::new("options.wait", "must be one of its values"))?;
        let valid_for_ms = match valid_for_ms {
            0 => VALID_FOR_MS_USUAL,
            ms if ms >= VALID_FOR_MS_MIN => ms,
            _ => {
                return Err(Malformed::new(
                    "options.valid_for_ms",
                    "must be 0 or at least 1,000",
                ));
            }
        };
        Ok(Self {
            client_id,
            operator,
            wait,
            valid_for_ms,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(number: u64) -> Action {
        let receipt = v1::ReceiptId {
            code: "11010125".to_owned(),
            number,
        };
        Action::LockReceipt(v1::LockReceipt {
            receipt: Some(receipt),
            ..Default::default()
        })
    }

    #[test]
    fn calls_are_the_same_when_act_and_operator_are() {
        assert_eq!(digest(&lock(1), "a"), digest(&lock(1), "a"));
        assert_ne!(digest(&lock(1), "a"), digest(&lock(2), "a"));
        assert_ne!(digest(&lock(1), "a"), digest(&lock(1), "b"));
    }

    #[test]
    fn options_left_out_are_the_usual_ones() {
        let options = Options::parse(CallOptions::default()).unwrap();
        assert_eq!(options.client_id, None);
        assert_eq!(options.wait, Wait::Unspecified);
        assert_eq!(options.valid_for_ms, VALID_FOR_MS_USUAL);
    }

    #[test]
    fn options_out_of_bounds_are_malformed() {
        let bad = [
            CallOptions {
                client_id: vec![1; 15].into(),
                ..Default::default()
            },
            CallOptions {
                wait: 9,
                ..Default::default()
            },
            CallOptions {
                valid_for_ms: 999,
                ..Default::default()
            },
        ];
        for options in bad {
            assert!(Options::parse(options.clone()).is_err(), "{options:?}");
        }
    }
}
