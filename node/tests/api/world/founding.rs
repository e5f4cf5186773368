//! The founding of the chain.

use std::{fs, os::unix::fs::OpenOptionsExt as _, path::Path};

use ed25519_dalek::SigningKey;
use piaolian_base::clock;
use piaolian_contracts::{
    organisations::{KeyPurpose, Role},
    parameters::{Parameters, ProposedParameters},
};
use piaolian_custody::keys::{HeldKey, KeyRing};
use piaolian_genesis::{Entry, Genesis, KeyPair, Presentation};
use piaolian_proto::v1;

use super::{FINANCE, Shape};

pub(super) fn write_closed(path: &Path, text: &str) {
    let mut options = fs::OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    std::io::Write::write_all(&mut file.unwrap(), text.as_bytes()).unwrap();
}

pub(super) fn found(shape: &Shape, held: &[HeldKey], finance: Option<&[HeldKey]>) -> Genesis {
    let chain_id = "piaolian-api".parse().unwrap();
    let presentation = |organisation: &str, roles: Vec<Role>, power| Presentation {
        organisation: organisation.parse().unwrap(),
        name: "One for all".to_owned(),
        roles,
        region: "990100".to_owned(),
        endpoints: Vec::new(),
        power,
    };
    let sign = |presentation: &Presentation, held: &[HeldKey]| {
        let pairs: Vec<&KeyPair> = held.iter().map(HeldKey::pair).collect();
        Entry::sign(&chain_id, presentation, &pairs).unwrap()
    };
    let mut roles = vec![
        Role::Issuer,
        Role::MedicalInsurer,
        Role::ReimbursingUnit,
        Role::CollectingAgency,
        Role::AgentBank,
        Role::CommercialInsurer,
    ];
    let mut entries = Vec::new();
    match finance {
        None => roles.insert(0, Role::Finance),
        Some(held) => {
            let finance = presentation(FINANCE, vec![Role::Finance], 0);
            entries.push(sign(&finance, held));
        }
    }
    entries.push(sign(&presentation(shape.organisation, roles, 1), held));
    let parameters = v1::Parameters {
        line_tolerance_fen: shape.line_tolerance_fen,
        policy_lead_days: 0,
        ..(&Parameters::default()).into()
    };
    let parameters = ProposedParameters::try_from(parameters).unwrap();
    let parameters = parameters.within_bounds().unwrap();
    Genesis::assemble(chain_id, clock::now(), parameters, None, entries).unwrap()
}

pub(super) fn secret(ring: &KeyRing, purpose: KeyPurpose) -> SigningKey {
    SigningKey::from_bytes(&ring.require(purpose).unwrap().pair().secret())
}
