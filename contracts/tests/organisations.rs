//! Organisations: admission, suspension, endpoints.

use piaolian_contracts::organisations::{self, KeyPurpose, Role};

use crate::world::{
    World, name_of,
    people::{Member, signing_key},
    requests::{
        add_key, admit_organisation, book, grant, issue, lock, resume, revoke_key, set_parameters,
        suspend, unlock, update_endpoints,
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
    world.admit("insurer2", &[Role::MedicalInsurer, Role::CommercialInsurer]);
    world
        .reject(admit_organisation("insurer2"), "AlreadyAdmitted")
        .naming(["insurer2", "2"]);
}

#[test]
fn only_finance_admits_suspends_and_resumes() {
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
        .reject(suspend("insurer9"), "OrganisationNotAdmitted")
        .naming(["insurer9"]);
    world
        .reject(resume("insurer9"), "OrganisationNotAdmitted")
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
fn a_chain_has_at_most_256_finance_bureaus() {
    let mut world = World::new();
    for number in 2..=256 {
        world.admit(&format!("finance{number}"), &[Role::Finance]);
    }
    world.know(Member::new("finance257"));
    world
        .reject(admit_organisation("finance257"), "TooManyFinanceBureaus")
        .naming(["256"]);
    // Everybody else is still admitted.
    world.admit("clinic", &[Role::Issuer]);
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
        .admit("insurer2", &[Role::MedicalInsurer, Role::CommercialInsurer])
        .admit("clinic", &[Role::Issuer]);
    let listed = organisations::all(&world.state, 100).unwrap();
    assert_eq!(listed.len(), 6);
    assert!(listed.is_sorted_by(|a, b| a.id < b.id));
    let last = organisations::all(&world.state, 2).unwrap();
    assert_eq!(last, listed[4..]);
}
