//! Governance: parameters within their hard bounds.

use piaolian_contracts::parameters::{PARAMETERS, Parameters};
use piaolian_proto::v1 as proto;

use crate::world::{
    TODAY, World,
    requests::{issue, issue_all, item, lock, set_parameters},
};

#[test]
fn parameters_act_from_the_next_block() {
    let mut world = World::new();
    let wider = world.sign(&set_parameters(|p| p.issue_date_days_max = 5));
    let same_block = world.sign(&issue("R1").dated(TODAY - 5));
    let outcomes = world.block(&[wider, same_block]).outcomes;
    assert_eq!(
        crate::world::name_of(outcomes[1].items[0].code),
        "NoLateReason"
    );
    world.accept(issue("R1").dated(TODAY - 5));
}

#[test]
fn no_parameter_leaves_its_hard_bounds() {
    let mut world = World::new();
    let first = proto::Parameters::from(&Parameters::default());
    for number in Parameters::NUMBERS {
        let below = (number.min)(&first).checked_sub(1);
        for outside in below.into_iter().chain([number.max + 1]) {
            world
                .reject(
                    set_parameters(move |p| (number.set)(p, outside)),
                    "OutOfBounds",
                )
                .naming([number.name]);
        }
    }
    // The longest is at least the shortest.
    let crossed = |p: &mut proto::Parameters| {
        p.decision_number_length_min = 18;
        p.decision_number_length_max = 17;
    };
    world
        .reject(set_parameters(crossed), "OutOfBounds")
        .naming(["decision_number_length_max"]);
    let twice = |p: &mut proto::Parameters| p.fund_rules[1] = p.fund_rules[0].clone();
    world
        .reject(set_parameters(twice), "FundRulesOutOfOrder")
        .naming(["basic medical insurance"]);
}

#[test]
fn payment_codes_have_sixteen_or_twenty_digits() {
    let mut world = World::new();
    for digits in [0, 15, 17, 19, 21] {
        world.refuse(
            set_parameters(move |p| p.payment_code_digits = digits),
            "Malformed",
        );
    }
    world.accept(set_parameters(|p| p.payment_code_digits = 16));
}

#[test]
fn the_record_holds_what_was_set() {
    let mut world = World::new();
    world.accept(set_parameters(|p| p.heartbeat_ms = 5_000));
    let parameters = PARAMETERS.get(&world.state, &()).unwrap().unwrap();
    assert_eq!(parameters.heartbeat_ms(), 5_000);
}

#[test]
fn a_shorter_lease_and_smaller_blocks_are_obeyed() {
    let mut world = World::new();
    world.accept(issue("R1"));
    world.accept(set_parameters(|p| {
        (p.lease_ms_max, p.block_receipts_max) = (60_000, 2)
    }));
    world
        .reject(lock("R1", "insurer"), "LeaseTooLong")
        .naming(["60000"]);
    world.refuse(
        issue_all(vec![item("a"), item("b"), item("c")]),
        "TooManyReceipts",
    );
    world.accept(issue_all(vec![item("a"), item("b")]));
}

#[test]
fn a_governor_whose_word_is_enough_sets_parameters_and_nobody_else() {
    let mut world = World::governed(&["finance", "hospital"], &["hospital"], 1);
    world
        .reject(set_parameters(|_| ()), "NotAGovernor")
        .naming(["finance"]);
    world.accept(set_parameters(|p| p.heartbeat_ms = 5_000).by("hospital"));
}

#[test]
fn parameters_are_put_to_the_vote_where_several_must_agree() {
    let mut world = World::governed(&["finance", "hospital"], &["finance", "hospital"], 2);
    world
        .reject(set_parameters(|_| ()), "NeedsVote")
        .naming(["2"]);
}
