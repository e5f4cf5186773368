//! Upgrades: validators, their keys and protocol versions, which change at a known height.

use piaolian_contracts::{
    chain::{Height, ValidatorSet},
    execute::{BlockExecutor, Context},
    governance::ProposalState,
    organisations::{KeyPurpose, Role},
    upgrades::{UPGRADES, validators_at, version_at},
};
use piaolian_proto::v1 as proto;

use crate::world::{
    World, name_of,
    people::{MemberKey, public_key, signing_key},
    requests::{
        add_altered_key, add_key, altered_proposal, propose, protocol_from, recovery_of,
        removal_of, revoke_key, rotate, suspend, validators_from, vote,
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
    // Who decided what stays known.
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
    // Those who stay may weigh what the governors like.
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
    // A newcomer of the first is no newcomer to the second.
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
fn a_validators_key_rotates_at_its_height() {
    let mut world = world();
    let key = signing_key("hospital", 90);
    world.accept(add_key("hospital", KeyPurpose::Validate, &key));
    let height = world.ahead(6);
    world.accept(rotate("hospital", 3, 6, height));
    for key_id in [3, 6] {
        world
            .reject(revoke_key("hospital", key_id), "ValidatorKeyInUse")
            .naming([&key_id.to_string()]);
    }
    assert!(decides_with(&world, "hospital", 3));
    world.run_to(Height::new(height - 1));
    assert!(decides_with(&world, "hospital", 90) && !decides_with(&world, "hospital", 3));
    assert_eq!(world.validators()["hospital"], 1);
    world.accept(revoke_key("hospital", 3));
    world.reject(revoke_key("hospital", 6), "ValidatorKeyInUse");
}

#[test]
fn a_rotation_needs_a_key_in_the_set_and_a_fit_one_that_is_not() {
    let mut world = world();
    let key = signing_key("hospital", 90);
    world.accept(add_key("hospital", KeyPurpose::Validate, &key));
    let (near, far) = (world.ahead(20), world.ahead(30));
    world
        .reject(rotate("hospital", 77, 6, near), "UnknownKey")
        .naming(["hospital", "77"]);
    world
        .reject(rotate("hospital", 3, 2, near), "NoEndlessValidateKey")
        .naming(["hospital", "2"]);
    world
        .reject(rotate("hospital", 3, 3, near), "ValidatorKeyInUse")
        .naming(["3"]);
    world
        .reject(rotate("clinic", 3, 3, near), "NotInValidatorSet")
        .naming(["3", &near.to_string()]);
    world.accept(propose(validators_from(far, &[FOUR[0], FOUR[2], FOUR[3]])));
    world
        .reject(rotate("hospital", 3, 6, far), "NotInValidatorSet")
        .naming(["3", &far.to_string()]);
    world.accept(rotate("hospital", 3, 6, near));
    world
        .reject(rotate("hospital", 3, 6, far), "RotationPending")
        .naming(["hospital", &near.to_string()]);
}

#[test]
fn a_validator_never_goes_back_to_an_older_key() {
    let mut world = world();
    for number in [90, 91] {
        let key = signing_key("hospital", number);
        world.accept(add_key("hospital", KeyPurpose::Validate, &key));
    }
    let height = world.ahead(3);
    world.accept(rotate("hospital", 3, 7, height));
    world.run_to(Height::new(height));
    for older in [3, 6] {
        let height = world.ahead(3);
        world
            .reject(rotate("hospital", 7, older, height), "KeyNotNewer")
            .naming([&older.to_string(), "7"]);
    }
}

#[test]
fn a_key_that_was_registered_anew_counts_by_its_latest_number() {
    let mut world = World::new();
    let (validate, admin) = (signing_key("hospital", 90), signing_key("hospital", 91));
    let brought = [
        (KeyPurpose::Admin, &admin),
        (KeyPurpose::Validate, &validate),
    ];
    world
        .accept(add_key("hospital", KeyPurpose::Validate, &validate))
        .accept(add_key(
            "hospital",
            KeyPurpose::Validate,
            &signing_key("hospital", 92),
        ))
        .accept(propose(recovery_of("hospital", &brought, &[])));
    world.member_mut("hospital").use_key(MemberKey {
        id: 8,
        purpose: KeyPurpose::Admin,
        signing: admin,
    });
    let height = world.ahead(3);
    world.accept(rotate("hospital", 3, 9, height));
    world.run_to(Height::new(height));
    // Key 7 was registered after number 6 of the key that validates, and before 9.
    let height = world.ahead(3);
    world
        .reject(rotate("hospital", 6, 7, height), "KeyNotNewer")
        .naming(["7", "9"]);
}

#[test]
fn a_rotation_reaches_sets_that_are_set_for_later() {
    let mut world = world();
    let key = signing_key("hospital", 90);
    world.accept(add_key("hospital", KeyPurpose::Validate, &key));
    let (rotation, change) = (world.ahead(6), world.ahead(9));
    world
        .accept(propose(validators_from(change, &five())))
        .accept(rotate("hospital", 3, 6, rotation));
    world.run_to(Height::new(change - 1));
    assert_eq!(names(&world).len(), 5);
    assert!(decides_with(&world, "hospital", 90) && !decides_with(&world, "hospital", 3));
    world.accept(revoke_key("hospital", 3));
}

#[test]
fn a_set_and_a_rotation_of_one_height_both_take_effect() {
    let mut world = world();
    let key = signing_key("hospital", 90);
    world.accept(add_key("hospital", KeyPurpose::Validate, &key));
    let height = world.ahead(6);
    world.accept(rotate("hospital", 3, 6, height));
    // A rotation does not keep the governors from changing validators then.
    world.accept(propose(validators_from(height, &five())));
    world.run_to(Height::new(height - 1));
    assert_eq!(names(&world).len(), 5);
    assert!(decides_with(&world, "hospital", 90) && !decides_with(&world, "hospital", 3));
}

#[test]
fn a_rotation_of_a_validator_that_leaves_before_changes_nothing() {
    let mut world = world();
    let key = signing_key("hospital", 90);
    world.accept(add_key("hospital", KeyPurpose::Validate, &key));
    let (leaves, rotation) = (world.ahead(6), world.ahead(9));
    world
        .accept(rotate("hospital", 3, 6, rotation))
        .accept(propose(validators_from(
            leaves,
            &[FOUR[0], FOUR[2], FOUR[3]],
        )));
    world.run_to(Height::new(rotation));
    assert_eq!(names(&world), ["employer", "finance", "insurer"]);
    world
        .accept(revoke_key("hospital", 3))
        .accept(revoke_key("hospital", 6));
}

#[test]
fn how_a_validators_key_is_replaced_is_its_own_affair() {
    let mut world = world();
    let key = signing_key("hospital", 90);
    world.accept(add_key("hospital", KeyPurpose::Validate, &key));
    let height = world.ahead(10);
    let named = |key_id| validators_from(height, &[("finance", 0, 1), ("hospital", key_id, 1)]);
    world
        .reject(propose(named(6)), "ValidatesWithAnotherKey")
        .naming(["hospital", &height.to_string()]);
    world.accept(propose(named(3)));
    world.accept(propose(named(0)));
}

#[test]
fn rotations_of_one_height_hold_less_than_a_third_unless_it_is_one_alone() {
    let mut world = world();
    for name in ["hospital", "insurer"] {
        let key = signing_key(name, 90);
        world.accept(add_key(name, KeyPurpose::Validate, &key));
    }
    let height = world.ahead(10);
    world.accept(rotate("hospital", 3, 6, height));
    world
        .reject(rotate("insurer", 3, 6, height), "TooMuchNewPower")
        .naming([&height.to_string(), "2", "4"]);
    world.accept(rotate("insurer", 3, 6, height + 1));

    let mut alone = World::founded(&["finance"]);
    let key = signing_key("finance", 90);
    alone.accept(add_key("finance", KeyPurpose::Validate, &key));
    let height = alone.ahead(3);
    alone.accept(rotate("finance", 3, 6, height));
    alone.run_to(Height::new(height));
    assert!(decides_with(&alone, "finance", 90));
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
fn the_chain_begins_with_version_one_and_its_founders() {
    let world = world();
    assert_eq!(version_at(&world.state, world.height.next()).unwrap(), 1);
    let first = UPGRADES
        .get(&world.state, &Height::new(1))
        .unwrap()
        .unwrap();
    assert_eq!(
        first.validators.as_ref().map(ValidatorSet::total_power),
        Some(4)
    );
}

#[test]
fn a_program_stops_before_a_version_that_it_does_not_know() {
    let mut world = world();
    let height = world.ahead(4);
    world.accept(propose(protocol_from(2, height)));
    world.run_to(Height::new(height - 2));
    let last = world.block(&[]);
    assert_eq!(last.protocol_version, 1);
    assert_eq!(version_at(&world.state, Height::new(height)).unwrap(), 2);
    assert_eq!(
        version_at(&world.state, Height::new(height - 1)).unwrap(),
        1
    );
    let moment = world.next_moment();
    let context = Context {
        chain_id: world.chain_id.clone(),
        height: moment.height,
        time: moment.time,
        parent_time: world.time,
    };
    let fault = BlockExecutor::begin(&world.state, context).err().unwrap();
    let told = fault.to_string();
    for part in [
        "up to version 1",
        "version 2",
        &format!("from height {height}"),
        "install",
    ] {
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn versions_follow_each_other_one_at_a_time_and_can_be_taken_back() {
    let mut world = world();
    let height = world.ahead(100);
    for version in [1, 3] {
        world
            .reject(propose(protocol_from(version, height)), "UnfitVersion")
            .naming([&version.to_string(), "2"]);
    }
    world.refuse(propose(protocol_from(0, height)), "Malformed");
    world.accept(propose(protocol_from(2, height)));
    for (version, at) in [
        (2, height),
        (3, height + 1),
        (1, height + 1),
        (2, height - 1),
    ] {
        world
            .reject(propose(protocol_from(version, at)), "ActivationPending")
            .naming(["2", &height.to_string()]);
    }
    world.accept(propose(protocol_from(1, height)));
    assert_eq!(
        UPGRADES.get(&world.state, &Height::new(height)).unwrap(),
        None
    );
    world.run_to(Height::new(height));
    assert_eq!(version_at(&world.state, world.height.next()).unwrap(), 1);
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
