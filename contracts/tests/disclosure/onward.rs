//! Sharing onward: a grantee authorises others, within its own authorisation.

use piaolian_contracts::disclosure::{Live, Purpose};
use piaolian_proto::v1 as proto;

use super::{code, held, with_receipt};
use crate::world::{
    DAY_MS,
    reimbursement::{authorise, revoke},
    requests::issue,
};

#[test]
fn sharing_onward_needs_the_right_to_and_stays_within_the_own() {
    let mut world = with_receipt();
    world.accept(authorise("R1", "insurer"));
    world
        .reject(authorise("R1", "insurer2").by("insurer"), "NotOnward")
        .naming(["R1", "insurer", "claim", "hospital"]);
    world.accept(authorise("R1", "insurer").onward().for_ms(DAY_MS));
    world
        .reject(
            authorise("R1", "insurer2").by("insurer").for_ms(2 * DAY_MS),
            "OutlivesOwn",
        )
        .naming(["R1", "insurer", "2026-11-22 12:00:08"]);
    let audit = |grant: &mut proto::GrantAccess| grant.purpose = Purpose::Audit.number().into();
    world
        .reject(
            authorise("R1", "insurer2")
                .by("insurer")
                .for_ms(1_500)
                .with(audit),
            "NotAuthorised",
        )
        .naming(["insurer", "audit"]);
    world.accept(authorise("R1", "insurer2").by("insurer").for_ms(DAY_MS / 2));
    let Live { grant, depth } = held(&world, "insurer2").unwrap();
    assert_eq!((depth, grant.shared_from), (2, Some(1)));
}

#[test]
fn a_receipt_is_shared_at_most_three_times_over() {
    let mut world = with_receipt();
    world.accept(authorise("R1", "insurer").onward());
    for (from, to) in [
        ("insurer", "insurer2"),
        ("insurer2", "insurer3"),
        ("insurer3", "insurer4"),
    ] {
        world.accept(authorise("R1", to).by(from).onward());
    }
    assert_eq!(held(&world, "insurer4").unwrap().depth, 4);
    world
        .reject(authorise("R1", "insurer5").by("insurer4"), "TooFarOnward")
        .naming(["R1", "insurer4", "4"]);
}

#[test]
fn what_was_shared_ends_with_what_it_came_from_and_never_comes_back() {
    let mut world = with_receipt();
    world
        .accept(authorise("R1", "insurer").onward())
        .accept(
            authorise("R1", "insurer2")
                .by("insurer")
                .onward()
                .for_ms(9 * DAY_MS),
        )
        .accept(authorise("R1", "insurer3").by("insurer2").for_ms(DAY_MS));
    world.accept(revoke("R1", "insurer"));
    for lost in ["insurer2", "insurer3"] {
        assert_eq!(code(&world, lost), 1513, "{lost}");
    }
    world
        .reject(
            authorise("R1", "insurer3").by("insurer2").for_ms(DAY_MS),
            "SharerLostAccess",
        )
        .naming(["R1", "insurer2", "claim", "insurer"]);
    world.accept(authorise("R1", "insurer").onward());
    assert_eq!(
        [code(&world, "insurer2"), code(&world, "insurer3")],
        [1513, 1513]
    );
    // Shared anew, it is a new generation: the one below does not come back by itself either.
    world.accept(
        authorise("R1", "insurer2")
            .by("insurer")
            .onward()
            .for_ms(DAY_MS),
    );
    assert_eq!(
        [code(&world, "insurer2"), code(&world, "insurer3")],
        [0, 1513]
    );
}

#[test]
fn what_was_shared_lives_on_when_its_source_is_prolonged_and_ends_when_it_is_narrowed() {
    let mut world = with_receipt();
    world
        .accept(authorise("R1", "insurer").onward())
        .accept(authorise("R1", "insurer2").by("insurer").for_ms(DAY_MS))
        .accept(authorise("R1", "insurer").onward());
    assert_eq!(code(&world, "insurer2"), 0);
    world.accept(authorise("R1", "insurer"));
    assert_eq!(code(&world, "insurer2"), 1513);
    world.accept(authorise("R1", "insurer").onward());
    assert_eq!(code(&world, "insurer2"), 1513);
}

#[test]
fn what_was_shared_ends_in_time_with_a_source_that_was_shortened() {
    let mut world = with_receipt();
    world
        .accept(authorise("R1", "insurer").onward())
        .accept(
            authorise("R1", "insurer2")
                .by("insurer")
                .for_ms(20 * DAY_MS),
        )
        .accept(authorise("R1", "insurer").onward().for_ms(DAY_MS));
    assert_eq!(code(&world, "insurer2"), 0);
    world.wait_ms(DAY_MS).accept(issue("R2"));
    assert_eq!(code(&world, "insurer2"), 1513);
}

#[test]
fn nobody_replaces_what_another_granted_but_the_issuer() {
    let mut world = with_receipt();
    world
        .accept(authorise("R1", "insurer").onward())
        .accept(authorise("R1", "insurer2").onward());
    world
        .reject(
            authorise("R1", "insurer2").by("insurer").for_ms(DAY_MS),
            "GrantedByAnother",
        )
        .naming(["R1", "insurer2", "claim", "hospital"]);
    // An organisation cannot share with itself, or with one before it in the row.
    world.reject(
        authorise("R1", "insurer").by("insurer").for_ms(DAY_MS),
        "GrantedByAnother",
    );
    world.accept(revoke("R1", "insurer2"));
    world.accept(authorise("R1", "insurer2").by("insurer").for_ms(DAY_MS));
    world.accept(authorise("R1", "insurer2"));
    assert_eq!(held(&world, "insurer2").unwrap().depth, 1);
}
