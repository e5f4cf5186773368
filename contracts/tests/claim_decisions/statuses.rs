//! Every status of a claim with every action.

use piaolian_contracts::{
    claims::ClaimStatus,
    policies::PolicyKey,
    state::{Change, Table},
    storage::{Key as _, KeyBytes},
};

use crate::world::{
    DAY_MS, World,
    claims::{claim_status, with_claim},
    reimbursement::{
        approve, authorise, correct, failed, file, paid_out, publish, recalled, reject_claim,
        withdraw,
    },
    requests::{Request, issue},
};

#[test]
fn each_status_allows_what_the_table_says() {
    // What stands in the way of Decide, Withdraw, Confirm and Correct; "" is nothing.
    let expected = [
        (
            ClaimStatus::Filed,
            ["", "", "UnknownPayout", "ClaimUndecided"],
        ),
        (
            ClaimStatus::Expired,
            ["ClaimExpired", "", "UnknownPayout", "ClaimUndecided"],
        ),
        (
            ClaimStatus::Decided,
            ["ClaimDecided", "ClaimDecided", "", ""],
        ),
        (ClaimStatus::PayoutFailed, ["", "", "", "ClaimUndecided"]),
        (
            ClaimStatus::PaidLate,
            ["ClaimPaid", "ClaimPaid", "PayoutConfirmed", ""],
        ),
        (
            ClaimStatus::Paid,
            ["ClaimPaid", "ClaimPaid", "PayoutConfirmed", ""],
        ),
        (
            ClaimStatus::SettledAtZero,
            ["ClaimClosed", "ClaimClosed", "UnknownPayout", ""],
        ),
        (
            ClaimStatus::Rejected,
            ["ClaimClosed", "ClaimClosed", "UnknownPayout", "ClaimClosed"],
        ),
        (
            ClaimStatus::Withdrawn,
            ["ClaimClosed", "ClaimClosed", "UnknownPayout", "ClaimClosed"],
        ),
        (
            ClaimStatus::Corrected,
            ["ClaimClosed", "ClaimClosed", "", "ClaimClosed"],
        ),
    ];
    // A released claim's insurer is gone: `claim_endings.rs`.
    assert_eq!(expected.len(), ClaimStatus::ALL.len() - 1);
    for (status, rules) in expected {
        for (step, rule) in rules.into_iter().enumerate() {
            let mut world = in_status(status);
            assert_eq!(claim_status(&world, "C-1"), status);
            let request: Box<dyn crate::world::requests::Request> = match step {
                0 => Box::new(approve("C-1")),
                1 => Box::new(withdraw("C-1")),
                2 => Box::new(paid_out("C-1")),
                _ => Box::new(correct("C-1")),
            };
            if rule.is_empty() {
                world.accept(request);
            } else {
                world.reject(request, rule).naming(["C-1"]);
            }
        }
    }
}

/// A world whose claim C-1 has a status.
fn in_status(status: ClaimStatus) -> World {
    let mut world = with_claim();
    match status {
        ClaimStatus::Filed => &mut world,
        ClaimStatus::Expired => {
            world.accept(issue("R9").costing(0)).wait_ms(10 * DAY_MS);
            world.accept(crate::world::requests::grant("hospital", 5_000, 5_001))
        }
        ClaimStatus::Decided => world.accept(approve("C-1")),
        ClaimStatus::PayoutFailed => world.accept(approve("C-1")).accept(failed("C-1")),
        ClaimStatus::PaidLate => world
            .accept(approve("C-1"))
            .accept(failed("C-1"))
            .accept(paid_out("C-1")),
        ClaimStatus::Paid => world.accept(approve("C-1")).accept(paid_out("C-1")),
        ClaimStatus::SettledAtZero => world.accept(
            approve("C-1")
                .assessing(0, [600_00, 0, 0, 0])
                .assessing(1, [100_00, 0, 0, 0]),
        ),
        ClaimStatus::Rejected => world.accept(reject_claim("C-1")),
        ClaimStatus::Withdrawn => world.accept(withdraw("C-1")),
        ClaimStatus::Corrected => world
            .accept(approve("C-1"))
            .accept(correct("C-1"))
            .accept(recalled("C-1")),
        ClaimStatus::Released => panic!("see `claim_endings.rs`"),
    };
    world
}

/// The fault of a node whose store lost an entry, when it executes an action.
fn with_lost(world: &mut World, lost: (Table, KeyBytes), act: impl Request) -> String {
    let bytes = world.sign(&act);
    let verified = world.check(bytes).unwrap();
    let (table, key) = lost;
    let key = [&[table.prefix()], &key[..]].concat();
    world.state.apply(&[Change { key, value: None }]);
    world.begin().apply(&verified).unwrap_err().to_string()
}

#[test]
fn what_a_claim_goes_by_and_is_lost_is_a_fault_and_no_verdict() {
    let of = |world: &World, version| PolicyKey {
        insurer: world.member("insurer").id,
        code: "BASIC".parse().unwrap(),
        version,
    };
    let mut world = with_claim();
    world.accept(publish("BASIC"));
    let lost = (Table::Policies, of(&world, 1).bytes());
    let fault = with_lost(&mut world, lost, approve("C-1"));
    assert!(fault.contains("version 1 of policy BASIC"), "{fault}");
    let mut world = with_claim();
    world
        .accept(publish("BASIC"))
        .accept(publish("BASIC"))
        .accept(issue("R3"))
        .accept(authorise("R3", "insurer"));
    let lost = (Table::Policies, of(&world, 2).bytes());
    let fault = with_lost(&mut world, lost, file("C-2", &["R3"]));
    assert!(fault.contains("version 2 of policy BASIC"), "{fault}");
    let acts: [fn() -> Box<dyn Request>; 5] = [
        || Box::new(approve("C-1")),
        || Box::new(withdraw("C-1")),
        || Box::new(paid_out("C-1")),
        || Box::new(failed("C-1")),
        || Box::new(correct("C-1")),
    ];
    for (place, act) in acts.into_iter().enumerate() {
        let mut world = with_claim();
        if place > 1 {
            world.accept(approve("C-1"));
        }
        // An order that waits is recalled without a look at the receipts.
        if place == 4 {
            world.accept(paid_out("C-1"));
        }
        let lost = (Table::Receipts, world.receipt_id("R2").bytes());
        let fault = with_lost(&mut world, lost, act());
        assert!(fault.contains("of a claim is missing"), "{fault}");
    }
}

#[test]
fn an_ended_claim_says_how_and_when() {
    let mut world = with_claim();
    world.accept(reject_claim("C-1"));
    let height = world.height.to_string();
    world
        .reject(approve("C-1"), "ClaimClosed")
        .naming(["C-1", "rejected", &height]);
    let mut world = in_status(ClaimStatus::Paid);
    let height = world.height.to_string();
    world
        .reject(withdraw("C-1"), "ClaimPaid")
        .naming(["C-1", "380.00", "bank", "B-C-1/1", &height]);
    let mut world = in_status(ClaimStatus::Decided);
    let height = world.height.to_string();
    world
        .reject(withdraw("C-1"), "ClaimDecided")
        .naming(["C-1", "380.00", "bank", &height]);
    let mut world = in_status(ClaimStatus::PayoutFailed);
    world
        .reject(correct("C-1"), "ClaimUndecided")
        .naming(["C-1", "payout failed"]);
}
