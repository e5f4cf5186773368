//! The entry of an organisation in the founding document.
//!
//! ```text
//!   Presentation + key pairs ──sign──► Entry ──► entry.json
//!                                        ▲
//!                  message from outside ─┘ verify: form, keys, possession, signature
//! ```

use std::collections::BTreeSet;

use piaolian_contracts::{
    chain::{
        BadSignature, ChainId, Hash, KeyAlgorithm, PublicKey, Signature, validators::POWER_MAX,
    },
    malformed::Malformed,
    membership::AdmitOrganisation,
    organisations::{KeyPurpose, NewKey, Role, possession_sign_bytes},
    types::OrganisationId,
};
use piaolian_proto::v1 as proto;
use prost::Message;

use crate::{error::EntryError, key_pair::KeyPair};

const SIGN_DOMAIN: &str = "piaolian/founding-entry/v1";

/// The purposes for which every organisation has a key.
const PURPOSES_OF_ALL: [KeyPurpose; 3] = [KeyPurpose::Admin, KeyPurpose::Sign, KeyPurpose::Peer];

/// The self-description of an organisation: all of an entry but its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presentation {
    /// Its unified social credit code.
    pub organisation: OrganisationId,
    /// Its legal name, 1 to 256 bytes.
    pub name: String,
    /// Its roles, in any order.
    pub roles: Vec<Role>,
    /// Administrative division code, 6 digits.
    pub region: String,
    /// Multiaddresses of its node.
    pub endpoints: Vec<String>,
    /// Voting power; 0: not a validator.
    pub power: u64,
}

/// The verified entry of an organisation: well-formed, with keys that it holds, and signed by the organisation for one
/// chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    chain_id: ChainId,
    message: proto::SignedFoundingEntry,
    admission: AdmitOrganisation,
    power: u64,
}

impl Entry {
    /// Makes and signs an organisation's entry. The keys get the ids 1, 2, … in the order of `keys`; the first admin
    /// key signs.
    ///
    /// # Errors
    /// When the entry would not [`verify`](Entry::verify).
    pub fn sign(
        chain_id: &ChainId,
        presentation: &Presentation,
        keys: &[&KeyPair],
    ) -> Result<Self, EntryError> {
        let organisation = presentation.organisation;
        let entry = presentation.to_message(chain_id, keys);
        let admin = keys.iter().find(|key| key.purpose() == KeyPurpose::Admin);
        let admin = admin.ok_or(EntryError::KeyMissing {
            organisation,
            purpose: KeyPurpose::Admin,
        })?;
        let signature = admin.sign(&sign_bytes(chain_id, &entry))?;
        let message = proto::SignedFoundingEntry {
            entry: Some(entry),
            signature: signature.into(),
        };
        Self::verify(chain_id, message)
    }

    /// Verifies an entry.
    ///
    /// # Errors
    /// When it is malformed, a key is unfit, missing or not held, or the organisation did not sign it for this chain.
    pub fn verify(
        chain_id: &ChainId,
        message: proto::SignedFoundingEntry,
    ) -> Result<Self, EntryError> {
        let absent = |field| Malformed::new(field, "must be present");
        let entry = message.entry.as_ref().ok_or_else(|| absent("entry"))?;
        let proposed = entry
            .organisation
            .as_ref()
            .ok_or_else(|| absent("entry.organisation"))?;
        let admission = AdmitOrganisation::try_from(proposed.clone())?;
        if !proposed.roles.is_sorted_by(|left, right| left < right) {
            return Err(EntryError::RolesOutOfOrder(*admission.organisation()));
        }
        check_purposes(&admission, proposed, entry.power)?;
        check_keys(chain_id, &admission, proposed)?;
        check_signature(chain_id, &admission, entry, &message.signature)?;
        let power = entry.power;
        Ok(Self {
            chain_id: chain_id.clone(),
            message,
            admission,
            power,
        })
    }

    /// Returns the chain of the entry.
    pub const fn chain_id(&self) -> &ChainId {
        &self.chain_id
    }

    /// Returns the organisation.
    pub const fn organisation(&self) -> &OrganisationId {
        self.admission.organisation()
    }

    /// Returns the admission that contracts execute.
    pub const fn admission(&self) -> &AdmitOrganisation {
        &self.admission
    }

    /// Returns the signed message.
    pub const fn message(&self) -> &proto::SignedFoundingEntry {
        &self.message
    }

    /// Returns the voting power; 0: not a validator.
    pub const fn power(&self) -> u64 {
        self.power
    }

    /// Returns the validate key of a validator.
    pub fn validate_key(&self) -> Option<&PublicKey> {
        let mut keys = self.admission.keys().iter();
        keys.find(|key| self.power > 0 && key.purpose() == KeyPurpose::Validate)
            .map(NewKey::public_key)
    }

    /// Tells whether the organisation has `role`.
    pub fn has_role(&self, role: Role) -> bool {
        let organisation = self
            .message
            .entry
            .as_ref()
            .and_then(|e| e.organisation.as_ref());
        organisation.is_some_and(|organisation| organisation.roles.contains(&role.number()))
    }
}

impl Presentation {
    fn to_message(&self, chain_id: &ChainId, keys: &[&KeyPair]) -> proto::FoundingEntry {
        let roles: BTreeSet<i32> = self.roles.iter().map(|role| role.number()).collect();
        let endpoints = self.endpoints.iter();
        proto::FoundingEntry {
            organisation: Some(proto::AdmitOrganisation {
                organisation: self.organisation.to_string(),
                name: self.name.clone(),
                roles: roles.into_iter().collect(),
                keys: keys
                    .iter()
                    .map(|key| key.registration(chain_id, &self.organisation))
                    .collect(),
                endpoints: endpoints
                    .map(|e| proto::Endpoint { address: e.clone() })
                    .collect(),
                region: self.region.clone(),
            }),
            power: self.power,
        }
    }
}

/// Returns the bytes that an entry's admin key signs.
pub(crate) fn sign_bytes(chain_id: &ChainId, entry: &proto::FoundingEntry) -> Vec<u8> {
    let name = chain_id.as_str().as_bytes();
    let length = u32::try_from(name.len()).expect("a chain id has at most 64 bytes");
    let hash = Hash::sha256(&[&entry.encode_to_vec()]);
    [
        SIGN_DOMAIN.as_bytes(),
        &length.to_be_bytes(),
        name,
        hash.as_bytes(),
    ]
    .concat()
}

fn check_purposes(
    admission: &AdmitOrganisation,
    proposed: &proto::AdmitOrganisation,
    power: u64,
) -> Result<(), EntryError> {
    let organisation = *admission.organisation();
    let count = |purpose| {
        admission
            .keys()
            .iter()
            .filter(|key| key.purpose() == purpose)
            .count()
    };
    let is_finance = proposed.roles.contains(&Role::Finance.number());
    let supervise = is_finance.then_some(KeyPurpose::Supervise);
    for purpose in PURPOSES_OF_ALL.into_iter().chain(supervise) {
        if count(purpose) == 0 {
            return Err(EntryError::KeyMissing {
                organisation,
                purpose,
            });
        }
    }
    if power > POWER_MAX {
        return Err(EntryError::Power {
            organisation,
            power,
        });
    }
    if power > 0 && count(KeyPurpose::Validate) != 1 {
        return Err(EntryError::ValidateKeys(organisation));
    }
    Ok(())
}

fn check_keys(
    chain_id: &ChainId,
    admission: &AdmitOrganisation,
    proposed: &proto::AdmitOrganisation,
) -> Result<(), EntryError> {
    let organisation = *admission.organisation();
    let mut seen = BTreeSet::new();
    for (key, message) in admission.keys().iter().zip(&proposed.keys) {
        let (purpose, public_key) = (key.purpose(), *key.public_key());
        let algorithm = public_key.algorithm();
        if algorithm != purpose.algorithm() {
            return Err(EntryError::WrongAlgorithm {
                organisation,
                purpose,
                algorithm,
            });
        }
        public_key.check().map_err(|problem| EntryError::UnfitKey {
            organisation,
            public_key,
            problem,
        })?;
        if !seen.insert(public_key) {
            return Err(EntryError::KeyTwice {
                organisation,
                public_key,
            });
        }
        if algorithm == KeyAlgorithm::Ed25519 {
            let proof = Signature::parse("proof_of_possession", &message.proof_of_possession)?;
            let signed = possession_sign_bytes(chain_id, &organisation, purpose, &public_key);
            public_key.verify(&signed, &proof).map_err(|BadSignature| {
                EntryError::NotPossessed {
                    organisation,
                    public_key,
                }
            })?;
        }
    }
    Ok(())
}

fn check_signature(
    chain_id: &ChainId,
    admission: &AdmitOrganisation,
    entry: &proto::FoundingEntry,
    signature: &[u8],
) -> Result<(), EntryError> {
    let organisation = *admission.organisation();
    let admin = admission
        .keys()
        .iter()
        .find(|key| key.purpose() == KeyPurpose::Admin);
    let admin = admin.ok_or(EntryError::KeyMissing {
        organisation,
        purpose: KeyPurpose::Admin,
    })?;
    let signature = Signature::parse("signature", signature)?;
    admin
        .public_key()
        .verify(&sign_bytes(chain_id, entry), &signature)
        .map_err(|BadSignature| EntryError::NotSigned(organisation))
}
