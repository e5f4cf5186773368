//! Every right, tried by each role, in a suspension, and with each key.

use std::collections::BTreeSet;

use piaolian_contracts::organisations::{KeyPurpose, Role};

use super::{ACTORS, Right, rights, world};
use crate::world::{descriptors::expect_every_action, prelude::*};

/// Those who may do it.
fn entitled(right: &Right) -> impl Iterator<Item = &'static str> {
    ACTORS
        .into_iter()
        .filter(|(_, role)| right.roles.contains(role))
        .map(|(name, _)| name)
}

#[test]
fn every_action_has_its_right_here() {
    let rights = rights().into_iter();
    let listed: BTreeSet<String> = rights.map(|right| right.action.to_owned()).collect();
    expect_every_action(
        &listed,
        "add a row to rights() in contracts/tests/rights.rs",
    );
    let roles = (1..).map_while(|number| Role::parse("", number).ok());
    // The insurer of the stories has both roles of insurers; `money/payers.rs` tells them apart.
    let roles = roles.filter(|role| *role != Role::CommercialInsurer);
    assert!(roles.eq(ACTORS.map(|(_, role)| role)));
}

#[test]
fn whoever_has_the_role_may_and_nobody_else() {
    for right in rights() {
        for (actor, role) in ACTORS {
            let mut world = world();
            let request = (right.request)(&mut world, actor);
            let bytes = world.sign(&request);
            let action = world.check(bytes).unwrap();
            assert_eq!(action.transaction().action().name(), right.action);
            if right.roles.contains(&role) {
                world.accept(request);
            } else {
                world.reject(request, right.refusal).naming([actor]);
            }
        }
    }
}

#[test]
fn a_suspension_takes_every_right_but_the_care_for_own_keys_and_the_answer_to_finance() {
    for right in rights() {
        for actor in entitled(&right) {
            let mut world = world();
            let request = (right.request)(&mut world, actor);
            world.accept(suspend(actor).by("finance2"));
            if right.while_suspended {
                world.accept(request);
            } else {
                world.reject(request, "Suspended").naming([actor]);
            }
        }
    }
}

#[test]
fn an_action_is_signed_with_a_key_of_its_purpose_and_no_other() {
    let purposes = [
        KeyPurpose::Admin,
        KeyPurpose::Sign,
        KeyPurpose::Validate,
        KeyPurpose::Peer,
        KeyPurpose::Supervise,
    ];
    for right in rights() {
        for actor in entitled(&right) {
            for purpose in purposes {
                let mut world = world();
                let request = SignedWith((right.request)(&mut world, actor), purpose);
                if purpose == right.purpose {
                    let bytes = world.sign(&request);
                    assert!(world.check(bytes).is_ok(), "{} {purpose}", right.action);
                } else {
                    world.refuse(request, "WrongPurpose");
                }
            }
        }
    }
}
