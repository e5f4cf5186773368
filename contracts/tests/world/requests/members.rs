//! Requests about organisations and their keys.

use ed25519_dalek::SigningKey;
use piaolian_contracts::organisations::KeyPurpose;
use piaolian_proto::v1::{self as proto, transaction_body::Action};

use super::{ActionRequest, administer};
use crate::world::people;

pub fn admit_organisation(name: &str) -> ActionRequest {
    let name = name.to_owned();
    administer("finance", move |world| {
        Action::AdmitOrganisation(world.member(&name).admission(&world.chain_id))
    })
}

pub fn suspend(name: &str) -> ActionRequest {
    let name = name.to_owned();
    administer("finance", move |world| {
        Action::SuspendOrganisation(proto::SuspendOrganisation {
            organisation: world.member(&name).id.to_string(),
            reason: "licence under review".to_owned(),
        })
    })
}

pub fn resume(name: &str) -> ActionRequest {
    let name = name.to_owned();
    administer("finance", move |world| {
        Action::ResumeOrganisation(proto::ResumeOrganisation {
            organisation: world.member(&name).id.to_string(),
            reason: "review passed".to_owned(),
        })
    })
}

/// Registers a key with proof of possession.
pub fn add_key(name: &str, purpose: KeyPurpose, key: &SigningKey) -> ActionRequest {
    add_altered_key(name, purpose, key, |_| ())
}

/// Registers a key after something was done to the message.
pub fn add_altered_key(
    name: &str,
    purpose: KeyPurpose,
    key: &SigningKey,
    alter: impl Fn(&mut proto::NewKey) + 'static,
) -> ActionRequest {
    let (owner, key) = (name.to_owned(), key.clone());
    administer(name, move |world| {
        let id = world.member(&owner).id;
        let mut key = people::new_key(&world.chain_id, &id, purpose, &key);
        alter(&mut key);
        Action::AddKey(proto::AddKey { key: Some(key) })
    })
}

pub fn revoke_key(name: &str, key_id: u32) -> ActionRequest {
    administer(name, move |_| {
        Action::RevokeKey(proto::RevokeKey {
            key_id,
            reason: "rotated".to_owned(),
        })
    })
}

/// Has another validate key take the place of the one in the set.
pub fn rotate(
    name: &str,
    old_key_id: u32,
    new_key_id: u32,
    effective_height: u64,
) -> ActionRequest {
    administer(name, move |_| {
        Action::RotateValidatorKey(proto::RotateValidatorKey {
            old_key_id,
            new_key_id,
            effective_height,
        })
    })
}

pub fn update_endpoints(name: &str, endpoints: &[&str]) -> ActionRequest {
    let endpoints = endpoints.iter().map(|address| proto::Endpoint {
        address: (*address).to_owned(),
    });
    let endpoints: Vec<_> = endpoints.collect();
    administer(name, move |_| {
        Action::UpdateEndpoints(proto::UpdateEndpoints {
            endpoints: endpoints.clone(),
        })
    })
}
