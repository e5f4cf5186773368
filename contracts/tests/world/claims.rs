//! Claims that are filed, and what their tests ask of them.

use piaolian_contracts::claims::{ClaimStatus, status};

use super::{
    World,
    reimbursement::{Ask, authorise, claim, file, with_policy},
    requests::issue,
};

/// A world with the claim C-1 over R1 (600 yuan) and R2 (100 yuan), filed.
pub fn with_claim() -> World {
    let mut world = with_policy();
    for (name, total) in [("R1", 600_00), ("R2", 100_00)] {
        world
            .accept(issue(name).costing(total))
            .accept(authorise(name, "insurer"));
    }
    world.accept(file("C-1", &["R1", "R2"]));
    world
}

/// The status of a claim of the insurer's.
pub fn claim_status(world: &World, number: &str) -> ClaimStatus {
    status_of(world, "insurer", number)
}

/// The status of any payer's claim.
pub fn status_of(world: &World, payer: &str, number: &str) -> ClaimStatus {
    status(&claim(world, payer, number).unwrap(), world.time)
}

/// Checks that a step on the claim C-1 is rejected without an operator, and with an operator who is the reviewer too.
pub fn needs_two_persons<M>(world: &mut World, step: fn(&str) -> Ask<M>) {
    world
        .reject(step("C-1").operated_by(""), "ClaimNeedsOperator")
        .naming(["C-1"]);
    world
        .reject(
            step("C-1").operated_by("chen.jing"),
            "ClaimReviewerIsOperator",
        )
        .naming(["C-1", "chen.jing"]);
}
