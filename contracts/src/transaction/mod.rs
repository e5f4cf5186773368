//! Transactions: signed requests to change the ledger.
//!
//! ```text
//!   Transaction { body, signature }
//!     sign bytes = "piaolian/tx/v1" ‖ u32_be(len(chain id)) ‖ chain id ‖ SHA-256(body)
//!     id         = SHA-256(sign bytes)
//!
//!   decode ─► Transaction ─admit─► PublicKey ─verify─► Verified: all that is executed
//! ```
//!
//! The body is hashed as received and never encoded again, so that any protobuf
//! library may make one. The envelope around it has one encoding only.

mod action;
mod batch;
mod envelope;
mod errors;
mod ids;

use std::sync::Arc;

use bytes::Bytes;
use piaolian_proto::v1 as proto;
use prost::Message;

pub use action::Action;
pub use batch::{BATCH_SIGNATURES_MAX, verify_batch};
pub use envelope::Envelope;
pub use errors::Refused;
pub use ids::ClientId;

use self::envelope::check_field_counts;
use crate::{
    chain::{ChainId, Hash, PublicKey, Signature},
    fields::Field,
    malformed::{Malformed, fixed, required},
    organisations::{KeyId, KeyPurpose},
    types::{BlockTime, Operator, OrganisationId},
};

/// Longest body, in bytes: 512 KiB, twice what a thousand receipts need.
pub const BODY_BYTES_MAX: usize = 512 << 10;

/// Longest encoded transaction, in bytes: the body, the signature, and a tag and
/// a length for each.
pub const TRANSACTION_BYTES_MAX: usize = BODY_BYTES_MAX + Signature::BYTES + 8;

/// A well-formed transaction. Its signature is not verified yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Transaction {
    id: Hash,
    sign_bytes: Vec<u8>,
    encoded: Bytes,
    signature: Signature,
    organisation: OrganisationId,
    key_id: KeyId,
    client_id: ClientId,
    valid_until: BlockTime,
    operator: Option<Operator>,
    action: Action,
}

impl Transaction {
    /// Decodes an encoded `Transaction` message of `chain_id`.
    ///
    /// # Errors
    /// When it is too large, malformed, not the one encoding of its envelope, or
    /// meant for another chain.
    pub fn decode(encoded: Bytes, chain_id: &ChainId) -> Result<Self, Refused> {
        Self::from_envelope(Envelope::open(encoded, chain_id)?, chain_id)
    }

    /// Decodes the body of an envelope that was opened for `chain_id`.
    ///
    /// # Errors
    /// When the body is malformed or meant for another chain.
    pub fn from_envelope(envelope: Envelope, chain_id: &ChainId) -> Result<Self, Refused> {
        check_field_counts(&envelope.body)?;
        let body = proto::TransactionBody::decode(envelope.body.clone())
            .map_err(|error| Malformed::new("body", error.to_string()))?;
        if body.chain_id != chain_id.as_str() {
            return Err(Refused::WrongChain {
                expected: chain_id.clone(),
            });
        }
        let transaction = Self::from_body(body, envelope);
        Ok(transaction.map_err(|error| error.within("body"))?)
    }

    fn from_body(body: proto::TransactionBody, envelope: Envelope) -> Result<Self, Malformed> {
        let Envelope {
            id,
            sign_bytes,
            signature,
            encoded,
            ..
        } = envelope;
        Ok(Self {
            id,
            sign_bytes,
            encoded,
            signature,
            organisation: OrganisationId::parse("organisation", &body.organisation)?,
            key_id: KeyId::parse("key_id", body.key_id)?,
            client_id: ClientId::new(fixed("client_id", &body.client_id)?),
            valid_until: BlockTime::from_ms(body.valid_until_ms),
            operator: Field::from_message("operator", body.operator)?,
            action: Action::try_from(required("action", body.action)?)?,
        })
    }

    /// SHA-256 of the sign bytes.
    pub const fn id(&self) -> &Hash {
        &self.id
    }

    /// The acting organisation.
    pub const fn organisation(&self) -> &OrganisationId {
        &self.organisation
    }

    /// The organisation's key that signed.
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Chosen by the client; with the organisation it names the request.
    pub const fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// At or after this block time it can no longer enter.
    pub const fn valid_until(&self) -> BlockTime {
        self.valid_until
    }

    /// The person who acted inside the organisation (经办), when named.
    pub const fn operator(&self) -> Option<&Operator> {
        self.operator.as_ref()
    }

    /// The action.
    pub const fn action(&self) -> &Action {
        &self.action
    }

    /// The signature as received.
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }

    /// The bytes that the signature is over.
    pub fn sign_bytes(&self) -> &[u8] {
        &self.sign_bytes
    }

    /// The encoded `Transaction` message, as blocks hold it.
    pub const fn encoded(&self) -> &Bytes {
        &self.encoded
    }

    /// The most receipts that it would issue or, as a batch or for a claim, alter.
    pub fn receipts(&self) -> u32 {
        let handler = self.action.handler();
        handler
            .issue_count()
            .saturating_add(handler.altered_count())
    }

    /// The purpose that the signing key must have.
    pub fn key_purpose(&self) -> KeyPurpose {
        self.action.handler().key_purpose()
    }

    /// Verifies the signature with the key that [`admit`](crate::admit) returned.
    ///
    /// # Errors
    /// When the signature does not hold.
    pub fn verify(self: Arc<Self>, key: &PublicKey) -> Result<Verified, Refused> {
        match key.verify(&self.sign_bytes, &self.signature) {
            Ok(()) => Ok(Verified {
                transaction: self,
                key: *key,
            }),
            Err(_) => Err(Refused::BadSignature {
                key_id: self.key_id,
            }),
        }
    }
}

/// A transaction with a valid signature. The executor accepts only these, and itself checks that the key is the one in
/// the state.
#[derive(Clone, Debug)]
pub struct Verified {
    transaction: Arc<Transaction>,
    key: PublicKey,
}

impl Verified {
    /// The transaction.
    pub const fn transaction(&self) -> &Arc<Transaction> {
        &self.transaction
    }

    /// The key that verified it.
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }
}

/// The bytes that a transaction signs: `"piaolian/tx/v1" ‖ u32_be(len(chain id)) ‖
/// chain id ‖ SHA-256(body)`. Their SHA-256 is the transaction's id.
pub fn sign_bytes(chain_id: &ChainId, body: &[u8]) -> Vec<u8> {
    let mut bytes = chain_id.begin_sign_bytes("piaolian/tx/v1");
    bytes.extend_from_slice(Hash::sha256(&[body]).as_bytes());
    bytes
}
