//! Validators that replace their key.

use piaolian_contracts::{chain::Height, organisations::KeyPurpose};

use super::{FOUR, decides_with, five, names, world};
use crate::world::{
    World,
    people::{MemberKey, signing_key},
    requests::{add_key, propose, recovery_of, revoke_key, rotate, validators_from},
};

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
        .reject(rotate("hospital", 77, 6, near), "KeyNotRegistered")
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
