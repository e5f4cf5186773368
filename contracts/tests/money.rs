//! Openings by which money was paid twice, each with the figures of the audit that found it.

mod hasty_policies;
mod payers;
mod plans;
mod recomputing;
mod reissue;
mod returns;
mod reversals;

use piaolian_contracts::claims::is_outdated;

use crate::world::{
    World,
    reimbursement::{approve, authorise, came_back, claim, correct, file, recalled},
    requests::issue,
};

/// The amount at which a claim was decided.
fn fund(world: &World, insurer: &str, number: &str) -> i64 {
    let decision = claim(world, insurer, number).unwrap().decision.unwrap();
    decision.total.get()
}

/// Issues a receipt that the insurer may claim, all of it paid in cash, and has it decided under a policy. Returns the
/// amount.
fn decide(world: &mut World, number: &str, policy: &str, total: i64) -> i64 {
    world
        .accept(issue(number).costing(total))
        .accept(authorise(number, "insurer"))
        .accept(file(number, &[number]).under(policy))
        .accept(approve(number));
    fund(world, "insurer", number)
}

/// Whether a decision is to be recomputed.
fn outdated(world: &World, number: &str) -> bool {
    let claim = claim(world, "insurer", number).unwrap();
    is_outdated(&world.state, &claim).unwrap()
}

/// An insurer takes a claim back, and the bank stops its order, or all that was paid comes back. The receipt has the name
/// of the claim.
fn take_back(world: &mut World, insurer: &str, number: &str) {
    world.accept(correct(number).by(insurer));
    let claim = claim(world, insurer, number).unwrap();
    if claim.waiting().is_some() {
        world.accept(recalled(number));
    }
    for order in claim.payouts.iter().filter(|order| order.paid().is_some()) {
        world.accept(came_back(
            number,
            insurer,
            number,
            order.number,
            order.amount.get(),
        ));
    }
}
