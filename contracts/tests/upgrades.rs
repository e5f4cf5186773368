//! Upgrades: validators, their keys and protocol versions, which change at a known height.

mod rotation;
mod versions;

use piaolian_contracts::{
    chain::Height,
    governance::ProposalState,
    organisations::{KeyPurpose, Role},
    upgrades::validators_at,
};
use piaolian_proto::v1 as proto;

use crate::world::{
    World, name_of,
    people::{public_key, signing_key},
    requests::{
        add_altered_key, altered_proposal, propose, protocol_from, removal_of, rotate, suspend,
        validators_from, vote,
    },
};

const FOUR: [(&str, u32, u64); 4] = [
    ("finance", 0, 1),
    ("hospital", 0, 1),
    ("insurer", 0, 1),
    ("employer", 0, 1),
];

/// Finance governs alone; a clinic is a member.
fn world() -> World {
    let mut world = World::new();
    world.admit("clinic", &[Role::Issuer]);
    world
}

fn five() -> Vec<(&'static str, u32, u64)> {
    FOUR.into_iter().chain([("clinic", 3, 1)]).collect()
}

fn names(world: &World) -> Vec<String> {
    world.validators().into_keys().collect()
}

/// Whether `name` decides the next block with its `number`th key.
fn decides_with(world: &World, name: &str, number: u32) -> bool {
    let set = validators_at(&world.state, world.height.next()).unwrap();
    set.by_key(&public_key(&signing_key(name, number)))
        .is_some()
}

#[test]
fn validators_change_at_the_height_that_was_set() {
    let mut world = world();
    let height = world.ahead(4);
    world.accept(propose(validators_from(
        height,
        &[
            ("finance", 0, 2),
            ("hospital", 0, 1),
            ("insurer", 0, 2),
            ("clinic", 3, 1),
        ],
    )));
    let before = world.validators();
    let old = validators_at(&world.state, world.height).unwrap();
    world.run_to(Height::new(height - 2));
    assert_eq!(world.validators(), before);
    let last = world.block(&[]);
    let after = validators_at(&world.state, Height::new(height)).unwrap();
    assert_eq!(last.validators_hash, old.hash());
    assert_eq!(last.next_validators_hash, after.hash());
    assert_eq!(
        world.validators(),
        [
            ("clinic", 1),
            ("finance", 2),
            ("hospital", 1),
            ("insurer", 2)
        ]
        .map(|(name, power)| (name.to_owned(), power))
        .into()
    );
    let next = world.block(&[]);
    assert_eq!(next.validators_hash, after.hash());
    assert_eq!(next.next_validators_hash, after.hash());
    // The deciders of past heights stay known.
    assert_eq!(
        validators_at(&world.state, Height::new(height - 1)).unwrap(),
        old
    );
    assert_eq!(validators_at(&world.state, Height::new(1)).unwrap(), old);
}

#[test]
fn what_is_set_is_two_blocks_ahead_at_least_and_ten_million_at_most() {
    let mut world = world();
    for heights in [0, 1, 2, 10_000_002] {
        let height = world.ahead(heights);
        world
            .reject(
                propose(validators_from(height, &five())),
                "HeightOutOfBounds",
            )
            .naming([&height.to_string()]);
        let height = world.ahead(heights);
        world.reject(propose(protocol_from(2, height)), "HeightOutOfBounds");
        let height = world.ahead(heights);
        world.reject(rotate("hospital", 3, 6, height), "HeightOutOfBounds");
    }
    world.accept(propose(validators_from(world.ahead(10_000_001), &five())));
    world.accept(propose(validators_from(world.ahead(3), &five())));
}

#[test]
fn a_change_that_is_agreed_on_too_late_fails() {
    let mut world = World::governed(
        &["finance", "hospital", "insurer", "employer"],
        &["finance", "hospital"],
        2,
    );
    let height = world.ahead(4);
    world
        .accept(propose(validators_from(height, &FOUR[..3])))
        .accept(vote("hospital", 1, true));
    assert_eq!(world.proposal(1).state, ProposalState::Adopted);

    let height = world.ahead(3);
    world.accept(propose(validators_from(height, &FOUR[..3])));
    world.block(&[]);
    world.accept(vote("hospital", 2, true));
    let failed = world.proposal(2);
    assert_eq!(failed.state, ProposalState::Failed);
    assert_eq!(name_of(failed.failure.unwrap().code), "HeightOutOfBounds");
}

#[test]
fn a_validator_is_an_active_member_with_a_live_validate_key_without_an_end() {
    let mut world = world();
    let with = |world: &World, newcomer| {
        let five: Vec<_> = FOUR.into_iter().chain([newcomer]).collect();
        propose(validators_from(world.ahead(10), &five))
    };
    for key_id in [2, 77] {
        let request = with(&world, ("clinic", key_id, 1));
        world
            .reject(request, "NoEndlessValidateKey")
            .naming(["clinic", &key_id.to_string()]);
    }
    let limited = |key: &mut proto::NewKey| key.last_height = 1_000;
    world.accept(add_altered_key(
        "clinic",
        KeyPurpose::Validate,
        &signing_key("clinic", 90),
        limited,
    ));
    let request = with(&world, ("clinic", 6, 1));
    world.reject(request, "NoEndlessValidateKey");
    let request = with(&world, ("clinic", 0, 1));
    let height = world.ahead(10).to_string();
    world
        .reject(request, "NoValidatorYet")
        .naming(["clinic", &height]);
    world.accept(suspend("clinic"));
    let request = with(&world, ("clinic", 3, 1));
    world.reject(request, "Suspended").naming(["clinic"]);
}

#[test]
fn new_keys_hold_less_than_a_third() {
    let mut world = world();
    let with_power = |world: &World, power| {
        let five: Vec<_> = FOUR.into_iter().chain([("clinic", 3, power)]).collect();
        propose(validators_from(world.ahead(10), &five))
    };
    let request = with_power(&world, 2);
    world.reject(request, "TooMuchNewPower").naming(["2", "6"]);
    let request = with_power(&world, 1);
    world.accept(request);
    // The governors may give any power to validators that stay.
    world.accept(propose(validators_from(
        world.ahead(20),
        &[("finance", 0, 1_000), ("clinic", 0, 1)],
    )));
}

#[test]
fn each_validator_stands_once_with_some_power() {
    let mut world = world();
    for validators in [
        &[][..],
        &[("finance", 0, 1), ("finance", 0, 1)],
        &[("finance", 0, 0)],
        &[("finance", 0, (1 << 32) + 1)],
    ] {
        let request = propose(validators_from(world.ahead(10), validators));
        world.refuse(request, "Malformed");
    }
    let many = altered_proposal(
        |decision| {
            let proto::proposed_decision::Decision::ChangeValidators(change) = decision else {
                unreachable!()
            };
            change.validators = vec![change.validators[0].clone(); 129];
        },
        validators_from(10, &FOUR),
    );
    world.refuse(many, "Malformed");
}

#[test]
fn a_later_word_replaces_what_was_set_for_the_same_height() {
    let mut world = world();
    let height = world.ahead(6);
    world
        .accept(propose(validators_from(height, &five())))
        .accept(propose(validators_from(height, &FOUR[..3])));
    world.run_to(Height::new(height - 1));
    assert_eq!(names(&world), ["finance", "hospital", "insurer"]);
}

#[test]
fn changes_for_several_heights_follow_each_other() {
    let mut world = world();
    let (first, second) = (world.ahead(5), world.ahead(8));
    // A new key of the first change is not new in the second.
    world.accept(propose(validators_from(first, &five())));
    world.accept(propose(validators_from(
        second,
        &[("finance", 0, 1), ("clinic", 0, 1)],
    )));
    // Without the first, it would hold half of the second.
    world
        .reject(propose(validators_from(first, &FOUR)), "TooMuchNewPower")
        .naming([&second.to_string(), "1", "2"]);
    world.run_to(Height::new(first));
    assert_eq!(names(&world).len(), 5);
    world.run_to(Height::new(second - 1));
    assert_eq!(names(&world), ["clinic", "finance"]);
}

#[test]
fn something_is_set_for_256_heights_at_most() {
    let mut world = world();
    let first = world.ahead(10_000);
    for height in first..first + 256 {
        world.accept(propose(validators_from(height, &FOUR)));
    }
    world
        .reject(propose(validators_from(first - 1, &FOUR)), "TooManyPending")
        .naming(["256"]);
    world.accept(propose(validators_from(first, &FOUR[..3])));
}

#[test]
fn a_validator_that_has_left_is_removed() {
    let mut world = world();
    let height = world.ahead(4);
    world.accept(propose(validators_from(height, &FOUR[..3])));
    world.reject(propose(removal_of("employer")), "StillValidator");
    world.run_to(Height::new(height - 1));
    world.accept(propose(removal_of("employer")));
}
