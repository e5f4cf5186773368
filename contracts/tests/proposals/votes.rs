//! Votes: the voters, the voting time, and one vote for each governor.

use piaolian_contracts::{governance::ProposalState, organisations::KeyPurpose};

use super::{FOUNDERS, heartbeat_ms, is_open, longer_heartbeat, world};
use crate::world::{
    DAY_MS, HOUR_MS, World, name_of,
    requests::{decision_of, propose_for, set_parameters, suspend, vote},
};

#[test]
fn a_proposal_expires_with_the_first_block_at_its_time() {
    let mut world = world();
    world.accept(propose_for(
        HOUR_MS,
        decision_of(set_parameters(|p| p.heartbeat_ms = 5_000)),
    ));
    world.accept(longer_heartbeat());
    world.wait_ms(HOUR_MS - 1_001).block(&[]);
    assert!(is_open(&world, 1));
    let too_late = world.wait_ms(1).sign(&vote("hospital", 2, true));
    world.block(&[too_late]);
    assert!(!is_open(&world, 1));
    let expired = world.proposal(1);
    assert_eq!(expired.state, ProposalState::Expired);
    assert_eq!(expired.closed_height, Some(world.height));
    assert!(is_open(&world, 2), "that one is open for a day");
    world
        .reject(vote("hospital", 1, true), "ProposalClosed")
        .naming(["expired"]);
    world.wait_ms(DAY_MS).block(&[]);
    assert!(!is_open(&world, 2));
}

#[test]
fn a_vote_of_the_block_that_expires_a_proposal_does_not_count() {
    let mut world = world();
    world
        .accept(propose_for(
            HOUR_MS,
            decision_of(set_parameters(|p| p.heartbeat_ms = 5_000)),
        ))
        .accept(vote("hospital", 1, true))
        .wait_ms(HOUR_MS - 1_000);
    let last = world.submit(vote("insurer", 1, true));
    assert_eq!(name_of(last.code), "ProposalClosed");
    let height = world.height.to_string();
    assert_eq!(last.arguments, ["1", "expired", &height]);
    let expired = world.proposal(1);
    assert_eq!(expired.state, ProposalState::Expired);
    assert_eq!(expired.closed_height, Some(world.height));
    assert_eq!(expired.votes.len(), 2);
    assert_eq!(heartbeat_ms(&world), 3_000);
}

#[test]
fn votes_are_taken_for_one_hour_to_ninety_days() {
    let mut world = world();
    let decision = || decision_of(set_parameters(|_| ()));
    for open_for_ms in [0, HOUR_MS - 1, 90 * DAY_MS + 1, u64::MAX] {
        world
            .reject(propose_for(open_for_ms, decision()), "OutOfBounds")
            .naming(["open_for_ms", "3600000", "7776000000"]);
    }
    world
        .accept(propose_for(HOUR_MS, decision()))
        .accept(propose_for(90 * DAY_MS, decision()));
}

#[test]
fn only_governors_propose_and_vote() {
    let mut world = World::governed(&FOUNDERS, &["finance", "hospital"], 2);
    world
        .reject(longer_heartbeat().by("insurer"), "NotAGovernor")
        .naming(["insurer"]);
    world.accept(longer_heartbeat());
    world
        .reject(vote("insurer", 1, true), "NotAGovernor")
        .naming(["insurer"]);
    world.refuse(
        vote("hospital", 1, true).signed_with(KeyPurpose::Sign),
        "WrongPurpose",
    );
}

#[test]
fn a_suspended_governor_neither_proposes_nor_votes_and_its_earlier_vote_counts() {
    let mut world = world();
    world
        .accept(longer_heartbeat().by("hospital"))
        .accept(suspend("hospital"));
    world.reject(longer_heartbeat().by("hospital"), "Suspended");
    world.accept(longer_heartbeat());
    world.reject(vote("hospital", 2, true), "Suspended");
    world
        .accept(vote("insurer", 1, true))
        .accept(vote("employer", 1, true));
    assert_eq!(world.proposal(1).state, ProposalState::Adopted);
}

#[test]
fn a_vote_is_given_once() {
    let mut world = world();
    world
        .accept(longer_heartbeat())
        .accept(vote("hospital", 1, false));
    for (voter, height) in [("finance", "1"), ("hospital", "2")] {
        for in_favour in [true, false] {
            world
                .reject(vote(voter, 1, in_favour), "VotedBefore")
                .naming([voter, "1", height]);
        }
    }
    world
        .reject(vote("insurer", 7, true), "UnknownProposal")
        .naming(["7"]);
}

#[test]
fn two_votes_of_one_block_are_both_counted() {
    let mut world = world();
    world.accept(longer_heartbeat());
    let votes = ["hospital", "insurer", "employer"].map(|name| world.sign(&vote(name, 1, true)));
    let outcomes = world.block(&votes).outcomes;
    let names: Vec<_> = outcomes
        .iter()
        .map(|outcome| name_of(outcome.code))
        .collect();
    assert_eq!(names, ["accepted", "accepted", "ProposalClosed"]);
}
