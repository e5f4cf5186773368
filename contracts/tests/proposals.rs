//! Proposals: what the governors decide together.

mod governors;
mod removal;
mod votes;

use piaolian_contracts::{
    governance::{OPEN_PROPOSALS, ProposalState},
    parameters::PARAMETERS,
};
use piaolian_proto::v1 as proto;

use crate::world::{
    HOUR_MS, World, name_of,
    people::Member,
    requests::{
        admit_organisation, decision_of, governors_are, grant, issue, propose, removal_of, resume,
        set_parameters, suspend, vote,
    },
};

const FOUNDERS: [&str; 4] = ["finance", "hospital", "insurer", "employer"];

/// Four founders who govern together: three of them must agree.
fn world() -> World {
    World::governed(&FOUNDERS, &FOUNDERS, 3)
}

fn longer_heartbeat() -> crate::world::requests::ActionRequest {
    propose(decision_of(set_parameters(|p| p.heartbeat_ms = 5_000)))
}

fn heartbeat_ms(world: &World) -> u64 {
    PARAMETERS
        .get(&world.state, &())
        .unwrap()
        .unwrap()
        .heartbeat_ms()
}

fn is_open(world: &World, id: u64) -> bool {
    let open = OPEN_PROPOSALS.get(&world.state, &()).unwrap();
    let listed = open.is_some_and(|open| open.as_slice().iter().any(|one| one.id.get() == id));
    assert_eq!(listed, world.proposal(id).state == ProposalState::Open);
    listed
}

#[test]
fn a_proposal_is_carried_out_in_the_block_in_which_enough_agree() {
    let mut world = world();
    world.accept(longer_heartbeat());
    assert!(is_open(&world, 1));
    world.accept(vote("hospital", 1, true));
    assert!(is_open(&world, 1));
    assert_eq!(heartbeat_ms(&world), 3_000);
    world.accept(vote("insurer", 1, true));
    assert!(!is_open(&world, 1));
    assert_eq!(heartbeat_ms(&world), 5_000);

    let proposal = world.proposal(1);
    assert_eq!(proposal.state, ProposalState::Adopted);
    assert_eq!(proposal.closed_height, Some(world.height));
    assert_eq!(proposal.proposed_height.get(), 1);
    let votes = proposal.votes.iter();
    let votes: Vec<_> = votes
        .map(|vote| (vote.organisation, vote.height.get()))
        .collect();
    let id = |name| world.member(name).id;
    assert_eq!(
        votes,
        [(id("finance"), 1), (id("hospital"), 2), (id("insurer"), 3)]
    );
}

#[test]
fn one_governor_alone_decides_as_it_proposes() {
    let mut world = World::new();
    world.accept(longer_heartbeat());
    assert_eq!(world.proposal(1).state, ProposalState::Adopted);
    assert_eq!(heartbeat_ms(&world), 5_000);
}

#[test]
fn a_proposal_is_voted_down_once_enough_are_against() {
    let mut world = world();
    world
        .accept(longer_heartbeat())
        .accept(vote("hospital", 1, false));
    assert!(is_open(&world, 1));
    world.accept(vote("insurer", 1, false));
    assert!(!is_open(&world, 1));
    assert_eq!(world.proposal(1).state, ProposalState::Rejected);
    world
        .reject(vote("employer", 1, true), "ProposalClosed")
        .naming(["1", "voted down", "3"]);
    assert_eq!(heartbeat_ms(&world), 3_000);
}

#[test]
fn a_governor_has_eight_open_proposals_at_most() {
    let mut world = world();
    for _ in 0..8 {
        world.accept(longer_heartbeat());
    }
    world
        .reject(longer_heartbeat(), "TooManyOpenProposals")
        .naming(["finance", "8"]);
    world.accept(longer_heartbeat().by("hospital"));
    world
        .accept(vote("hospital", 1, true))
        .accept(vote("insurer", 1, true))
        .accept(longer_heartbeat());
    assert!(is_open(&world, 10));
}

#[test]
fn what_the_rules_would_refuse_now_is_not_put_to_the_vote() {
    let mut world = world();
    world.know(Member::new("stranger"));
    let refused = [
        (propose(decision_of(resume("hospital"))), "NotSuspended"),
        (
            propose(decision_of(suspend("stranger"))),
            "OrganisationNotAdmitted",
        ),
        (
            propose(decision_of(set_parameters(|p| p.heartbeat_ms = 1))),
            "OutOfBounds",
        ),
        (
            propose(decision_of(set_parameters(|p| p.fund_rules.swap(0, 1)))),
            "FundRulesOutOfOrder",
        ),
        (
            propose(decision_of(admit_organisation("insurer"))),
            "AlreadyAdmitted",
        ),
        (
            propose(governors_are(&["finance", "stranger"], 2)),
            "OrganisationNotAdmitted",
        ),
    ];
    for (request, rule) in refused {
        world.reject(request, rule);
    }
}

#[test]
fn what_the_rules_refuse_once_it_is_agreed_has_failed_and_says_why() {
    let mut world = world();
    world.accept(propose(decision_of(suspend("employer"))));
    world
        .accept(suspend("employer"))
        .accept(vote("hospital", 1, true));
    let last = world.submit(vote("insurer", 1, true));
    assert_eq!(last.code, 0, "the vote itself is good");
    let failed = world.proposal(1);
    assert_eq!(failed.state, ProposalState::Failed);
    let failure = failed.failure.unwrap();
    assert_eq!(name_of(failure.code), "AlreadySuspended");
    let employer = world.member("employer").id.to_string();
    assert_eq!(failure.arguments[0], employer);
    assert!(!is_open(&world, 1));
    world
        .reject(vote("employer", 1, true), "Suspended")
        .naming(["employer"]);
}

#[test]
fn governors_admit_suspend_and_resume_by_the_rules_of_finance() {
    let mut world = World::governed(&FOUNDERS, &["hospital"], 1);
    world.know(Member::new("insurer2"));
    world.accept(propose(decision_of(admit_organisation("insurer2"))).by("hospital"));
    assert_eq!(world.organisation("insurer2").admitted_height, world.height);
    world.accept(grant("hospital", 1, 10)).accept(issue("R1"));
    world.accept(propose(decision_of(suspend("insurer2"))).by("hospital"));
    world.reject(crate::world::requests::lock("R1", "insurer2"), "Suspended");
    world.accept(propose(decision_of(resume("insurer2"))).by("hospital"));
    world.accept(crate::world::requests::lock("R1", "insurer2"));
    world.reject(
        propose(decision_of(suspend("finance"))).by("hospital"),
        "LastFinance",
    );
}

#[test]
fn what_is_proposed_is_well_formed() {
    let mut world = World::new();
    world.refuse(vote("finance", 0, true), "Malformed");
    let nothing = crate::world::requests::administer("finance", |_| {
        proto::transaction_body::Action::Propose(proto::Propose {
            proposal: Some(proto::ProposedDecision { decision: None }),
            reason: "no reason".to_owned(),
            open_for_ms: HOUR_MS,
        })
    });
    world.refuse(nothing, "Malformed");
    let person = crate::world::requests::administer("finance", |world| {
        proto::transaction_body::Action::Propose(proto::Propose {
            proposal: Some(proto::ProposedDecision {
                decision: Some(removal_of("hospital")(world)),
            }),
            reason: "for 990100199003070019".to_owned(),
            open_for_ms: HOUR_MS,
        })
    });
    world.refuse(person, "IdentityNumber");
}
