//! The governors, and the effect of their change on open proposals.

use piaolian_contracts::{
    governance::{GOVERNORS, ProposalState},
    organisations::Role,
};

use super::{FOUNDERS, heartbeat_ms, is_open, longer_heartbeat, world};
use crate::world::requests::{governors_are, propose, suspend, vote};

#[test]
fn a_change_of_governors_acts_from_the_next_block_and_ends_what_was_open() {
    let mut world = world();
    world
        .accept(longer_heartbeat())
        .accept(propose(governors_are(&["hospital", "insurer"], 2)).by("hospital"))
        .accept(vote("insurer", 2, true))
        .accept(vote("employer", 2, true));
    assert_eq!(world.proposal(2).state, ProposalState::Adopted);
    assert_eq!(world.proposal(1).state, ProposalState::Superseded);
    assert!(!is_open(&world, 1));
    world
        .reject(vote("insurer", 1, true), "ProposalClosed")
        .naming(["superseded"]);
    world.reject(longer_heartbeat(), "NotAGovernor");
    world
        .accept(longer_heartbeat().by("hospital"))
        .accept(vote("insurer", 3, true));
    assert_eq!(heartbeat_ms(&world), 5_000);
    let governors = GOVERNORS.get(&world.state, &()).unwrap().unwrap();
    assert_eq!(
        (governors.organisations().len(), governors.threshold()),
        (2, 2)
    );
}

#[test]
fn what_is_proposed_in_the_block_that_changes_the_governors_ends_with_it() {
    let mut world = world();
    world
        .accept(propose(governors_are(&["finance", "hospital"], 2)))
        .accept(vote("insurer", 1, true));
    let block = [
        world.sign(&vote("employer", 1, true)),
        world.sign(&longer_heartbeat()),
        world.sign(&vote("hospital", 2, true)),
        // The parent's state has these govern too.
        world.sign(&longer_heartbeat().by("insurer")),
    ];
    let outcomes = world.block(&block).outcomes;
    assert!(outcomes.iter().all(|outcome| outcome.code == 0));
    assert_eq!(world.proposal(1).state, ProposalState::Adopted);
    // With both governors in favour, nobody could have given the vote that counts.
    for id in [2, 3] {
        assert_eq!(world.proposal(id).state, ProposalState::Superseded);
        assert_eq!(world.proposal(id).closed_height, Some(world.height));
        assert!(!is_open(&world, id));
    }
    world
        .accept(longer_heartbeat())
        .accept(vote("hospital", 4, true));
    assert_eq!(heartbeat_ms(&world), 5_000);
}

#[test]
fn proposals_stay_open_when_the_same_govern_on() {
    let mut world = world();
    world
        .accept(longer_heartbeat())
        .accept(propose(governors_are(&FOUNDERS, 3)));
    for voter in ["insurer", "employer"] {
        world.accept(vote(voter, 2, true));
    }
    assert_eq!(world.proposal(2).state, ProposalState::Adopted);
    assert!(is_open(&world, 1));
}

#[test]
fn governors_are_active_members_and_more_than_half_must_agree() {
    let mut world = world();
    world
        .admit("clinic", &[Role::Issuer])
        .accept(suspend("clinic"));
    world
        .reject(
            propose(governors_are(&["finance", "clinic"], 2)),
            "Suspended",
        )
        .naming(["clinic"]);
    for (names, threshold) in [
        (&["finance", "hospital"][..], 1),
        (&["finance", "hospital"], 3),
        (&["finance", "finance"], 2),
        (&[], 0),
    ] {
        world.refuse(propose(governors_are(names, threshold)), "Malformed");
    }
}
