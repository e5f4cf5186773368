//! Paid claims that are corrected (A1, A13).

use piaolian_contracts::{claims::ClaimStatus, types::Fen};

use super::{back, claim_status, employer_books, out, paid, with_receipt};
use crate::world::{
    receipts::archive,
    reimbursement::{
        approve, authorise, came_back, claim, correct, exclude, failed, file, paid_out, reassess,
        recalled, sums, with_policy,
    },
    requests::{issue, reverse},
};

#[test]
fn a_paid_claim_that_is_corrected_counts_until_the_money_is_back() {
    let mut world = paid();
    world.accept(correct("C-1"));
    assert_eq!(claim_status(&world, "C-1"), ClaimStatus::Corrected);
    assert_eq!(out(&world), [700_00, 700_00]);
    // The claim that would be paid again.
    world.reject(file("C-2", &["R"]).under("SEVENTY"), "BookedBefore");
    world.reject(employer_books("V1", 300_01), "AboveRemaining");
    world.reject(reverse("R"), "Booked");
    let at = world.time.as_ms();
    let back = |amount: i64, reference: &str| {
        back(amount, reference).with(move |back| back.returned_ms = at)
    };
    world
        .reject(back(700_01, "T1"), "AboveReturnable")
        .naming(["R", "C-1", "700.01", "700.00"]);
    world.accept(back(200_00, "T1"));
    assert_eq!(out(&world), [500_00, 500_00]);
    // The same word again.
    world.accept(back(200_00, "T1"));
    assert_eq!(out(&world), [500_00, 500_00]);
    world.reject(back(500_00, "T1"), "ReferenceUsed");
    world.reject(file("C-2", &["R"]).under("SEVENTY"), "BookedBefore");
    world.accept(back(500_00, "T2"));
    assert_eq!(out(&world), [0, 0]);
    world.accept(file("C-2", &["R"]).under("SEVENTY"));
}

#[test]
fn a_correction_by_receipt_recovers_or_orders_the_difference() {
    let mut world = paid();
    // 100.00 are fully self-paid: 630.00 instead of 700.00.
    world.accept(reassess("C-1", "R", 100_00));
    assert_eq!(claim_status(&world, "C-1"), ClaimStatus::Paid);
    assert_eq!(out(&world), [700_00, 70_00]);
    // It was 50.00: 665.00, so that less must come back.
    world.accept(reassess("C-1", "R", 50_00));
    assert_eq!(out(&world), [700_00, 35_00]);
    world.accept(came_back("R", "insurer", "C-1", 1, 35_00));
    assert_eq!(out(&world), [665_00, 0]);
    // And nothing after all: 35.00 more are ordered.
    world
        .reject(
            reassess("C-1", "R", 0).with(|correct| {
                correct.bank = String::new();
                correct.payee_reference = vec![].into();
            }),
            "CorrectionNeedsBank",
        )
        .naming(["C-1"]);
    world.accept(reassess("C-1", "R", 0));
    assert_eq!(claim_status(&world, "C-1"), ClaimStatus::Decided);
    assert_eq!(world.receipt("R").reserved(), Fen::new(35_00));
    world
        .reject(reassess("C-1", "R", 0), "OrderWaits")
        .naming(["C-1", "2", "bank"]);
    world.accept(paid_out("C-1"));
    assert_eq!(out(&world), [700_00, 0]);
    assert_eq!(claim_status(&world, "C-1"), ClaimStatus::Paid);
}

#[test]
fn an_order_of_a_correction_that_comes_to_nothing_leaves_the_former_decision() {
    let mut world = with_receipt();
    world
        .accept(file("C-1", &["R"]).under("SEVENTY"))
        .accept(approve("C-1").assessing(0, [100_00, 0, 0, 0]))
        .accept(paid_out("C-1"))
        .accept(reassess("C-1", "R", 0));
    for word in [failed("C-1"), recalled("C-1")] {
        if claim_status(&world, "C-1") == ClaimStatus::Paid {
            world.accept(reassess("C-1", "R", 0)).accept(correct("C-1"));
        }
        world.accept(word);
        assert_eq!(claim_status(&world, "C-1"), ClaimStatus::Paid);
        assert_eq!(out(&world), [630_00, 0]);
        let decision = claim(&world, "insurer", "C-1").unwrap().decision.unwrap();
        assert_eq!(decision.total, Fen::new(630_00));
    }
}

#[test]
fn a_recovery_that_was_given_up_for_an_order_is_open_again_when_the_order_fails() {
    let mut world = with_receipt();
    world
        .accept(file("C-1", &["R"]).under("SEVENTY"))
        .accept(approve("C-1").assessing(0, [50_00, 0, 0, 0]))
        .accept(paid_out("C-1"))
        .accept(reassess("C-1", "R", 100_00));
    assert_eq!(out(&world), [665_00, 35_00]);
    world.accept(reassess("C-1", "R", 0));
    assert_eq!(world.receipt("R").reserved(), Fen::new(35_00));
    assert_eq!(out(&world), [665_00, 0]);
    world.accept(failed("C-1"));
    assert_eq!(out(&world), [665_00, 35_00]);
}

#[test]
fn one_line_that_cannot_be_undone_does_not_hold_the_whole_claim() {
    let mut world = with_receipt();
    world
        .accept(issue("S").costing(100_00))
        .accept(authorise("S", "insurer"))
        .accept(file("C-1", &["R", "S"]).under("SEVENTY"))
        .accept(approve("C-1"))
        .accept(paid_out("C-1"))
        .accept(archive(&["S"], "insurer"));
    world
        .reject(correct("C-1"), "ArchivedBooking")
        .naming(["S", "insurer"]);
    world.accept(exclude("C-1", &["R"]));
    assert_eq!(out(&world), [700_00, 700_00]);
    assert_eq!(world.receipt("S").open_recovery(), Fen::ZERO);
    assert_eq!(claim_status(&world, "C-1"), ClaimStatus::Paid);
    world
        .reject(exclude("C-1", &["R", "R"]), "NotToCorrect")
        .naming(["C-1", "R"]);
}

#[test]
fn sums_of_the_year_follow_corrections() {
    let mut world = with_policy();
    for (name, total) in [("R", 600_00), ("S", 100_00)] {
        world
            .accept(issue(name).costing(total))
            .accept(authorise(name, "insurer"));
    }
    world
        .accept(file("C-1", &["R", "S"]))
        .accept(approve("C-1"))
        .accept(paid_out("C-1"));
    assert_eq!(sums(&world, 2026), [100_00, 600_00, 380_00]);
    // S alone: the deductible takes all of it … of which R's line keeps what it took.
    world.accept(exclude("C-1", &["S"]));
    assert_eq!(sums(&world, 2026), [100_00, 500_00, 300_00]);
    world.accept(exclude("C-1", &["R"]));
    assert_eq!(sums(&world, 2026), [0, 0, 0]);
    assert_eq!(claim_status(&world, "C-1"), ClaimStatus::Corrected);
}
