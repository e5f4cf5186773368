//! The transaction of a request: a new one, or that of the same request before.

use std::sync::Arc;

use piaolian_base::clock;
use piaolian_contracts::{
    Transaction,
    admission::{CLIENT_IDS, ClientKey},
    chain::Hash,
    organisations::KeyPurpose,
    transaction::ClientId,
};
use piaolian_custody::keys::{Author, UnsignedTransaction, random_client_id};
use piaolian_ledger::{CommittedOutcome, StateView};
use piaolian_proto::v1::{self, transaction_body::Action};
use prost::Message;

use super::{Submitter, options::Options};
use crate::{
    api_error::ApiError,
    committed::{block_at, decode},
    error::ServiceError,
    member_keys::held_in_force,
    query::parameters,
};

impl Submitter {
    /// Returns the outcome of an earlier transaction with the same request and client id, sent before the node's last
    /// restart. That transaction entered a block, and therefore `later` cannot.
    pub(super) fn outcome_of_earlier_request(
        &self,
        later: &Transaction,
    ) -> Result<CommittedOutcome, ServiceError> {
        let expired = || ApiError::Expired {
            transaction: *later.id(),
        };
        let asked = decode(later.encoded()).ok_or_else(expired)?;
        let digest = digest(&asked.action.ok_or_else(expired)?, &asked.operator);
        let first = self.in_a_block(&self.ledger.view().state(), later.client_id(), &digest)?;
        let first = first.ok_or_else(expired)?;
        Ok(self.decided(first.id())?.ok_or_else(expired)?)
    }

    /// Returns the transaction of a request: a new one, or that of the same request before.
    pub(super) fn signed(
        &self,
        action: Action,
        options: &Options,
    ) -> Result<Arc<Transaction>, ServiceError> {
        let state = self.ledger.view().state();
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

    /// Returns the transaction that a block has under this client id.
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
        let block = block_at(self.ledger.view(), used.height)?;
        let place = used.index as usize;
        let is_same = block.body(place)?.is_some_and(|body| {
            let action = body.action.as_ref();
            action.is_some_and(|action| digest(action, &body.operator) == *digest_asked)
        });
        match block.block().transactions.get(place).filter(|_| is_same) {
            Some(encoded) => self.decode(encoded.clone()).map(Some),
            None => Err(ApiError::ClientIdTaken {
                client_id: client_id.to_string(),
            }
            .into()),
        }
    }

    fn sign(
        &self,
        state: &StateView<'_>,
        action: Action,
        client_id: ClientId,
        options: &Options,
    ) -> Result<Arc<Transaction>, ServiceError> {
        let held = self.sign_key.as_ref();
        let key = held_in_force(state, &self.organisation, held, KeyPurpose::Sign)?.clone();
        let valid_for_ms = options
            .valid_for_ms
            .min(parameters(state)?.validity_ms_max());
        let valid_from = clock::now().max(state.tip().time);
        let author = Author::new(self.ledger.chain_id().clone(), self.organisation, key);
        let signed = author.sign(UnsignedTransaction {
            action,
            operator: options.operator.clone(),
            valid_until: valid_from.after_ms(valid_for_ms),
            client_id,
        });
        let signed = signed.map_err(|_| ApiError::NoKeyInForce {
            purpose: KeyPurpose::Sign,
        })?;
        // Decoding it as every node does names the malformed field.
        self.decode(signed.encoded)
    }
}

/// Returns a digest of action and operator. Two requests are the same when their digests are.
fn digest(action: &Action, operator: &str) -> Hash {
    let asked = v1::TransactionBody {
        operator: operator.to_owned(),
        action: Some(action.clone()),
        ..Default::default()
    };
    Hash::sha256(&[&asked.encode_to_vec()])
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
    fn requests_are_the_same_when_action_and_operator_are() {
        assert_eq!(digest(&lock(1), "a"), digest(&lock(1), "a"));
        assert_ne!(digest(&lock(1), "a"), digest(&lock(2), "a"));
        assert_ne!(digest(&lock(1), "a"), digest(&lock(1), "b"));
    }
}
