//! Proposals: what the governors decide together.

use piaolian_contracts::{
    governance::{GOVERNORS, OPEN_PROPOSALS, PARAMETERS, ProposalState},
    organisations::{FINANCE_BUREAUS, KeyPurpose, Role},
};
use piaolian_proto::v1 as proto;

use crate::world::{
    DAY_MS, HOUR_MS, World, name_of,
    people::{Member, signing_key},
    requests::{
        add_key, admit_organisation, decision_of, governors_are, grant, issue, propose,
        propose_for, recovery_of, removal_of, resume, set_parameters, suspend, update_endpoints,
        validators_from, vote,
    },
};

const FOUNDERS: [&str; 4] = ["finance", "hospital", "insurer", "employer"];

/// Four founders who govern together: three of them must agree.
fn world() -> World {
    World::governed(&FOUNDERS, &FOUNDERS, 3)
}

fn longer_heartbeat() -> crate::world::requests::Act {
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
            "UnknownOrganisation",
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
            "UnknownOrganisation",
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
