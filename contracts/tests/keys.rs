//! Keys: registration, life, rotation.

use ed25519_dalek::SigningKey;
use piaolian_contracts::{
    chain::{Height, KeyAlgorithm},
    organisations::{KeyPurpose, Role},
    state::{Change, Table},
};
use piaolian_proto::v1 as proto;

use crate::world::{
    World,
    people::{self, Member, MemberKey, signing_key},
    requests::{add_altered_key, add_key, admit_organisation, issue, revoke_key},
};

/// The first key that a member adds to the five that it brings along.
fn sixth_key(purpose: KeyPurpose, signing: SigningKey) -> MemberKey {
    MemberKey {
        id: 6,
        purpose,
        signing,
    }
}

#[test]
fn keys_rotate_with_overlapping_lives() {
    let mut world = World::new();
    let signing = signing_key("hospital", 90);
    let addition = world.sign(&add_key("hospital", KeyPurpose::Sign, &signing));
    world.block(&[addition]);
    world.accept(issue("signed-by-the-old"));
    world
        .member_mut("hospital")
        .use_key(sixth_key(KeyPurpose::Sign, signing));
    world
        .accept(issue("signed-by-the-new"))
        .accept(revoke_key("hospital", 2));
    world.accept(issue("still-signed-by-the-new"));
}

#[test]
fn a_new_key_does_not_act_in_the_block_that_adds_it() {
    let mut world = World::new();
    let signing = signing_key("hospital", 90);
    let addition = world.sign(&add_key("hospital", KeyPurpose::Sign, &signing));
    world
        .member_mut("hospital")
        .use_key(sixth_key(KeyPurpose::Sign, signing));
    world.refuse(issue("R1"), "UnknownKey");
    world.block(&[addition]);
    world.accept(issue("R1"));
}

#[test]
fn a_revoked_key_acts_in_its_last_block_and_never_after() {
    let mut world = World::new();
    let revocation = world.sign(&revoke_key("hospital", 2));
    let last = world.sign(&issue("R1"));
    assert_eq!(
        world.block(&[revocation, last]).outcomes[1].items[0].code,
        0
    );
    world.refuse(issue("R2"), "KeyNoLongerLive");
    world
        .reject(revoke_key("hospital", 2), "KeyEnded")
        .naming(["2", "2"]);
}

#[test]
fn a_key_with_an_end_acts_up_to_that_height() {
    let mut world = World::new();
    let signing = signing_key("hospital", 90);
    let last = world.height.get() + 3;
    let limited = move |key: &mut proto::NewKey| key.last_height = last;
    world.accept(add_altered_key(
        "hospital",
        KeyPurpose::Sign,
        &signing,
        limited,
    ));
    world
        .member_mut("hospital")
        .use_key(sixth_key(KeyPurpose::Sign, signing));
    world.accept(issue("R1")).accept(issue("R2"));
    assert_eq!(world.height, Height::new(last));
    world.refuse(issue("R3"), "KeyNoLongerLive");
}

#[test]
fn a_key_whose_life_is_over_is_not_registered() {
    let mut world = World::new();
    let now = world.height.get() + 1;
    let limited = move |key: &mut proto::NewKey| key.last_height = now;
    let key = signing_key("hospital", 90);
    world.reject(
        add_altered_key("hospital", KeyPurpose::Sign, &key, limited),
        "KeyLifeOver",
    );
}

#[test]
fn the_last_admin_key_cannot_be_revoked() {
    let mut world = World::new();
    world
        .reject(revoke_key("hospital", 1), "LastAdminKey")
        .naming(["1"]);
    let signing = signing_key("hospital", 90);
    world.accept(add_key("hospital", KeyPurpose::Admin, &signing));
    world.accept(revoke_key("hospital", 1));
    world.refuse(revoke_key("hospital", 2), "KeyNoLongerLive");
    world
        .member_mut("hospital")
        .use_key(sixth_key(KeyPurpose::Admin, signing));
    world.reject(revoke_key("hospital", 6), "LastAdminKey");
}

#[test]
fn a_key_in_use_by_the_validator_set_cannot_be_revoked() {
    let mut world = World::new();
    world
        .reject(revoke_key("hospital", 3), "ValidatorKeyInUse")
        .naming(["3"]);
    world
        .admit("insurer2", &[Role::MedicalInsurer, Role::CommercialInsurer])
        .accept(revoke_key("insurer2", 3));
}

#[test]
fn revoking_a_key_that_cannot_validate_reads_nothing_of_what_validators_are_set() {
    let mut world = World::new();
    // A node that reads this record faults.
    let unreadable = Change {
        key: [&[Table::Upgrades.prefix()], &u64::MAX.to_be_bytes()[..]].concat(),
        value: Some(vec![0xff]),
    };
    world.state.apply(&[unreadable]);
    world
        .accept(revoke_key("hospital", 2))
        .accept(revoke_key("hospital", 4))
        .reject(revoke_key("hospital", 1), "LastAdminKey");
    world
        .reject(revoke_key("hospital", 77), "KeyNotRegistered")
        .naming(["77"]);
}

#[test]
fn unknown_keys_cannot_be_revoked() {
    World::new()
        .reject(revoke_key("hospital", 77), "KeyNotRegistered")
        .naming(["hospital", "77"]);
}

#[test]
fn a_public_key_is_registered_once_over_all_organisations() {
    let mut world = World::new();
    let taken = signing_key("insurer", 4);
    world
        .reject(
            add_key("hospital", KeyPurpose::Peer, &taken),
            "PublicKeyTaken",
        )
        .naming(["insurer", "4"]);
    let own = signing_key("hospital", 2);
    world.reject(
        add_key("hospital", KeyPurpose::Admin, &own),
        "PublicKeyTaken",
    );
    // Also a revoked one, and also within one admission.
    world.accept(revoke_key("hospital", 4));
    let revoked = signing_key("hospital", 4);
    world.reject(
        add_key("insurer", KeyPurpose::Peer, &revoked),
        "PublicKeyTaken",
    );
    let mut twice = Member::new("insurer2");
    twice.use_key(MemberKey {
        id: 2,
        purpose: KeyPurpose::Sign,
        signing: signing_key("insurer2", 1),
    });
    world
        .know(twice)
        .reject(admit_organisation("insurer2"), "PublicKeyTaken");
}

#[test]
fn weak_keys_are_not_registered() {
    let mut world = World::new();
    let key = signing_key("hospital", 90);
    // The neutral element, and a second encoding of the point y = 3.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let mut not_canonical = [0xff; 32];
    (not_canonical[0], not_canonical[31]) = (0xf0, 0x7f);
    for (bytes, problem) in [
        (neutral, "the public key has small order"),
        (not_canonical, "the public key is not canonically encoded"),
    ] {
        let weaken = move |key: &mut proto::NewKey| {
            key.public_key = bytes.to_vec().into();
        };
        world
            .reject(
                add_altered_key("hospital", KeyPurpose::Sign, &key, weaken),
                "UnfitPublicKey",
            )
            .naming([problem]);
    }
}

#[test]
fn registering_a_key_needs_proof_of_possession() {
    let mut world = World::new();
    let key = signing_key("hospital", 90);
    // The proof is for one organisation and one purpose.
    let other_purpose = |key: &mut proto::NewKey| {
        key.purpose = i32::from(KeyPurpose::Peer.number());
    };
    world.reject(
        add_altered_key("hospital", KeyPurpose::Sign, &key, other_purpose),
        "NotPossessed",
    );
    let stolen = people::new_key(
        &world.chain_id.clone(),
        &world.member("insurer").id,
        KeyPurpose::Sign,
        &key,
    );
    let steal = move |key: &mut proto::NewKey| *key = stolen.clone();
    world.reject(
        add_altered_key("hospital", KeyPurpose::Sign, &key, steal),
        "NotPossessed",
    );
}

#[test]
fn the_algorithm_fits_the_purpose() {
    let mut world = World::new();
    let key = signing_key("hospital", 90);
    world
        .reject(
            add_key("hospital", KeyPurpose::Encrypt, &key),
            "WrongAlgorithm",
        )
        .naming(["encrypt", "Ed25519"]);
    let sealing = |key: &mut proto::NewKey| {
        key.algorithm = i32::from(KeyAlgorithm::X25519.number());
        key.public_key = vec![9; 32].into();
        key.proof_of_possession = Vec::new().into();
    };
    world.accept(add_altered_key(
        "hospital",
        KeyPurpose::Encrypt,
        &key,
        sealing,
    ));
    let other = |key: &mut proto::NewKey| {
        key.algorithm = i32::from(KeyAlgorithm::X25519.number());
        key.public_key = vec![10; 32].into();
        key.proof_of_possession = Vec::new().into();
    };
    world
        .reject(
            add_altered_key("hospital", KeyPurpose::Sign, &key, other),
            "WrongAlgorithm",
        )
        .naming(["sign", "X25519"]);
}

#[test]
fn an_organisation_registers_112_keys_at_most() {
    let mut world = World::new();
    for number in 6..=112 {
        world.accept(add_key(
            "hospital",
            KeyPurpose::Peer,
            &signing_key("hospital", number),
        ));
    }
    assert_eq!(world.organisation("hospital").keys.len(), 112);
    let one_more = signing_key("hospital", 113);
    world
        .reject(
            add_key("hospital", KeyPurpose::Peer, &one_more),
            "TooManyKeys",
        )
        .naming(["hospital", "112"]);
}
