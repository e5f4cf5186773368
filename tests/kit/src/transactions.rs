//! Signed transactions of sample organisations, valid and invalid ones.
//!
//! ```text
//!   Draft::new(chain, founder, action) ── .purpose, .client, .valid_until … ──► .sign() ──► bytes
//! ```

use std::sync::Arc;

use bytes::Bytes;
use ed25519_dalek::{Signer, SigningKey};
use piaolian_base::clock;
use piaolian_contracts::{
    Transaction,
    chain::{ChainId, Hash, PublicKey},
    organisations::KeyPurpose,
    transaction::{Verified, sign_bytes},
    types::{BlockTime, OrganisationId},
};
use piaolian_genesis::{
    KeyPair,
    sample::{self, Founder},
};
use piaolian_proto::v1::{self, proposed_decision::Decision, transaction_body::Action};
use prost::Message;

use crate::items::{RECEIPT_CODE, TOTAL_FEN, issue_item};

/// Validity of a transaction: longer than any test runs, ms.
const VALIDITY_MS: u64 = 3_600_000;

/// Returns a founder's secret key for a purpose.
///
/// # Panics
/// When the sample has no such key.
pub fn secret(founder: &Founder, purpose: KeyPurpose) -> SigningKey {
    let (_, key) = founder.key(purpose).expect("a sample has every key");
    SigningKey::from_bytes(&key.secret())
}

/// Returns a second key of the organisation at `place`, which can replace the one that it was founded with. `None` when
/// the sample has no key for the purpose.
pub fn next_key(place: usize, seed: u64, purpose: KeyPurpose) -> Option<KeyPair> {
    let keys = sample::founder(place, seed.wrapping_add(1)).keys;
    keys.into_iter().find(|key| key.purpose() == purpose)
}

/// An unsigned transaction.
#[derive(Clone, Debug)]
pub struct Draft {
    chain_id: ChainId,
    organisation: OrganisationId,
    key_id: u32,
    key: SigningKey,
    client_id: [u8; 16],
    valid_until: BlockTime,
    operator: String,
    action: Action,
}

impl Draft {
    /// Creates a transaction of `founder`, for its `sign` key, with a random client id and an hour's validity.
    ///
    /// # Panics
    /// When the sample has no such key.
    pub fn new(chain_id: &ChainId, founder: &Founder, action: Action) -> Self {
        let draft = Self {
            chain_id: chain_id.clone(),
            organisation: founder.presentation.organisation,
            key_id: 0,
            key: secret(founder, KeyPurpose::Sign),
            client_id: rand::random(),
            valid_until: clock::now().after_ms(VALIDITY_MS),
            operator: "op-1".to_owned(),
            action,
        };
        draft.purpose(founder, KeyPurpose::Sign)
    }

    /// Signs with the key for another purpose.
    ///
    /// # Panics
    /// When the sample has no such key.
    #[must_use]
    pub fn purpose(mut self, founder: &Founder, purpose: KeyPurpose) -> Self {
        let (key_id, _) = founder.key(purpose).expect("a sample has every key");
        self.key_id = key_id;
        self.key = secret(founder, purpose);
        self
    }

    /// Addresses another chain.
    #[must_use]
    pub fn chain(mut self, chain_id: ChainId) -> Self {
        self.chain_id = chain_id;
        self
    }

    /// Sets the client id.
    #[must_use]
    pub const fn client(mut self, client_id: [u8; 16]) -> Self {
        self.client_id = client_id;
        self
    }

    /// Sets the end of its validity.
    #[must_use]
    pub const fn valid_until(mut self, time: BlockTime) -> Self {
        self.valid_until = time;
        self
    }

    /// Sets the operator.
    #[must_use]
    pub fn operator(mut self, operator: &str) -> Self {
        operator.clone_into(&mut self.operator);
        self
    }

    /// Returns the encoded transaction, signed.
    pub fn sign(&self) -> Bytes {
        let body = v1::TransactionBody {
            chain_id: self.chain_id.to_string(),
            organisation: self.organisation.to_string(),
            key_id: self.key_id,
            client_id: self.client_id.to_vec().into(),
            valid_until_ms: self.valid_until.as_ms(),
            operator: self.operator.clone(),
            action: Some(self.action.clone()),
        }
        .encode_to_vec();
        let signature = self.key.sign(&sign_bytes(&self.chain_id, &body));
        v1::Transaction {
            body: body.into(),
            signature: signature.to_bytes().to_vec().into(),
        }
        .encode_to_vec()
        .into()
    }

    /// Returns the transaction decoded and verified, as a block's execution needs it.
    ///
    /// # Panics
    /// When it is malformed or was altered to have an invalid signature.
    pub fn verified(&self) -> Verified {
        let decoded = Transaction::decode(self.sign(), &self.chain_id);
        let transaction = Arc::new(decoded.expect("the draft is well-formed"));
        let key = PublicKey::ed25519(self.key.verifying_key().to_bytes());
        transaction.verify(&key).expect("its own key signed it")
    }
}

/// Returns the id of an encoded transaction, in hexadecimal.
///
/// # Panics
/// When the bytes are not a transaction.
pub fn id(chain_id: &ChainId, encoded: &Bytes) -> String {
    let envelope = v1::Transaction::decode(encoded.clone()).expect("it was encoded here");
    Hash::sha256(&[&sign_bytes(chain_id, &envelope.body)]).to_string()
}

/// Finance grants the numbers `first` to `last`.
pub fn grant(issuer: OrganisationId, first: u64, last: u64) -> Action {
    Action::GrantRange(v1::GrantRange {
        issuer: issuer.to_string(),
        receipt_code: RECEIPT_CODE.to_owned(),
        first_number: first,
        last_number: last,
    })
}

/// The hospital issues one receipt of [`TOTAL_FEN`], paid in cash, with the next free number.
pub fn issue(business_number: &str) -> Action {
    let items = vec![issue_item(business_number, clock::now())];
    Action::IssueReceipts(v1::IssueReceipts { items })
}

/// A payer locks a receipt for its claim.
pub fn lock(receipt: &(String, u64), claim_number: &str) -> Action {
    Action::LockReceipt(v1::LockReceipt {
        receipt: Some(receipt_id(receipt)),
        presented_total_fen: TOTAL_FEN,
        claim_number: claim_number.to_owned(),
        lease_ms: VALIDITY_MS,
    })
}

/// A payer books a part of a receipt.
pub fn book(receipt: &(String, u64), fund: v1::FundKind, voucher: &str, amount_fen: i64) -> Action {
    Action::BookReceipt(v1::BookReceipt {
        receipt: Some(receipt_id(receipt)),
        presented_total_fen: TOTAL_FEN,
        fund_kind: fund.into(),
        voucher_number: voucher.to_owned(),
        amount_fen,
        reviewer: "op-2".to_owned(),
        keep_lock: false,
        ..Default::default()
    })
}

/// Finance admits an organisation with all its keys.
pub fn admit(chain_id: &ChainId, founder: &Founder) -> Action {
    let presentation = &founder.presentation;
    let organisation = &presentation.organisation;
    let keys = founder.keys.iter();
    let endpoints = presentation.endpoints.iter().cloned();
    Action::AdmitOrganisation(v1::AdmitOrganisation {
        organisation: organisation.to_string(),
        name: presentation.name.clone(),
        roles: presentation
            .roles
            .iter()
            .map(|role| role.number())
            .collect(),
        keys: keys
            .map(|key| key.registration(chain_id, organisation))
            .collect(),
        endpoints: endpoints.map(|address| v1::Endpoint { address }).collect(),
        region: presentation.region.clone(),
    })
}

/// An organisation registers a new key.
pub fn add_key(chain_id: &ChainId, organisation: &OrganisationId, key: &KeyPair) -> Action {
    Action::AddKey(v1::AddKey {
        key: Some(key.registration(chain_id, organisation)),
    })
}

/// A validator replaces its key from a height on.
pub const fn rotate(old_key_id: u32, new_key_id: u32, effective_height: u64) -> Action {
    Action::RotateValidatorKey(v1::RotateValidatorKey {
        old_key_id,
        new_key_id,
        effective_height,
    })
}

/// A governor proposes the validators from a height on, each with one vote: the organisation, and its key unless it
/// validates already. The vote is open for an hour.
pub fn propose_validators(
    effective_height: u64,
    validators: &[(OrganisationId, Option<u32>)],
) -> Action {
    let validators = validators
        .iter()
        .map(|(organisation, key_id)| v1::ProposedValidator {
            organisation: organisation.to_string(),
            key_id: key_id.unwrap_or_default(),
            power: 1,
        });
    let change = v1::ChangeValidators {
        validators: validators.collect(),
        effective_height,
    };
    Action::Propose(v1::Propose {
        proposal: Some(v1::ProposedDecision {
            decision: Some(Decision::ChangeValidators(change)),
        }),
        reason: "a test".to_owned(),
        open_for_ms: VALIDITY_MS,
    })
}

/// A governor votes in favour.
pub const fn vote_for(proposal_id: u64) -> Action {
    Action::CastVote(v1::CastVote {
        proposal_id,
        in_favour: true,
    })
}

/// An organisation revokes one of its keys.
pub fn revoke(key_id: u32) -> Action {
    Action::RevokeKey(v1::RevokeKey {
        key_id,
        reason: "a test".to_owned(),
    })
}

fn receipt_id((code, number): &(String, u64)) -> v1::ReceiptId {
    v1::ReceiptId {
        code: code.clone(),
        number: *number,
    }
}
