//! Making signed transactions.
//!
//! ```text
//!   Intent ──► TransactionBody ──encode──► body ──sign──► Transaction bytes
//!                                            └──► id = SHA-256(sign bytes)
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

/// What somebody in the organisation wants done.
#[derive(Clone, Debug, PartialEq)]
pub struct Intent {
    /// What.
    pub action: Action,
    /// Who wants it (经办): a login or staff number, at most 64 bytes; may be empty.
    pub operator: String,
    /// From this block time on it can no longer enter.
    pub valid_until: BlockTime,
    /// Names the request: sent again with the same body it is done once. A new one
    /// comes from [`random_client_id`].
    pub client_id: ClientId,
}

/// A transaction ready to be submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Its id.
    pub id: Hash,
    /// The request's name.
    pub client_id: ClientId,
    /// An encoded [`Transaction`].
    pub encoded: Bytes,
}

/// Acts for an organisation with one of its keys.
#[derive(Clone, Debug)]
pub struct Author {
    chain_id: ChainId,
    organisation: OrganisationId,
    key: Arc<HeldKey>,
}

impl Author {
    /// Acts on `chain_id` for `organisation` with `key`.
    #[must_use]
    pub const fn new(chain_id: ChainId, organisation: OrganisationId, key: Arc<HeldKey>) -> Self {
        Self {
            chain_id,
            organisation,
            key,
        }
    }

    /// The organisation acted for.
    #[must_use]
    pub const fn organisation(&self) -> &OrganisationId {
        &self.organisation
    }

    /// The key acted with.
    #[must_use]
    pub const fn key(&self) -> &Arc<HeldKey> {
        &self.key
    }

    /// Signs an intent. Whether the ledger accepts it is for the ledger to say.
    ///
    /// # Errors
    /// When the key only opens seals.
    pub fn sign(&self, intent: Intent) -> Result<Signed, CannotSign> {
        let client_id = intent.client_id;
        let body = TransactionBody {
            chain_id: self.chain_id.to_string(),
            organisation: self.organisation.to_string(),
            key_id: self.key.key_id().get(),
            client_id: Bytes::copy_from_slice(client_id.as_bytes()),
            valid_until_ms: intent.valid_until.as_ms(),
            operator: intent.operator,
            action: Some(intent.action),
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

/// A name for a request that no other request has.
#[must_use]
pub fn random_client_id() -> ClientId {
    ClientId::new(rand::rng().random())
}
