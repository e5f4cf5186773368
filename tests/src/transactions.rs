//! Signed transactions, right ones and wrong ones.
//!
//! ```text
//!   Draft::new(chain, founder, action) ── .purpose, .client, .valid_until … ──► .sign() ──► bytes
//! ```

use bytes::Bytes;
use ed25519_dalek::{Signer, SigningKey};
use piaolian_base::clock;
use piaolian_contracts::{
    chain::{ChainId, Hash},
    organisations::KeyPurpose,
    transaction::sign_bytes,
    types::{BeijingDate, BeijingTime, BlockTime, OrganisationId},
};
use piaolian_genesis::{
    KeyPair,
    sample::{self, Founder},
};
use piaolian_proto::v1::{self, proposed_decision::Decision, transaction_body::Action};
use prost::Message;

use crate::cluster::Network;

/// The code of the receipts that tests issue.
pub const RECEIPT_CODE: &str = "99060126";

/// The total of each of them, in fen.
pub const TOTAL_FEN: i64 = 10_000;

/// How long a transaction is valid: longer than any test runs, ms.
const VALIDITY_MS: u64 = 3_600_000;

/// The secret key of a founder for a purpose.
///
/// # Panics
/// When the sample has no such key.
#[must_use]
pub fn secret(founder: &Founder, purpose: KeyPurpose) -> SigningKey {
    let (_, key) = founder.key(purpose).expect("a sample has every key");
    SigningKey::from_bytes(&key.secret())
}

/// The key that an organisation holds beside the one that it was founded with, to take
/// its place one day.
///
/// # Panics
/// When the sample has no such key.
#[must_use]
pub fn next_key(network: &Network, place: usize, purpose: KeyPurpose) -> KeyPair {
    next_key_of(place, network.seed, purpose).expect("a sample has every key")
}

/// The same by the seed of the network.
#[must_use]
pub fn next_key_of(place: usize, seed: u64, purpose: KeyPurpose) -> Option<KeyPair> {
    let keys = sample::founder(place, seed.wrapping_add(1)).keys;
    keys.into_iter().find(|key| key.purpose() == purpose)
}

/// A transaction before it is signed.
#[derive(Clone, Debug)]
pub struct Draft {
    chain_id: ChainId,
    organisation: OrganisationId,
    key_id: u32,
    key: SigningKey,
    client_id: [u8; 16],
    valid_until: BlockTime,
    action: Action,
}

impl Draft {
    /// A transaction of `founder`, with its `sign` key and a client id of its own.
    ///
    /// # Panics
    /// When the sample has no such key.
    #[must_use]
    pub fn new(chain_id: &ChainId, founder: &Founder, action: Action) -> Self {
        let draft = Self {
            chain_id: chain_id.clone(),
            organisation: founder.presentation.organisation,
            key_id: 0,
            key: secret(founder, KeyPurpose::Sign),
            client_id: rand::random(),
            valid_until: clock::now().after_ms(VALIDITY_MS),
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

    /// Means it for another chain.
    #[must_use]
    pub fn chain(mut self, chain_id: ChainId) -> Self {
        self.chain_id = chain_id;
        self
    }

    /// Takes this client id.
    #[must_use]
    pub const fn client(mut self, client_id: [u8; 16]) -> Self {
        self.client_id = client_id;
        self
    }

    /// Is valid until then.
    #[must_use]
    pub const fn valid_until(mut self, time: BlockTime) -> Self {
        self.valid_until = time;
        self
    }

    /// The encoded transaction.
    #[must_use]
    pub fn sign(&self) -> Bytes {
        let body = v1::TransactionBody {
            chain_id: self.chain_id.to_string(),
            organisation: self.organisation.to_string(),
            key_id: self.key_id,
            client_id: self.client_id.to_vec().into(),
            valid_until_ms: self.valid_until.as_ms(),
            operator: "op-1".to_owned(),
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
}

/// The id of an encoded transaction, in hexadecimal.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn id(chain_id: &ChainId, encoded: &Bytes) -> String {
    let envelope = v1::Transaction::decode(encoded.clone()).expect("it was encoded here");
    Hash::sha256(&[&sign_bytes(chain_id, &envelope.body)]).to_string()
}

/// Finance grants the numbers `first` to `last`.
#[must_use]
pub fn grant(issuer: OrganisationId, first: u64, last: u64) -> Action {
    Action::GrantRange(v1::GrantRange {
        issuer: issuer.to_string(),
        receipt_code: RECEIPT_CODE.to_owned(),
        first_number: first,
        last_number: last,
    })
}

/// The hospital issues one receipt of [`TOTAL_FEN`], paid in cash, with the next free number.
#[must_use]
pub fn issue(business_number: &str) -> Action {
    let now = clock::now();
    let item = v1::IssueItem {
        receipt_code: RECEIPT_CODE.to_owned(),
        receipt_number: None,
        check_code_salt: vec![7; 16].into(),
        check_code_hash: vec![8; 32].into(),
        issue_date: BeijingDate::at(now).get(),
        issue_time: BeijingTime::at(now).get(),
        total_fen: TOTAL_FEN,
        settlement: Some(v1::Settlement {
            personal_cash_fen: TOTAL_FEN,
            ..v1::Settlement::default()
        }),
        agency: String::new(),
        business_number: business_number.to_owned(),
        details_commitment: vec![9; 32].into(),
        attachment_hash: Bytes::new(),
    };
    Action::IssueReceipts(v1::IssueReceipts { items: vec![item] })
}

/// A payer takes the claim lock of a receipt.
#[must_use]
pub fn lock(receipt: &(String, u64), claim_number: &str) -> Action {
    Action::LockReceipt(v1::LockReceipt {
        receipt: Some(receipt_id(receipt)),
        presented_total_fen: TOTAL_FEN,
        claim_number: claim_number.to_owned(),
        lease_ms: VALIDITY_MS,
    })
}

/// A payer books a part of a receipt.
#[must_use]
pub fn book(receipt: &(String, u64), fund: v1::FundKind, voucher: &str, amount_fen: i64) -> Action {
    Action::BookReceipt(v1::BookReceipt {
        receipt: Some(receipt_id(receipt)),
        presented_total_fen: TOTAL_FEN,
        fund_kind: fund.into(),
        voucher_number: voucher.to_owned(),
        amount_fen,
        reviewer: "op-2".to_owned(),
        keep_lock: false,
    })
}

/// Finance admits an organisation with all its keys.
#[must_use]
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

/// An organisation registers a key of its own.
#[must_use]
pub fn add_key(chain_id: &ChainId, organisation: &OrganisationId, key: &KeyPair) -> Action {
    Action::AddKey(v1::AddKey {
        key: Some(key.registration(chain_id, organisation)),
    })
}

/// A validator has another key of its own decide from a height on.
#[must_use]
pub const fn rotate(old_key_id: u32, new_key_id: u32, effective_height: u64) -> Action {
    Action::RotateValidatorKey(v1::RotateValidatorKey {
        old_key_id,
        new_key_id,
        effective_height,
    })
}

/// A governor puts to the vote for an hour who decides from a height on, each with one
/// vote: organisation, and its key unless it validates already.
#[must_use]
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
#[must_use]
pub const fn vote_for(proposal_id: u64) -> Action {
    Action::CastVote(v1::CastVote {
        proposal_id,
        in_favour: true,
    })
}

/// An organisation ends a key of its own.
#[must_use]
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
