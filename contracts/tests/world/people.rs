//! The organisations of a story, and their keys: all made from their names.

use bytes::Bytes;
use ed25519_dalek::{Signer, SigningKey};
use piaolian_contracts::{
    chain::{ChainId, Hash, KeyAlgorithm, PublicKey},
    organisations::{KeyPurpose, Role, possession_sign_bytes},
    transaction::sign_bytes,
    types::OrganisationId,
};
use piaolian_proto::v1 as proto;
use prost::Message;

pub struct Member {
    pub name: String,
    pub id: OrganisationId,
    pub roles: Vec<Role>,
    pub region: String,
    /// The key that it uses for each purpose.
    keys: Vec<MemberKey>,
}

#[derive(Clone)]
pub struct MemberKey {
    pub id: u32,
    pub purpose: KeyPurpose,
    pub signing: SigningKey,
}

/// The keys that a member brings along, with the ids 1, 2, …
const PURPOSES: [KeyPurpose; 5] = [
    KeyPurpose::Admin,
    KeyPurpose::Sign,
    KeyPurpose::Validate,
    KeyPurpose::Peer,
    KeyPurpose::Supervise,
];

impl Member {
    /// A member whose name tells its roles. An insurer pays statutory and commercial funds.
    pub fn new(name: &str) -> Self {
        let roles = match name.trim_end_matches(char::is_numeric) {
            "finance" => vec![Role::Finance],
            "insurer" => vec![Role::MedicalInsurer, Role::CommercialInsurer],
            "employer" => vec![Role::ReimbursingUnit],
            "police" => vec![Role::CollectingAgency],
            "bank" => vec![Role::AgentBank],
            _ => vec![Role::Issuer],
        };
        let key = |(id, purpose)| MemberKey {
            id,
            purpose,
            signing: signing_key(name, id),
        };
        Self {
            name: name.to_owned(),
            id: code_for(name),
            roles,
            region: "350100".to_owned(),
            keys: (1..).zip(PURPOSES).map(key).collect(),
        }
    }

    pub fn with_roles(mut self, roles: &[Role]) -> Self {
        self.roles = roles.to_vec();
        self
    }

    pub fn key(&self, purpose: KeyPurpose) -> &MemberKey {
        self.keys.iter().find(|key| key.purpose == purpose).unwrap()
    }

    pub fn public_key(&self, purpose: KeyPurpose) -> PublicKey {
        public_key(&self.key(purpose).signing)
    }

    /// Uses another key for its purpose from now on.
    pub fn use_key(&mut self, key: MemberKey) {
        self.keys.retain(|old| old.purpose != key.purpose);
        self.keys.push(key);
    }

    /// Has no key of a purpose to bring along.
    pub fn without(mut self, purpose: KeyPurpose) -> Self {
        self.keys.retain(|key| key.purpose != purpose);
        self
    }

    /// The message that admits it with its keys.
    pub fn admission(&self, chain_id: &ChainId) -> proto::AdmitOrganisation {
        let keys = self.keys.iter();
        let keys = keys.map(|key| new_key(chain_id, &self.id, key.purpose, &key.signing));
        proto::AdmitOrganisation {
            organisation: self.id.to_string(),
            name: format!("{} of Fuzhou", self.name),
            roles: self.roles.iter().map(|role| role.number()).collect(),
            keys: keys.collect(),
            endpoints: vec![proto::Endpoint {
                address: "/ip4/127.0.0.1/tcp/26600".to_owned(),
            }],
            region: self.region.clone(),
        }
    }
}

/// The `number`th key of a member.
pub fn signing_key(name: &str, number: u32) -> SigningKey {
    let seed = Hash::sha256(&[b"test key", name.as_bytes(), &number.to_be_bytes()]);
    SigningKey::from_bytes(seed.as_bytes())
}

pub fn public_key(key: &SigningKey) -> PublicKey {
    PublicKey::ed25519(key.verifying_key().to_bytes())
}

/// A key with proof of possession.
pub fn new_key(
    chain_id: &ChainId,
    organisation: &OrganisationId,
    purpose: KeyPurpose,
    key: &SigningKey,
) -> proto::NewKey {
    let public_key = public_key(key);
    let message = possession_sign_bytes(chain_id, organisation, purpose, &public_key);
    proto::NewKey {
        purpose: i32::from(purpose.number()),
        algorithm: i32::from(KeyAlgorithm::Ed25519.number()),
        public_key: public_key.as_bytes().to_vec().into(),
        proof_of_possession: key.sign(&message).to_bytes().to_vec().into(),
        last_height: 0,
    }
}

/// Signs a body and encodes the transaction.
pub fn sign(chain_id: &ChainId, key: &SigningKey, body: &proto::TransactionBody) -> Bytes {
    let body = body.encode_to_vec();
    let signature = key.sign(&sign_bytes(chain_id, &body));
    let transaction = proto::Transaction {
        body: body.into(),
        signature: signature.to_bytes().to_vec().into(),
    };
    transaction.encode_to_vec().into()
}

/// A valid credit code made from a name.
fn code_for(name: &str) -> OrganisationId {
    let hash = Hash::sha256(&[name.as_bytes()]);
    let digits: String = hash
        .as_bytes()
        .iter()
        .take(9)
        .map(|b| char::from(b'0' + b % 10))
        .collect();
    let body = format!("91350100{digits}");
    "0123456789ABCDEFGHJKLMNPQRTUWXY"
        .chars()
        .find_map(|check| format!("{body}{check}").parse().ok())
        .unwrap()
}
