//! Signs transactions for an organisation.
//!
//! ```text
//!   UnsignedTransaction ──► TransactionBody ──encode──► body ──sign──► Transaction bytes
//!                                                         └──► id = SHA-256(sign bytes)
//! ```

use std::sync::Arc;

use bytes::Bytes;
use piaolian_contracts::{
    chain::{ChainId, Hash},
    transaction::{ClientId, sign_bytes},
    types::{BlockTime, OrganisationId},
};
use piaolian_genesis::CannotSign;
use piaolian_proto::v1::{Transaction, TransactionBody, transaction_body::Action};
use prost::Message;
use rand::RngExt;

use super::HeldKey;

/// A transaction of an organisation, not signed yet.
#[derive(Clone, Debug, PartialEq)]
pub struct UnsignedTransaction {
    /// The action.
    pub action: Action,
    /// The person in charge (经办): a login or staff number, at most 64 bytes; may be empty.
    pub operator: String,
    /// Block time from which on no block may include it.
    pub valid_until: BlockTime,
    /// Client id of the request: a request that is repeated with the same id is executed once. [`random_client_id`]
    /// makes new ids.
    pub client_id: ClientId,
}

/// A signed transaction, ready to be submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The transaction's id.
    pub id: Hash,
    /// The client id of the request.
    pub client_id: ClientId,
    /// The encoded [`Transaction`].
    pub encoded: Bytes,
}

/// Signs for an organisation with one of its keys.
#[derive(Clone, Debug)]
pub struct Author {
    chain_id: ChainId,
    organisation: OrganisationId,
    key: Arc<HeldKey>,
}

impl Author {
    /// Makes an author that signs on `chain_id` for `organisation` with `key`.
    pub const fn new(chain_id: ChainId, organisation: OrganisationId, key: Arc<HeldKey>) -> Self {
        Self {
            chain_id,
            organisation,
            key,
        }
    }

    /// Returns the organisation.
    pub const fn organisation(&self) -> &OrganisationId {
        &self.organisation
    }

    /// Returns the signing key.
    pub const fn key(&self) -> &Arc<HeldKey> {
        &self.key
    }

    /// Signs a transaction. The ledger decides whether to accept it.
    ///
    /// # Errors
    /// When the key is an encryption key, which cannot sign.
    pub fn sign(&self, unsigned: UnsignedTransaction) -> Result<Signed, CannotSign> {
        let client_id = unsigned.client_id;
        let body = TransactionBody {
            chain_id: self.chain_id.to_string(),
            organisation: self.organisation.to_string(),
            key_id: self.key.key_id().get(),
            client_id: Bytes::copy_from_slice(client_id.as_bytes()),
            valid_until_ms: unsigned.valid_until.as_ms(),
            operator: unsigned.operator,
            action: Some(unsigned.action),
        };
        let body = Bytes::from(body.encode_to_vec());
        let message = sign_bytes(&self.chain_id, &body);
        let signature = self.key.pair().sign(&message)?;
        let transaction = Transaction {
            body,
            signature: signature.into(),
        };
        Ok(Signed {
            id: Hash::sha256(&[&message]),
            client_id,
            encoded: transaction.encode_to_vec().into(),
        })
    }
}

/// Returns a random client id for a request.
pub fn random_client_id() -> ClientId {
    ClientId::new(rand::rng().random())
}
