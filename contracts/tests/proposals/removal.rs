//! Organisations that are removed by vote.

use piaolian_contracts::organisations::{FINANCE_BUREAUS, KeyPurpose, Role};

use crate::world::{
    World, name_of,
    people::signing_key,
    requests::{
        add_key, admit_organisation, governors_are, grant, issue, propose, recovery_of, removal_of,
        resume, suspend, update_endpoints, validators_from,
    },
};

#[test]
fn a_removed_organisation_is_gone_for_good() {
    let mut world = World::new();
    world.admit("clinic", &[Role::Issuer]);
    let removal = world.sign(&propose(removal_of("clinic")));
    let last = world.sign(&update_endpoints("clinic", &[]));
    let after = world.sign(&add_key(
        "clinic",
        KeyPurpose::Admin,
        &signing_key("clinic", 9),
    ));
    let before = world.block(&[last, removal, after]).outcomes;
    let names: Vec<_> = before.iter().map(|outcome| name_of(outcome.code)).collect();
    assert_eq!(names, ["accepted", "accepted", "Removed"]);

    let clinic = world.organisation("clinic");
    let removed_at = world.height;
    assert_eq!(clinic.removal.unwrap().height, removed_at);
    assert!(
        clinic
            .keys
            .iter()
            .all(|key| key.last_height == Some(removed_at))
    );
    world.refuse(update_endpoints("clinic", &[]), "KeyNoLongerLive");
    let height = removed_at.to_string();
    for request in [
        admit_organisation("clinic"),
        suspend("clinic"),
        resume("clinic"),
        grant("clinic", 5_000, 5_010),
        propose(removal_of("clinic")),
        propose(recovery_of("clinic", &[], &[])),
        propose(governors_are(&["finance", "clinic"], 2)),
    ] {
        world
            .reject(request, "Removed")
            .naming(["clinic", &height, "dissolved"]);
    }
}

#[test]
fn receipts_of_a_removed_issuer_stay_bookable() {
    let mut world = World::new();
    world.admit("clinic", &[Role::Issuer]);
    world
        .accept(grant("clinic", 5_000, 5_010))
        .accept(issue("R1").by("clinic"))
        .accept(propose(removal_of("clinic")));
    world.accept(crate::world::requests::book("R1", "insurer", "V1", 60_00));
}

#[test]
fn a_governor_a_validator_and_the_last_finance_bureau_are_not_removed() {
    let mut world = World::new();
    world
        .reject(propose(removal_of("finance")), "StillGovernor")
        .naming(["finance"]);
    world
        .reject(propose(removal_of("hospital")), "StillValidator")
        .naming(["hospital"]);
    world.admit("clinic", &[Role::Issuer]);
    let five = [
        ("finance", 0, 1),
        ("hospital", 0, 1),
        ("insurer", 0, 1),
        ("employer", 0, 1),
        ("clinic", 3, 1),
    ];
    world.accept(propose(validators_from(world.ahead(50), &five)));
    world
        .reject(propose(removal_of("clinic")), "StillValidator")
        .naming(["clinic"]);

    let mut world = World::governed(&["finance", "hospital"], &["hospital"], 1);
    world.accept(propose(validators_from(world.ahead(3), &[("hospital", 0, 1)])).by("hospital"));
    world.run_to(world.height.next().next());
    world
        .reject(propose(removal_of("finance")).by("hospital"), "LastFinance")
        .naming(["finance"]);
}

#[test]
fn a_removed_finance_bureau_makes_room_for_another() {
    let mut world = World::new();
    world
        .admit("finance2", &[Role::Finance])
        .accept(propose(removal_of("finance2")));
    let listed = FINANCE_BUREAUS.get(&world.state, &()).unwrap().unwrap();
    assert_eq!(listed.organisations(), [world.member("finance").id]);
    world.reject(suspend("finance"), "LastFinance");
}
