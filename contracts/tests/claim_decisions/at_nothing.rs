//! Decisions at 0: settled, counted, and no obstacle to other payers.

use piaolian_contracts::{claims::ClaimStatus, receipts::Status, types::Fen};
use piaolian_proto::v1 as proto;

use crate::world::{
    World,
    claims::claim_status,
    receipts::{archive, exchange},
    reimbursement::{
        approve, authorise, claim, commercial, correct, exclude, failed, file, paid_out, publish,
        sums, with_policy, withdraw,
    },
    requests::{book, issue, lock, reverse, set_parameters, unlock},
};

/// A decided claim over R1 of 70 yuan, which is below the deductible.
fn below_the_deductible() -> World {
    let mut world = with_policy();
    world
        .accept(issue("R1").costing(70_00))
        .accept(authorise("R1", "insurer"))
        .accept(file("C-1", &["R1"]))
        .accept(approve("C-1"));
    world
}

#[test]
fn nothing_payable_settles_a_claim_at_zero_and_counts_all_the_same() {
    let mut world = below_the_deductible();
    assert_eq!(claim_status(&world, "C-1"), ClaimStatus::SettledAtZero);
    let settled = claim(&world, "insurer", "C-1").unwrap();
    assert!(settled.payouts.is_empty());
    let receipt = world.receipt("R1");
    assert_eq!((receipt.lock, receipt.reservations.len()), (None, 1));
    assert_eq!(receipt.reservations[0].amount, Fen::ZERO);
    assert_eq!(sums(&world, 2026), [70_00, 0, 0]);
    world.accept(correct("C-1"));
    assert_eq!(sums(&world, 2026), [0, 0, 0]);
    assert!(world.receipt("R1").reservations.is_empty());
}

/// A decided claim over R1 and R2 of 100 yuan: R1 meets the deductible and gets 0, R2 gets 60 yuan.
fn with_a_line_of_nothing() -> World {
    let mut world = with_policy();
    world.accept(publish("BASIC").by("insurer2").on_terms(commercial));
    for name in ["R1", "R2"] {
        world
            .accept(issue(name).costing(100_00))
            .accept(authorise(name, "insurer"))
            .accept(authorise(name, "insurer2"));
    }
    world
        .accept(file("C-1", &["R1", "R2"]))
        .accept(approve("C-1"));
    assert_eq!(sums(&world, 2026), [100_00, 100_00, 60_00]);
    world
}

#[test]
fn what_was_decided_at_nothing_is_not_claimed_again() {
    let mut world = below_the_deductible();
    let height = world.height.to_string();
    // The deductible has 30.00 left: the same receipt would be paid 24.00.
    let named = ["R1", "serious illness insurance", "C-1", "0.00", &height];
    world
        .reject(file("C-2", &["R1"]), "ReservedBefore")
        .naming(named);
    // Within a claim that pays for another receipt, before and after the bank's word.
    let mut world = with_a_line_of_nothing();
    world.reject(file("C-2", &["R1"]), "ReservedBefore");
    world.accept(paid_out("C-1"));
    world
        .reject(file("C-2", &["R1"]), "ReservedBefore")
        .naming(["R1", "serious illness insurance", "C-1", "0.00"]);
    world
        .accept(exclude("C-1", &["R1"]))
        .accept(file("C-2", &["R1"]))
        .accept(approve("C-2"));
    // R2 keeps its 60.00, and R1 is computed after it: the deductible has 100.00 left.
    assert_eq!(sums(&world, 2026), [100_00, 100_00, 60_00]);
}

#[test]
fn what_was_decided_at_nothing_is_not_locked_for_the_same_fund_alone() {
    let mut world = with_a_line_of_nothing();
    let total = |lock: &mut proto::LockReceipt| lock.claim_number = "C-2".to_owned();
    // The insurer has other funds.
    world
        .accept(lock("R1", "insurer").with(total))
        .accept(unlock("R1", "insurer"));
    let basic = |p: &mut proto::Parameters| p.fund_rules.retain(|rule| rule.fund_kind == 2);
    world.accept(set_parameters(basic));
    world
        .reject(lock("R1", "insurer").with(total), "ReservedBefore")
        .naming(["R1", "serious illness insurance", "C-1", "0.00"]);
}

#[test]
fn what_was_decided_at_nothing_waits_for_nobody_and_keeps_no_other_payer_away() {
    let mut world = with_a_line_of_nothing();
    assert_eq!(world.status("R1"), Status::Issued);
    assert_eq!(world.status("R2"), Status::Held);
    world
        .accept(file("K-1", &["R1"]).by("insurer2"))
        .accept(withdraw("K-1").by("insurer2"));
    world.accept(book("R1", "insurer2", "V1", 60_00));
    assert_eq!(world.status("R1"), Status::PartlyReimbursed);
    // The rejection names the booking, not the reservation of 0.
    world
        .reject(book("R1", "employer", "V1", 40_01), "AboveRemaining")
        .naming(["R1", "insurer2", "V1"]);
    world.accept(paid_out("C-1"));
    world.accept(archive(&["R1"], "hospital"));
    assert_eq!(world.status("R1"), Status::Archived);
}

#[test]
fn what_was_decided_at_nothing_is_neither_reversed_nor_exchanged_while_it_counts() {
    let mut world = with_a_line_of_nothing();
    let named = ["R1", "insurer", "C-1", "0.00"];
    world.reject(reverse("R1"), "Reserved").naming(named);
    world.reject(exchange("R1", "1"), "Reserved").naming(named);
    world.accept(paid_out("C-1"));
    world.reject(reverse("R1"), "Reserved").naming(named);
    world.accept(correct("C-1")).accept(reverse("R1"));
    // A payout that failed counts nothing.
    let mut world = with_a_line_of_nothing();
    world.accept(failed("C-1"));
    assert!(world.receipt("R1").reservations.is_empty());
    world.accept(withdraw("C-1")).accept(exchange("R1", "1"));
}
