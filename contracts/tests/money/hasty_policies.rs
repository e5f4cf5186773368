//! A policy does not begin on the day on which it is published. Amounts are in yuan in the comments.

use piaolian_contracts::organisations::Role;
use piaolian_proto::v1 as proto;

use super::fund;
use crate::world::{
    DAY_MS, TODAY, World,
    reimbursement::{approve, authorise, claim, consent, file, publish, tier},
    requests::{issue, set_parameters},
};

fn with_lead() -> World {
    let mut world = World::new();
    world
        .admit("bank", &[Role::AgentBank])
        .accept(set_parameters(|p| p.policy_lead_days = 3));
    world
}

#[test]
fn the_policy_of_the_day_applies_to_nothing_without_finance() {
    let mut world = with_lead();
    let from = |day: u32| publish("BASIC").on_terms(move |terms| terms.from_date = day);
    world.accept(from(TODAY + 3));
    assert!(world.alerts().is_empty());
    world.wait_ms(4 * DAY_MS);
    world
        .accept(issue("R1").dated(TODAY + 4).costing(700_00))
        .accept(authorise("R1", "insurer"));
    // Uncapped and 100 % from today on, and back again.
    let generous = |terms: &mut proto::PolicyTerms| {
        terms.from_date = TODAY + 4;
        terms.deductible_fen = 0;
        terms.tiers = vec![tier(0, 10_000)];
    };
    world.accept(publish("BASIC").on_terms(generous));
    let alert = world.alerts().pop().unwrap();
    assert_eq!(alert.kind.number, 30);
    // The first version counts: 700.00 − 100.00 = 600.00; 300.00 and 80.00.
    world.accept(file("C-1", &["R1"])).accept(approve("C-1"));
    assert_eq!(fund(&world, "insurer", "C-1"), 380_00);
    // With finance's consent it applies to receipts from the day of the consent on.
    world.wait_ms(DAY_MS);
    world.accept(consent("BASIC", 2));
    world
        .reject(consent("BASIC", 2), "NoConsentNeeded")
        .naming(["insurer", "BASIC", "2"]);
    world
        .reject(consent("BASIC", 3), "UnknownVersion")
        .naming(["insurer", "BASIC", "3"]);
    for (name, day) in [("R2", TODAY + 4), ("R3", TODAY + 5)] {
        world
            .accept(issue(name).dated(day).costing(100_00))
            .accept(authorise(name, "insurer"));
    }
    world
        .accept(file("C-2", &["R2", "R3"]))
        .accept(approve("C-2"));
    let lines = claim(&world, "insurer", "C-2")
        .unwrap()
        .decision
        .unwrap()
        .lines;
    let versions: Vec<u32> = lines.iter().map(|line| line.policy_version).collect();
    assert_eq!(versions, [1, 2]);
}

#[test]
fn a_version_that_lives_less_than_the_lead_needs_consent() {
    let mut world = with_lead();
    let from = |day: u32| publish("BASIC").on_terms(move |terms| terms.from_date = day);
    world.accept(from(TODAY + 5));
    // The first would live two days; then three.
    world.accept(from(TODAY + 7)).accept(from(TODAY + 8));
    let waiting: Vec<bool> = (1..=3)
        .map(|version| {
            let key = piaolian_contracts::policies::PolicyKey {
                insurer: world.member("insurer").id,
                code: "BASIC".parse().unwrap(),
                version,
            };
            let policies = piaolian_contracts::policies::POLICIES;
            let policy = policies.get(&world.state, &key).unwrap().unwrap();
            policy.consent_needed
        })
        .collect();
    assert_eq!(waiting, [false, true, false]);
    world.reject(consent("BASIC", 1), "NoConsentNeeded");
}

#[test]
fn a_new_commercial_policy_begins_at_once_and_its_next_version_does_not() {
    let mut world = with_lead();
    let life = || publish("LIFE").on_terms(|terms| terms.fund_kind = 4);
    world.accept(life());
    assert!(world.alerts().is_empty());
    world.accept(life());
    assert_eq!(world.alerts().len(), 1);
}
