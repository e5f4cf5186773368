//! Receipts that are claimed, and receipts that cannot be.

use piaolian_contracts::types::Fen;
use piaolian_proto::v1 as proto;

use super::with_receipts;
use crate::world::{
    DAY_MS,
    receipts::exchange,
    reimbursement::{approve, authorise, claim, commercial, file, publish, withdraw},
    requests::{book, lock, reverse, set_parameters, suspend, unbook, unlock},
};

#[test]
fn an_altered_total_is_refused() {
    let mut world = with_receipts();
    let altered = |claim: &mut proto::FileClaim| claim.receipts[1].presented_total_fen = 900_00;
    world
        .reject(file("C-1", &["R1", "R2"]).with(altered), "TotalDiffers")
        .naming(["R2", "900.00", "100.00"]);
}

#[test]
fn a_double_claim_names_both_claimants() {
    let mut world = with_receipts();
    world
        .accept(publish("BASIC").by("insurer2").on_terms(commercial))
        .accept(authorise("R1", "insurer2"))
        .accept(file("C-1", &["R1"]));
    world
        .reject(file("K-9", &["R1"]).by("insurer2"), "InAnotherClaim")
        .naming([
            "R1",
            "insurer2",
            "K-9",
            "insurer",
            "C-1",
            "2026-12-01 12:00:12",
        ]);
    world
        .reject(file("C-2", &["R1"]), "LockedForAnotherClaim")
        .naming(["R1", "C-1"]);
    // Past its time it is free.
    world
        .wait_ms(10 * DAY_MS)
        .accept(file("K-9", &["R1"]).by("insurer2"));
}

#[test]
fn nothing_is_claimed_where_nothing_is_left() {
    let mut world = with_receipts();
    world
        .accept(book("R1", "insurer2", "V1", 60_00))
        .reject(file("C-1", &["R1"]), "Booked")
        .naming(["R1", "insurer2", "V1", "60.00"]);
    // What the kind of fund may not have is not there either.
    world.accept(set_parameters(|parameters| {
        let rule = &mut parameters.fund_rules[1];
        (rule.less_personal_account, rule.less_personal_cash) = (true, true);
    }));
    world
        .reject(file("C-1", &["R2"]), "NothingClaimable")
        .naming(["R2", "insurer"]);
    world.accept(set_parameters(|parameters| {
        parameters.fund_rules[1].less_personal_cash = true;
    }));
    world.accept(book("R2", "insurer2", "V1", 15_00));
    world
        .reject(file("C-1", &["R2"]), "NothingLeft")
        .naming(["R2", "insurer", "insurer2", "V1", "15.00"]);
    world.accept(set_parameters(|parameters| {
        parameters.fund_rules.remove(1);
    }));
    world
        .reject(file("C-1", &["R2"]), "NoFundRule")
        .naming(["serious illness insurance"]);
}

#[test]
fn a_kind_of_fund_is_claimed_once() {
    let mut world = with_receipts();
    world.accept(publish("LIFE").on_terms(|terms| terms.fund_kind = 4));
    world.accept(book("R1", "insurer", "V1", 10_00));
    world
        .reject(file("C-1", &["R1"]).under("LIFE"), "BookedBefore")
        .naming(["R1", "commercial insurance", "V1", "10.00"]);
    world
        .accept(unbook("R1", "insurer", "V1"))
        .accept(file("C-1", &["R1"]).under("LIFE"));
    // Another kind of fund of the same insurer is another claim, once the first is decided.
    world.accept(publish("AID").on_terms(|terms| terms.fund_kind = 3));
    world.accept(publish("EASY").on_terms(|terms| terms.deductible_fen = 0));
    world
        .accept(file("C-2", &["R2"]).under("EASY"))
        .accept(approve("C-2"));
    world
        .reject(file("C-3", &["R2"]), "ReservedBefore")
        .naming(["R2", "serious illness insurance", "C-2", "60.00"]);
    world
        .reject(file("C-4", &["R2"]).under("AID"), "LeftIsReserved")
        .naming(["R2", "insurer", "C-2", "60.00"]);
}

#[test]
fn the_receipts_of_a_suspended_issuer_stay_claimable() {
    let mut world = with_receipts();
    world
        .accept(suspend("hospital"))
        .accept(file("C-1", &["R1"]));
    // Finance serves the holders meanwhile.
    world
        .accept(authorise("R2", "insurer").by("finance"))
        .accept(file("C-2", &["R2"]))
        .accept(approve("C-1"));
}

#[test]
fn a_reversed_or_paper_receipt_is_not_claimed() {
    let mut world = with_receipts();
    world.accept(reverse("R1")).accept(exchange("R2", "1"));
    world
        .reject(file("C-1", &["R1"]), "Reversed")
        .naming(["R1", "-R1"]);
    world.reject(file("C-1", &["R2"]), "OnPaper").naming(["R2"]);
}

#[test]
fn a_voucher_used_on_a_receipt_is_no_number_for_its_claim() {
    let mut world = with_receipts();
    world.accept(book("R1", "insurer", "C-1", 5_00));
    world
        .reject(file("C-1", &["R1"]), "VoucherUsed")
        .naming(["R1", "C-1", "5.00"]);
    // On another receipt it does no harm, and is taken back as what it is.
    world
        .accept(file("C-1", &["R2"]))
        .accept(unbook("R1", "insurer", "C-1"));
}

#[test]
fn a_lock_taken_before_becomes_the_claims() {
    let mut world = with_receipts();
    world
        .accept(lock("R1", "insurer"))
        .accept(file("C-1", &["R1", "R2"]));
    let until = claim(&world, "insurer", "C-1").unwrap().until;
    assert_eq!(world.receipt("R1").lock.unwrap().until, until);
}

#[test]
fn what_a_claim_holds_is_given_back_with_the_claim_alone() {
    let mut world = with_receipts();
    world.accept(file("C-1", &["R1"]));
    world
        .reject(unlock("R1", "insurer"), "HeldByClaim")
        .naming(["R1", "C-1", "2026-12-01 12:00:10"]);
    world
        .reject(book("R1", "insurer", "C-1", 10_00), "VoucherIsClaim")
        .naming(["R1", "C-1"]);
    // A booking for another fund leaves the claim its lock, whatever it says.
    world.accept(book("R1", "insurer", "V1", 10_00));
    assert_eq!(
        world.receipt("R1").lock.unwrap().claim_number.as_str(),
        "C-1"
    );
    world
        .reject(reverse("R1"), "Locked")
        .naming(["R1", "insurer", "C-1"]);
    world.reject(exchange("R1", "1"), "Locked");
    world.accept(withdraw("C-1"));
    assert_eq!(world.receipt("R1").lock, None);
    // An ordinary lock, of a number that was never filed, is given back as before.
    world
        .accept(lock("R1", "insurer").with(|lock| lock.claim_number = "L-1".to_owned()))
        .accept(unlock("R1", "insurer"));
}

#[test]
fn a_forged_receipt_is_not_claimed() {
    let mut world = with_receipts();
    let mut forged = world.receipt_id("R1");
    forged.number = piaolian_contracts::types::ReceiptNumber::parse("", 999).unwrap();
    world.call("forged", forged);
    world
        .reject(file("C-1", &["R1", "forged"]), "UnknownReceipt")
        .naming(["forged"]);
    assert_eq!(world.receipt("R1").booked(), Fen::ZERO);
}
