//! Recovering keys after an admin key was lost or stolen.

use piaolian_contracts::{
    chain::Height,
    governance::ProposalState,
    organisations::{KEY_OWNERS, KEYS_MAX, KeyPurpose, RECOVERY_KEYS},
};
use piaolian_proto::v1 as proto;

use crate::world::{
    World, name_of,
    people::{MemberKey, public_key, signing_key},
    requests::{
        ActionRequest, add_key, altered_proposal, propose, recovery_of, revoke_key, rotate, vote,
    },
};

const FOUNDERS: [&str; 4] = ["finance", "hospital", "insurer", "employer"];

/// The number of the hospital's signing key that its recovery brings as admin key …
const NEW_ADMIN: u32 = 90;

/// … and of the one that a thief registers.
const THIEFS: u32 = 66;

/// The hospital's admin key was stolen. Two of three governors have agreed to replace it and
/// the sign key.
fn robbed() -> World {
    let mut world = World::governed(&FOUNDERS, &FOUNDERS, 3);
    let (admin, sign) = (
        signing_key("hospital", NEW_ADMIN),
        signing_key("hospital", 91),
    );
    let keys = [(KeyPurpose::Admin, &admin), (KeyPurpose::Sign, &sign)];
    world
        .accept(propose(recovery_of("hospital", &keys, &[1, 2])))
        .accept(vote("insurer", 1, true));
    world
}

/// Casts the last vote. The recovery takes place in its block, whatever else the block contains.
fn recover(world: &mut World) {
    world.accept(vote("employer", 1, true));
    assert_eq!(world.proposal(1).state, ProposalState::Adopted);
}

fn thiefs_admin_key() -> ActionRequest {
    add_key(
        "hospital",
        KeyPurpose::Admin,
        &signing_key("hospital", THIEFS),
    )
}

fn sign_with(world: &mut World, id: u32, number: u32) {
    world.member_mut("hospital").use_key(MemberKey {
        id,
        purpose: KeyPurpose::Admin,
        signing: signing_key("hospital", number),
    });
}

/// The ids of the hospital's keys of a purpose that act from the next block.
fn live(world: &World, purpose: KeyPurpose) -> Vec<u32> {
    let hospital = world.organisation("hospital");
    let keys = hospital.live_keys(purpose, world.height.next());
    keys.map(|key| key.id.get()).collect()
}

/// The old admin key and the thief's, registered as `thiefs` if it was, sign nothing; the
/// new one, registered as `new`, does.
fn assert_recovered(world: &mut World, thiefs: Option<u32>, new: u32) {
    assert_eq!(live(world, KeyPurpose::Admin), [new]);
    world.refuse(thiefs_admin_key(), "KeyNoLongerLive");
    if let Some(id) = thiefs {
        sign_with(world, id, THIEFS);
        world.refuse(revoke_key("hospital", new), "KeyNoLongerLive");
    }
    sign_with(world, new, NEW_ADMIN);
    world.accept(revoke_key("hospital", 4));
}

#[test]
fn governors_give_a_member_that_lost_its_admin_key_another() {
    let mut world = robbed();
    recover(&mut world);
    assert_eq!(live(&world, KeyPurpose::Sign), [7]);
    assert_recovered(&mut world, None, 6);
}

#[test]
fn a_listed_key_that_a_thief_revokes_first_does_not_hinder_the_recovery() {
    let mut world = robbed();
    world
        .accept(thiefs_admin_key())
        .accept(revoke_key("hospital", 2))
        .accept(revoke_key("hospital", 1));
    recover(&mut world);
    assert_eq!(live(&world, KeyPurpose::Sign), [8]);
    assert_recovered(&mut world, Some(6), 7);
}

#[test]
fn an_admin_key_that_a_thief_adds_ends_although_nobody_listed_it() {
    let mut world = robbed();
    world.accept(thiefs_admin_key());
    recover(&mut world);
    assert_recovered(&mut world, Some(6), 7);
}

#[test]
fn a_thief_who_registers_the_new_keys_first_does_not_hinder_the_recovery() {
    let mut world = robbed();
    let new = signing_key("hospital", NEW_ADMIN);
    // The proof of possession stands in the proposal.
    world.accept(add_key("hospital", KeyPurpose::Admin, &new));
    recover(&mut world);
    let owner = KEY_OWNERS.get(&world.state, &public_key(&new));
    assert_eq!(owner.unwrap().unwrap().key_id.get(), 7);
    assert_recovered(&mut world, None, 7);
}

#[test]
fn a_thief_who_registers_all_keys_that_may_be_leaves_room_for_the_recovery() {
    let mut world = robbed();
    let own = u32::try_from(KEYS_MAX - RECOVERY_KEYS).unwrap();
    for number in 6..=own {
        let key = signing_key("hospital", 1_000 + number);
        world.accept(add_key("hospital", KeyPurpose::Peer, &key));
    }
    world
        .reject(thiefs_admin_key(), "TooManyKeys")
        .naming(["hospital", &own.to_string()]);
    recover(&mut world);
    assert_recovered(&mut world, None, own + 1);
}

#[test]
fn a_listed_key_that_a_thief_has_validate_does_not_hinder_the_recovery() {
    let mut world = World::governed(&FOUNDERS, &FOUNDERS, 3);
    let (admin, spare) = (
        signing_key("hospital", NEW_ADMIN),
        signing_key("hospital", 92),
    );
    let keys = [(KeyPurpose::Admin, &admin)];
    world
        .accept(add_key("hospital", KeyPurpose::Validate, &spare))
        .accept(propose(recovery_of("hospital", &keys, &[1, 6])))
        .accept(vote("insurer", 1, true));
    let height = world.ahead(3);
    world.accept(rotate("hospital", 3, 6, height));
    world.run_to(Height::new(height));
    recover(&mut world);
    assert_eq!(live(&world, KeyPurpose::Validate), [3, 6]);
    assert_recovered(&mut world, None, 7);
}

#[test]
fn an_ended_key_changes_no_keys_in_the_block_that_ended_it() {
    let mut world = robbed();
    let last = world.sign(&vote("employer", 1, true));
    let addition = world.sign(&thiefs_admin_key());
    let revocation = world.sign(&revoke_key("hospital", 6));
    let outcomes = world.block(&[last, addition, revocation]).outcomes;
    let names: Vec<_> = outcomes.iter().map(|o| name_of(o.code)).collect();
    assert_eq!(names, ["accepted", "KeyEnded", "KeyEnded"]);
    assert_recovered(&mut world, None, 6);
}

#[test]
fn a_recovery_brings_an_admin_key_and_obeys_the_rules_of_keys() {
    let mut world = World::new();
    let (admin, held) = (
        signing_key("hospital", NEW_ADMIN),
        signing_key("insurer", 2),
    );
    let (sign, validate) = (signing_key("hospital", 91), signing_key("hospital", 3));
    let recovery = |keys: &[(KeyPurpose, &_)], revoked: &[u32]| {
        propose(recovery_of("hospital", keys, revoked))
    };
    world
        .reject(recovery(&[(KeyPurpose::Sign, &sign)], &[]), "NoAdminKey")
        .naming(["hospital"]);
    let brought = [(KeyPurpose::Admin, &admin)];
    world
        .reject(recovery(&brought, &[3]), "ValidatorKeyInUse")
        .naming(["3"]);
    world
        .reject(
            recovery(&[brought[0], (KeyPurpose::Validate, &validate)], &[]),
            "ValidatorKeyInUse",
        )
        .naming(["3"]);
    // Nor can it list a key that it brings itself.
    for key_id in [6, 77] {
        world
            .reject(recovery(&brought, &[key_id]), "KeyNotRegistered")
            .naming([&key_id.to_string()]);
    }
    world
        .reject(
            recovery(&[brought[0], (KeyPurpose::Sign, &held)], &[]),
            "PublicKeyTaken",
        )
        .naming(["insurer", "2"]);
    world.refuse(recovery(&[brought[0], brought[0]], &[]), "Malformed");
    world.refuse(
        altered_proposal(
            |decision| {
                let proto::proposed_decision::Decision::RecoverKeys(recovery) = decision else {
                    unreachable!()
                };
                recovery.revoked_key_ids = vec![2; 129];
            },
            recovery_of("hospital", &[], &[]),
        ),
        "Malformed",
    );
    world.accept(recovery(&brought, &[]));
    assert_eq!(live(&world, KeyPurpose::Admin), [6]);
}
