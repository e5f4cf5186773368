//! Typed calls: signed by the node for its organisation.
//!
//! ```text
//!   act, options ──► client id known? ──► the first transaction, or its outcome
//!                    └─ body ─sign─► transaction ─admission─► block ─► outcome
//! ```

use std::sync::Arc;

use bytes::Bytes;
use ed25519_dalek::{Signer as _, SigningKey};
use piaolian_contracts::{
    Transaction,
    admission::{CLIENT_IDS, ClientKey},
    chain::{Hash, PublicKey},
    malformed::Malformed,
    organisations::{KeyId, KeyPurpose, ORGANISATIONS},
    transaction::{ClientId, sign_bytes},
};
use piaolian_proto::v1::{self, CallOptions, Submitted, Wait, transaction_body::Action};
use prost::Message;
use rand::RngExt as _;

use super::{
    Service, door::DoorError, error::ServiceError, events::decode, outcomes::accepted, parameters,
};
use crate::{clock, ledger::Settled, store::StateView};

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
pub(super) struct Acted {
    /// For the answer.
    pub(super) submitted: Submitted,
    /// The accepted outcome; `None` when the caller did not want to wait.
    pub(super) settled: Option<Settled>,
}

impl Service {
    /// Signs an act for the node's organisation, submits it, and waits for its
    /// outcome unless the options say otherwise.
    ///
    /// # Errors
    /// When the options are malformed, no key is in force, or the ledger refuses it.
    pub(super) async fn act(
        &self,
        action: Action,
        options: Option<CallOptions>,
    ) -> Result<Acted, ServiceError> {
        let options = Options::parse(options.unwrap_or_default())?;
        let transaction = self.signed(action, &options)?;
        let taken = self.take(&transaction).await?;
        let mut submitted = Submitted {
            transaction_id: (*transaction.id()).into(),
            client_id: Bytes::copy_from_slice(transaction.client_id().as_bytes()),
            place: None,
        };
        if options.wait == Wait::ForAdmission {
            return Ok(Acted {
                submitted,
                settled: None,
            });
        }
        let settled = accepted(self.outcome(&transaction, taken).await?)?;
        submitted.place = Some(self.place(&settled)?);
        Ok(Acted {
            submitted,
            settled: Some(settled),
        })
    }

    /// The transaction of a request: a new one, or that of the same call before.
    fn signed(&self, action: Action, options: &Options) -> Result<Arc<Transaction>, ServiceError> {
        let state = self.state();
        let Some(client_id) = options.client_id else {
            let random = ClientId::new(rand::rng().random());
            return self.sign(&state, action, random, options);
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
            None => Err(DoorError::ClientIdTaken(client_id.to_string()).into()),
        }
    }

    fn sign(
        &self,
        state: &StateView<'_>,
        action: Action,
        client_id: ClientId,
        options: &Options,
    ) -> Result<Arc<Transaction>, ServiceError> {
        let (key_id, key) =
            self.key_in_force(state, self.keys.sign.as_ref(), KeyPurpose::Sign, "sign")?;
        let valid_for_ms = options
            .valid_for_ms
            .min(parameters(state)?.validity_ms_max());
        let valid_from = clock::now().max(state.tip().time);
        let body = v1::TransactionBody {
            chain_id: self.ledger.chain_id().to_string(),
            organisation: self.organisation.to_string(),
            key_id: key_id.get(),
            client_id: Bytes::copy_from_slice(client_id.as_bytes()),
            valid_until_ms: valid_from.after_ms(valid_for_ms).as_ms(),
            operator: options.operator.clone(),
            action: Some(action),
        };
        let body = body.encode_to_vec();
        let signature = key.sign(&sign_bytes(self.ledger.chain_id(), &body));
        let transaction = v1::Transaction {
            body: body.into(),
            signature: Bytes::copy_from_slice(&signature.to_bytes()),
        };
        // The same reading that every node gives it names the field that is malformed.
        self.decode(transaction.encode_to_vec().into())
    }

    /// One of the node's keys, with the id under which the ledger has it in force for
    /// the next block.
    pub(super) fn key_in_force<'k>(
        &self,
        state: &StateView<'_>,
        key: Option<&'k SigningKey>,
        purpose: KeyPurpose,
        word: &'static str,
    ) -> Result<(KeyId, &'k SigningKey), ServiceError> {
        let none = || DoorError::NoKeyInForce(word);
        let key = key.ok_or_else(none)?;
        let public = PublicKey::ed25519(key.verifying_key().to_bytes());
        let organisation = ORGANISATIONS
            .get(state, &self.organisation)?
            .ok_or_else(none)?;
        let next = state.tip().height.next();
        let live = organisation
            .live_keys(purpose, next)
            .find(|live| live.public_key == public);
        Ok((live.ok_or_else(none)?.id, key))
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
