use piaolian_contracts::{
    chain::UnfitKey,
    organisations::{KeyPurpose, Role},
};

use super::*;
use crate::{entry::Presentation, error::EntryError};

type Alter = fn(&mut Presentation);

fn verify(message: proto::SignedFoundingEntry) -> EntryError {
    Entry::verify(&chain(), message).unwrap_err()
}

/// Signs what a founder would not: the keys as they are left.
fn signed_with(place: usize, alter: impl FnOnce(&mut Founder)) -> Result<Entry, EntryError> {
    let mut founder = sample::founder(place, 1);
    alter(&mut founder);
    founder.entry(&chain())
}

#[test]
fn an_entry_is_written_and_read_as_json() {
    let entry = entry_of(&sample::founder(0, 1));
    assert_eq!(Entry::from_json(&entry.to_json()).unwrap(), entry);
    assert_eq!(entry.chain_id(), &chain());
}

#[test]
fn roles_may_be_given_in_any_order_and_are_signed_in_one() {
    let roles = |roles: &[Role]| {
        signed_with(0, |founder| founder.presentation.roles = roles.to_vec()).unwrap()
    };
    let one = roles(&[Role::Issuer, Role::Finance]);
    assert_eq!(one, roles(&[Role::Finance, Role::Issuer]));
    let mut message = one.message().clone();
    organisation(message.entry.as_mut().unwrap())
        .roles
        .reverse();
    assert_eq!(
        verify(message),
        EntryError::RolesOutOfOrder(*one.organisation())
    );
}

#[test]
fn nobody_can_alter_an_entry() {
    let alterations: [fn(&mut proto::FoundingEntry); 6] = [
        |entry| entry.power = 2,
        |entry| organisation(entry).name.push('x'),
        |entry| organisation(entry).region = "350100".into(),
        |entry| organisation(entry).roles.push(Role::AgentBank.number()),
        |entry| drop(organisation(entry).endpoints.pop()),
        |entry| drop(organisation(entry).keys.pop()),
    ];
    for (place, alter) in alterations.into_iter().enumerate() {
        let error = verify(altered(1, alter));
        assert!(
            matches!(error, EntryError::NotSigned(_)),
            "{place}: {error}"
        );
    }
}

#[test]
fn an_entry_is_for_one_chain() {
    let entry = entry_of(&sample::founder(1, 1));
    let other = "another-chain".parse().unwrap();
    assert!(Entry::verify(&other, entry.message().clone()).is_err());
    let json = entry
        .to_json()
        .replace("piaolian-sample-1", "another-chain");
    assert!(Entry::from_json(&json).is_err());
}

#[test]
fn every_organisation_has_an_admin_a_sign_and_a_peer_key() {
    for missing in [KeyPurpose::Admin, KeyPurpose::Sign, KeyPurpose::Peer] {
        let refused = signed_with(1, |founder| founder.keys.retain(|k| k.purpose() != missing));
        let organisation = sample::presentation(1).organisation;
        assert_eq!(
            refused,
            Err(EntryError::KeyMissing {
                organisation,
                purpose: missing
            })
        );
    }
}

#[test]
fn finance_has_a_supervise_key() {
    let purpose = KeyPurpose::Supervise;
    let refused = signed_with(0, |founder| founder.keys.retain(|k| k.purpose() != purpose));
    let organisation = sample::presentation(0).organisation;
    assert_eq!(
        refused,
        Err(EntryError::KeyMissing {
            organisation,
            purpose
        })
    );
}

#[test]
fn a_validator_has_one_validate_key() {
    let organisation = sample::presentation(1).organisation;
    let without = |founder: &mut Founder| {
        founder
            .keys
            .retain(|key| key.purpose() != KeyPurpose::Validate);
    };
    assert_eq!(
        signed_with(1, without),
        Err(EntryError::ValidateKeys(organisation))
    );
    let second = |founder: &mut Founder| {
        let mut other = sample::founder(1, 2).keys;
        founder.keys.push(other.remove(2));
    };
    assert_eq!(
        signed_with(1, second),
        Err(EntryError::ValidateKeys(organisation))
    );
    let follower = signed_with(1, |founder| {
        without(founder);
        founder.presentation.power = 0;
    });
    assert_eq!(follower.unwrap().validate_key(), None);
}

#[test]
fn power_is_bounded() {
    let refused = signed_with(1, |founder| founder.presentation.power = (1 << 32) + 1);
    assert!(matches!(refused, Err(EntryError::Power { .. })));
}

#[test]
fn weak_keys_are_rejected() {
    let organisation_id = sample::presentation(1).organisation;
    // The neutral element: anyone can sign for it.
    let mut weak = [0; 32];
    weak[0] = 1;
    let error = verify(altered(1, |entry| {
        organisation(entry).keys[1].public_key = weak.to_vec().into();
    }));
    let EntryError::UnfitKey {
        organisation,
        problem,
        ..
    } = error
    else {
        panic!("{error}")
    };
    assert_eq!(
        (organisation, problem),
        (organisation_id, UnfitKey::SmallOrder)
    );
}

#[test]
fn a_key_without_possession_is_rejected() {
    let error = verify(altered(1, |entry| {
        let other = entry_of(&sample::founder(2, 1)).message().clone();
        let stolen = other.entry.unwrap().organisation.unwrap().keys[1].clone();
        organisation(entry).keys[1] = stolen;
    }));
    assert!(matches!(error, EntryError::NotPossessed { .. }), "{error}");
}

#[test]
fn a_key_occurs_once_and_has_one_purpose() {
    let error = verify(altered(1, |entry| {
        let twice = organisation(entry).keys[1].clone();
        organisation(entry).keys.push(twice);
    }));
    assert!(matches!(error, EntryError::KeyTwice { .. }), "{error}");
    let error = verify(altered(1, |entry| {
        organisation(entry).keys[1].purpose = KeyPurpose::Encrypt.number().into();
        organisation(entry).keys[4].purpose = KeyPurpose::Sign.number().into();
    }));
    assert!(
        matches!(error, EntryError::WrongAlgorithm { .. }),
        "{error}"
    );
}

#[test]
fn malformed_fields_are_named() {
    let alterations: [(&str, Alter); 4] = [
        ("name", |p| p.name = String::new()),
        ("region", |p| p.region = "3501".into()),
        ("roles", |p| p.roles = Vec::new()),
        ("endpoints", |p| p.endpoints = vec!["10.0.0.1:26600".into()]),
    ];
    for (field, alter) in alterations {
        let refused = signed_with(1, |founder| alter(&mut founder.presentation)).unwrap_err();
        assert!(refused.to_string().starts_with(field), "{refused}");
    }
    let error = verify(altered(1, |entry| {
        organisation(entry).organisation.replace_range(17.., "0");
    }));
    assert!(error.to_string().contains("check digit"), "{error}");
}
