//! Orders that were recalled, failed, or were paid otherwise than ordered (A2, A3, B4).

use piaolian_contracts::{claims::ClaimStatus, types::Fen};
use piaolian_proto::v1 as proto;

use super::{alerts, back, claim_status, decided, employer_books, out, paid, with_receipt};
use crate::world::{
    DAY_MS, HOUR_MS,
    reimbursement::{
        approve, authorise, came_back, claim, correct, failed, failed_for_now, file, paid_out,
        publish, reassess, settle, withdraw,
    },
    requests::{issue, propose, removal_of, reverse, suspend},
};

/// Of an order of the claim, when a later one exists.
fn of_order(number: u32) -> impl Fn(&mut proto::ConfirmPayout) {
    move |confirm| {
        confirm.payout_number = number;
        confirm.bank_reference = format!("B-C-1/{number}/late");
    }
}

#[test]
fn a_recall_frees_nothing_while_the_bank_may_be_paying() {
    let mut world = decided();
    world.accept(correct("C-1"));
    // The employer finds 300.00, not 1,000.00.
    world
        .reject(employer_books("V1", 1_000_00), "AboveReserved")
        .naming(["R", "1000.00", "300.00", "insurer", "C-1", "700.00"]);
    world.accept(employer_books("V1", 300_00));
    world.accept(paid_out("C-1"));
    assert_eq!(out(&world), [1_000_00, 700_00]);
    assert_eq!(claim_status(&world, "C-1"), ClaimStatus::Corrected);
    assert_eq!(alerts(&world, "PaidAfterRecall"), 1);
    world.accept(came_back("R", "insurer", "C-1", 1, 700_00));
    assert_eq!(out(&world), [300_00, 0]);
}

#[test]
fn finance_ends_the_wait_for_a_recalled_order_and_a_late_payment_is_still_a_fact() {
    let mut world = decided();
    world
        .reject(settle("C-1", 1), "NothingToSettle")
        .naming(["C-1", "1"]);
    world.accept(correct("C-1"));
    world.wait_ms(7 * DAY_MS - HOUR_MS);
    world
        .reject(settle("C-1", 1), "BankHasTime")
        .naming(["C-1", "1", "bank"]);
    world.wait_ms(HOUR_MS).accept(settle("C-1", 1));
    assert_eq!(claim_status(&world, "C-1"), ClaimStatus::Corrected);
    world.accept(employer_books("V1", 1_000_00));
    world.accept(paid_out("C-1"));
    // 1,700.00 on 1,000.00, and the recovery names the 700.00.
    assert_eq!(out(&world), [1_700_00, 700_00]);
    assert_eq!(alerts(&world, "PaidAfterRecall"), 1);
}

#[test]
fn paid_after_failed_is_booked_and_must_come_back() {
    let mut world = decided();
    world.accept(failed_for_now("C-1"));
    // The second order waits for the bank's final word, and so does the end of the claim.
    world
        .reject(approve("C-1"), "NoFinalWord")
        .naming(["C-1", "1", "bank"]);
    world.reject(withdraw("C-1"), "NoFinalWord");
    world.accept(paid_out("C-1"));
    assert_eq!(claim_status(&world, "C-1"), ClaimStatus::PaidLate);
    assert_eq!(out(&world), [700_00, 700_00]);
    assert_eq!(alerts(&world, "PaidAfterFailure"), 1);
    world.reject(approve("C-1"), "ClaimPaid");
    // The insurer decides that the money was owed after all.
    world.accept(reassess("C-1", "R", 0));
    assert_eq!(claim_status(&world, "C-1"), ClaimStatus::Paid);
    assert_eq!(out(&world), [700_00, 0]);
    assert_eq!(claim(&world, "insurer", "C-1").unwrap().payouts.len(), 1);
}

#[test]
fn even_after_its_final_word_a_banks_payment_is_a_fact() {
    let mut world = decided();
    world
        .accept(failed_for_now("C-1"))
        .accept(failed("C-1"))
        .accept(approve("C-1"));
    world.accept(
        paid_out("C-1")
            .with(of_order(1))
            .on_paid(|paid| paid.amount_fen = 700_00),
    );
    assert_eq!(claim_status(&world, "C-1"), ClaimStatus::Decided);
    assert_eq!(out(&world), [700_00, 700_00]);
    world.accept(paid_out("C-1"));
    assert_eq!(out(&world), [1_400_00, 700_00]);
    assert_eq!(alerts(&world, "PaidAfterFailure"), 1);
    // Only what the recovery names comes back, of the order that was paid late.
    world.reject(
        came_back("R", "insurer", "C-1", 2, 700_00),
        "AboveReturnable",
    );
    world.accept(came_back("R", "insurer", "C-1", 1, 700_00));
    assert_eq!(out(&world), [700_00, 0]);
}

#[test]
fn finance_makes_a_failure_final_that_the_bank_leaves_open() {
    let mut world = decided();
    world
        .accept(failed_for_now("C-1"))
        .wait_ms(8 * DAY_MS)
        .accept(settle("C-1", 1));
    world.accept(approve("C-1")).accept(paid_out("C-1"));
    assert_eq!(out(&world), [700_00, 0]);
}

#[test]
fn a_suspended_bank_reports_what_became_of_its_order() {
    let mut world = decided();
    world.accept(suspend("bank")).accept(issue("S"));
    world.accept(paid_out("C-1"));
    assert_eq!(out(&world), [700_00, 0]);
    world.accept(correct("C-1"));
    // It takes no new business: a return is not its order.
    world.reject(came_back("R", "insurer", "C-1", 1, 700_00), "Suspended");
}

// What a bank did that nobody ordered.

#[test]
fn an_order_that_is_paid_twice_is_out_twice_and_once_must_come_back() {
    let mut world = paid();
    let again = |reference: &str| {
        let reference = reference.to_owned();
        paid_out("C-1").with(move |confirm| confirm.bank_reference = reference.clone())
    };
    let at = world.time.as_ms();
    let second = || again("B2").on_paid(move |paid| paid.paid_ms = at);
    world.accept(second());
    assert_eq!(out(&world), [1_400_00, 700_00]);
    assert_eq!(alerts(&world, "PaidTwice"), 1);
    assert_eq!(claim_status(&world, "C-1"), ClaimStatus::Paid);
    // The same word again.
    world.accept(second());
    assert_eq!(out(&world), [1_400_00, 700_00]);
    world.accept(again("B3"));
    assert_eq!(out(&world), [2_100_00, 1_400_00]);
    let order = claim(&world, "insurer", "C-1").unwrap().payouts.remove(0);
    assert_eq!(
        (order.paid_again.count, order.paid_again.sum),
        (2, Fen::new(1_400_00))
    );
    // Nothing of the receipt is left for others until the money is back.
    world.reject(employer_books("V1", 1), "Booked");
    world.accept(back(1_400_00, "T1"));
    assert_eq!(out(&world), [700_00, 0]);
    world.accept(employer_books("V1", 300_00));
}

#[test]
fn what_was_paid_above_the_order_is_out_and_must_come_back() {
    let mut world = decided();
    world.accept(paid_out("C-1").on_paid(|paid| paid.amount_fen = 7_000_00));
    assert_eq!(out(&world), [7_000_00, 6_300_00]);
    assert_eq!(alerts(&world, "PaidAmountDiffers"), 1);
    assert_eq!(claim_status(&world, "C-1"), ClaimStatus::Paid);
    world.reject(employer_books("V1", 300_00), "Booked");
    world.accept(back(6_300_00, "T1"));
    world.accept(employer_books("V1", 300_00));
    assert_eq!(out(&world), [1_000_00, 0]);
}

#[test]
fn what_was_paid_below_the_order_is_out_and_a_correction_orders_the_rest() {
    let mut world = decided();
    world.accept(paid_out("C-1").on_paid(|paid| paid.amount_fen = 600_00));
    assert_eq!(out(&world), [600_00, 0]);
    assert_eq!(alerts(&world, "PaidAmountDiffers"), 1);
    assert_eq!(world.receipt("R").reserved(), Fen::ZERO);
    world.accept(reassess("C-1", "R", 0));
    assert_eq!(world.receipt("R").reserved(), Fen::new(100_00));
    world.accept(paid_out("C-1"));
    assert_eq!(out(&world), [700_00, 0]);
}

#[test]
fn the_rest_of_an_order_that_was_paid_in_two_parts_stands_once_the_insurer_decides_so() {
    let mut world = decided();
    let part = |reference: &str, amount: i64| {
        let reference = reference.to_owned();
        paid_out("C-1")
            .with(move |confirm| confirm.bank_reference = reference.clone())
            .on_paid(move |paid| paid.amount_fen = amount)
    };
    world
        .accept(part("B1", 600_00))
        .accept(employer_books("V1", 350_00))
        .accept(part("B2", 100_00));
    // 1,050.00 are out on 1,000.00, and the recovery names the second part.
    assert_eq!(out(&world), [1_050_00, 100_00]);
    // The terms would give 700.00; 650.00 are left beside the employer's part.
    world.accept(reassess("C-1", "R", 0));
    assert_eq!(out(&world), [1_050_00, 50_00]);
    world.accept(back(50_00, "T1"));
    assert_eq!(out(&world), [1_000_00, 0]);
}

#[test]
fn an_order_over_two_receipts_that_was_paid_in_part_pays_the_first_one_first() {
    let mut world = with_receipt();
    world
        .accept(issue("S").costing(100_00))
        .accept(authorise("S", "insurer"))
        .accept(file("C-1", &["R", "S"]).under("SEVENTY"))
        .accept(approve("C-1"))
        .accept(paid_out("C-1").on_paid(|paid| paid.amount_fen = 710_00));
    assert_eq!(out(&world), [700_00, 0]);
    assert_eq!(world.receipt("S").booked(), Fen::new(10_00));
}

#[test]
fn money_that_came_back_unasked_is_free_again_and_an_alert_says_so() {
    let mut world = paid();
    // The payee's account is closed: the bank has the money back.
    world.accept(back(700_00, "T1"));
    assert_eq!(out(&world), [0, 0]);
    assert_eq!(alerts(&world, "ReturnedUnasked"), 1);
    assert_eq!(claim_status(&world, "C-1"), ClaimStatus::Paid);
    world.reject(back(1, "T2"), "AboveReturnable");
    // It is ordered anew, to another account.
    world
        .accept(reassess("C-1", "R", 0))
        .accept(paid_out("C-1"));
    assert_eq!(out(&world), [700_00, 0]);
}

#[test]
fn a_late_payment_of_a_reversed_receipt_is_still_a_fact() {
    let mut world = decided();
    world
        .accept(failed("C-1"))
        .accept(withdraw("C-1"))
        .accept(reverse("R"));
    world.accept(paid_out("C-1").with(|confirm| confirm.bank_reference = "B2".to_owned()));
    assert_eq!(out(&world), [700_00, 700_00]);
    world.accept(back(700_00, "T1"));
    assert_eq!(out(&world), [0, 0]);
}

#[test]
fn a_payment_for_an_insurer_that_was_removed_is_still_a_fact() {
    let mut world = with_receipt();
    // 1,000.00 less 100.00 of deductible; 500.00 at 60 % and 400.00 at 80 %.
    world
        .accept(publish("BASIC").by("insurer2"))
        .accept(authorise("R", "insurer2"))
        .accept(file("K-1", &["R"]).by("insurer2"))
        .accept(approve("K-1").by("insurer2"))
        .accept(propose(removal_of("insurer2")))
        .accept(issue("S"));
    world.accept(paid_out("K-1"));
    assert_eq!(out(&world), [620_00, 0]);
}

#[test]
fn a_recovery_of_a_reversed_receipt_is_not_given_up() {
    let mut world = decided();
    // The claim holds its receipt for ten days.
    world
        .accept(failed("C-1"))
        .wait_ms(11 * DAY_MS)
        .accept(reverse("R").with(|red| red.issue_date = 20_261_202));
    world.accept(paid_out("C-1").with(|confirm| confirm.bank_reference = "B2".to_owned()));
    assert_eq!(claim_status(&world, "C-1"), ClaimStatus::PaidLate);
    world.reject(reassess("C-1", "R", 0), "Reversed");
    assert_eq!(out(&world), [700_00, 700_00]);
}
