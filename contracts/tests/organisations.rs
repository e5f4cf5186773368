//! Organisations: admission, suspension, keys, endpoints.

use piaolian_contracts::{
    chain::{Height, KeyAlgorithm},
    organisations::{KeyPurpose, Role},
};

use crate::world::{
    World, name_of,
    people::{self, Member, MemberKey, signing_key},
    requests::{
        Request, add_altered_key, add_key, admit_organisation, book, grant, issue, lock, resume,
        revoke_key, set_parameters, suspend, unlock, update_endpoints,
    },
};

#[test]
fn an_admitted_organisation_acts_from_the_next_block() {
    let mut world = World::new();
    world.know(Member::new("insurer2")).accept(issue("R1"));
    world.refuse(lock("R1", "insurer2"), "UnknownOrganisation");
    let admission = world.sign(&admit_organisation("insurer2"));
    world.block(&[admission]);
    world.accept(lock("R1", "insurer2"));
}

#[test]
fn an_organisation_is_admitted_once() {
    let mut world = World::new();
    world.admit("insurer2", &[Role::Insurer]);
    world
        .reject(admit_organisation("insurer2"), "AlreadyAdmitted")
        .naming(["insurer2", "2"]);
}

#[test]
fn only_finance_admits_suspends_resumes_and_sets_parameters() {
    let mut world = World::new();
    world.know(Member::new("insurer2"));
    for act in [
        admit_organisation("insurer2"),
        suspend("insurer"),
        resume("insurer"),
    ] {
        world
            .reject(act.by("hospital"), "RoleMissing")
            .naming(["hospital", "finance"]);
    }
    world.reject(set_parameters(|_| ()).by("employer"), "RoleMissing");
}

#[test]
fn an_administrators_acts_need_an_admin_key() {
    let mut world = World::new();
    world.know(Member::new("insurer2"));
    let sign = KeyPurpose::Sign;
    world.refuse(
        admit_organisation("insurer2").signed_with(sign),
        "WrongPurpose",
    );
    world.refuse(suspend("insurer").signed_with(sign), "WrongPurpose");
    world.refuse(revoke_key("hospital", 2).signed_with(sign), "WrongPurpose");
    world.refuse(
        update_endpoints("hospital", &[]).signed_with(sign),
        "WrongPurpose",
    );
    world.refuse(set_parameters(|_| ()).signed_with(sign), "WrongPurpose");
    world.refuse(
        grant("hospital", 5_000, 6_000).signed_with(KeyPurpose::Admin),
        "WrongPurpose",
    );
    world.refuse(
        grant("hospital", 5_000, 6_000).signed_with(KeyPurpose::Peer),
        "WrongPurpose",
    );
}

#[test]
fn an_organisation_without_an_admin_key_is_not_admitted() {
    let mut world = World::new();
    world.know(Member::new("insurer2").without(KeyPurpose::Admin));
    world
        .reject(admit_organisation("insurer2"), "NoAdminKey")
        .naming(["insurer2"]);
}

#[test]
fn a_suspended_organisations_acts_are_refused_from_the_next_block() {
    let mut world = World::new();
    let suspension = world.sign(&suspend("hospital"));
    let same_block = world.sign(&issue("R1"));
    let outcomes = world.block(&[suspension, same_block]).outcomes;
    assert_eq!(
        outcomes[1].items[0].code, 0,
        "the parent's state knew of no suspension"
    );

    let from_height = world.height.next().to_string();
    world.reject(issue("R2"), "Suspended").naming([
        "hospital",
        &from_height,
        "licence under review",
    ]);
    world.accept(resume("hospital")).accept(issue("R2"));
}

#[test]
fn a_resumed_organisation_acts_from_the_next_block() {
    let mut world = World::new();
    world.accept(suspend("hospital"));
    let resumption = world.sign(&resume("hospital"));
    let same_block = world.sign(&issue("R1"));
    let outcomes = world.block(&[resumption, same_block]).outcomes;
    assert_eq!(name_of(outcomes[1].code), "Suspended");
    world.accept(issue("R1"));
}

#[test]
fn receipts_of_a_suspended_issuer_stay_bookable() {
    let mut world = World::new();
    world.accept(issue("R1")).accept(suspend("hospital"));
    world
        .accept(lock("R1", "insurer"))
        .accept(book("R1", "insurer", "V1", 60_00));
}

#[test]
fn a_suspended_payer_can_neither_book_nor_unlock() {
    let mut world = World::new();
    world
        .accept(issue("R1"))
        .accept(lock("R1", "insurer"))
        .accept(suspend("insurer"));
    world.reject(book("R1", "insurer", "V1", 1), "Suspended");
    world.reject(unlock("R1", "insurer"), "Suspended");
}

#[test]
fn a_suspended_organisation_still_looks_after_its_keys_and_endpoints() {
    let mut world = World::new();
    world.accept(suspend("hospital"));
    let key = signing_key("hospital", 90);
    world
        .accept(add_key("hospital", KeyPurpose::Sign, &key))
        .accept(revoke_key("hospital", 2));
    world.accept(update_endpoints(
        "hospital",
        &["/dns4/his.example.cn/tcp/26600"],
    ));
}

#[test]
fn suspending_twice_and_resuming_the_active_are_refused() {
    let mut world = World::new();
    world.know(Member::new("insurer9"));
    world
        .reject(resume("insurer"), "NotSuspended")
        .naming(["insurer"]);
    world.accept(suspend("insurer"));
    world
        .reject(suspend("insurer"), "AlreadySuspended")
        .naming(["insurer"]);
    world
        .reject(suspend("insurer9"), "UnknownOrganisation")
        .naming(["insurer9"]);
    world
        .reject(resume("insurer9"), "UnknownOrganisation")
        .naming(["insurer9"]);
}

#[test]
fn the_only_active_finance_bureau_cannot_be_suspended() {
    let mut world = World::new();
    world
        .reject(suspend("finance"), "LastFinance")
        .naming(["finance"]);
    world
        .admit("finance2", &[Role::Finance])
        .accept(suspend("finance"));
    world.reject(suspend("finance2").by("finance2"), "LastFinance");
    world.reject(resume("finance"), "Suspended");
    world
        .accept(resume("finance").by("finance2"))
        .accept(suspend("finance2"));
}

#[test]
fn two_finance_bureaus_cannot_suspend_each_other_in_one_block() {
    let mut world = World::new();
    world.admit("finance2", &[Role::Finance]);
    let one = world.sign(&suspend("finance2"));
    let other = world.sign(&suspend("finance").by("finance2"));
    let outcomes = world.block(&[one, other]).outcomes;
    assert_eq!(outcomes[0].code, 0);
    assert_eq!(name_of(outcomes[1].code), "LastFinance");
}

#[test]
fn keys_rotate_with_overlapping_lives() {
    let mut world = World::new();
    let signing = signing_key("hospital", 90);
    let new = MemberKey {
        id: 6,
        purpose: KeyPurpose::Sign,
        signing: signing.clone(),
    };
    let addition = world.sign(&add_key("hospital", KeyPurpose::Sign, &signing));
    world.block(&[addition]);
    world.accept(issue("signed-by-the-old"));
    world.member_mut("hospital").use_key(new);
    world
        .accept(issue("signed-by-the-new"))
        .accept(revoke_key("hospital", 2));
    world.accept(issue("still-signed-by-the-new"));
}

#[test]
fn a_new_key_does_not_act_in_the_block_that_adds_it() {
    let mut world = World::new();
    let signing = signing_key("hospital", 90);
    let new = MemberKey {
        id: 6,
        purpose: KeyPurpose::Sign,
        signing: signing.clone(),
    };
    let addition = world.sign(&add_key("hospital", KeyPurpose::Sign, &signing));
    world.member_mut("hospital").use_key(new);
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
    let limited = move |key: &mut piaolian_proto::v1::NewKey| key.last_height = last;
    world.accept(add_altered_key(
        "hospital",
        KeyPurpose::Sign,
        &signing,
        limited,
    ));
    world.member_mut("hospital").use_key(MemberKey {
        id: 6,
        purpose: KeyPurpose::Sign,
        signing,
    });
    world.accept(issue("R1")).accept(issue("R2"));
    assert_eq!(world.height, Height::new(last));
    world.refuse(issue("R3"), "KeyNoLongerLive");
}

#[test]
fn a_key_whose_life_is_over_is_not_registered() {
    let mut world = World::new();
    let now = world.height.get() + 1;
    let limited = move |key: &mut piaolian_proto::v1::NewKey| key.last_height = now;
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
    world.member_mut("hospital").use_key(MemberKey {
        id: 6,
        purpose: KeyPurpose::Admin,
        signing,
    });
    world.reject(revoke_key("hospital", 6), "LastAdminKey");
}

#[test]
fn a_key_in_use_by_the_validator_set_cannot_be_revoked() {
    let mut world = World::new();
    world
        .reject(revoke_key("hospital", 3), "ValidatorKeyInUse")
        .naming(["3"]);
    world
        .admit("insurer2", &[Role::Insurer])
        .accept(revoke_key("insurer2", 3));
}

#[test]
fn unknown_keys_cannot_be_revoked() {
    World::new()
        .reject(revoke_key("hospital", 77), "UnknownKey")
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
        let weaken = move |key: &mut piaolian_proto::v1::NewKey| {
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
    let other_purpose = |key: &mut piaolian_proto::v1::NewKey| {
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
    let steal = move |key: &mut piaolian_proto::v1::NewKey| *key = stolen.clone();
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
            add_key("hospital", KeyPurpose::Seal, &key),
            "WrongAlgorithm",
        )
        .naming(["seal", "Ed25519"]);
    let sealing = |key: &mut piaolian_proto::v1::NewKey| {
        key.algorithm = i32::from(KeyAlgorithm::X25519.number());
        key.public_key = vec![9; 32].into();
        key.proof_of_possession = Vec::new().into();
    };
    world.accept(add_altered_key("hospital", KeyPurpose::Seal, &key, sealing));
    let other = |key: &mut piaolian_proto::v1::NewKey| {
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
fn an_organisation_has_at_most_128_keys() {
    let mut world = World::new();
    for number in 6..=128 {
        world.accept(add_key(
            "hospital",
            KeyPurpose::Peer,
            &signing_key("hospital", number),
        ));
    }
    assert_eq!(world.organisation("hospital").keys.len(), 128);
    let one_more = signing_key("hospital", 129);
    world.reject(
        add_key("hospital", KeyPurpose::Peer, &one_more),
        "TooManyKeys",
    );
}

#[test]
fn endpoints_are_replaced() {
    let mut world = World::new();
    world.accept(update_endpoints(
        "hospital",
        &["/ip4/10.0.0.1/tcp/1", "/ip6/::1/tcp/2"],
    ));
    let addresses = |world: &World| {
        let endpoints = world.organisation("hospital").endpoints;
        endpoints
            .iter()
            .map(|endpoint| endpoint.as_str().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(addresses(&world), ["/ip4/10.0.0.1/tcp/1", "/ip6/::1/tcp/2"]);
    world.accept(update_endpoints("hospital", &[]));
    assert_eq!(addresses(&world), [""; 0]);
}

#[test]
fn every_organisation_is_listed_in_order() {
    let mut world = World::new();
    world
        .admit("insurer2", &[Role::Insurer])
        .admit("clinic", &[Role::Issuer]);
    let listed = piaolian_contracts::organisations::all(&world.state, 100).unwrap();
    assert_eq!(listed.len(), 6);
    assert!(listed.is_sorted_by(|a, b| a.id < b.id));
    let last = piaolian_contracts::organisations::all(&world.state, 2).unwrap();
    assert_eq!(last, listed[4..]);
    let request = issue("R1");
    assert_eq!(request.actor(), "hospital");
}
