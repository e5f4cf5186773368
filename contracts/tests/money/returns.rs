//! Money that moves and comes back (docs/DOMAIN.md §10).
//!
//! Every story checks the invariant: what is out, less what open recoveries name, is never more than may be claimed.

use piaolian_contracts::{
    claims::{ClaimStatus, MOVEMENTS, MovementKey, status},
    types::{Fen, FundKind},
};
use piaolian_proto::v1 as proto;

use crate::{
    invariants,
    world::{
        DAY_MS, HOUR_MS, World,
        payments::{mandate, notice, report},
        people::Member,
        reimbursement::{
            Ask, approve, authorise, came_back, claim, correct, exclude, failed, failed_for_now,
            file, paid_out, publish, reassess, recalled, release, settle, strike, sums, tier,
            with_leaving_payer, with_policy, withdraw,
        },
        requests::{book, issue, lock, reverse, suspend, unbook},
    },
};

/// A receipt of 1,000 yuan, of which the insurer's terms give 70 %, and nothing is decided.
fn with_receipt() -> World {
    let mut world = with_policy();
    world
        .accept(publish("SEVENTY").on_terms(|terms| {
            terms.deductible_fen = 0;
            terms.tiers = vec![tier(0, 7_000)];
            terms.yearly_limit = Some(proto::policy_terms::YearlyLimit::Uncapped(true));
        }))
        .accept(issue("R").costing(1_000_00))
        .accept(authorise("R", "insurer"));
    world
}

/// The insurer's claim over R, decided: the bank is to pay 700 yuan.
fn decided() -> World {
    let mut world = with_receipt();
    world
        .accept(file("C-1", &["R"]).under("SEVENTY"))
        .accept(approve("C-1"));
    world
}

fn paid() -> World {
    let mut world = decided();
    world.accept(paid_out("C-1"));
    world
}

/// The employer books an amount of R by hand.
fn employer_books(voucher: &str, amount: i64) -> impl crate::world::requests::Request {
    book("R", "employer", voucher, amount).with(|book| book.presented_total_fen = 1_000_00)
}

/// Of an order of the claim, when a later one exists.
fn of_order(number: u32) -> impl Fn(&mut proto::ConfirmPayout) {
    move |confirm| {
        confirm.payout_number = number;
        confirm.bank_reference = format!("B-C-1/{number}/late");
    }
}

fn claim_status(world: &World, number: &str) -> ClaimStatus {
    status(&claim(world, "insurer", number).unwrap(), world.time)
}

/// What is out of R, and what of it must come back.
fn out(world: &World) -> [i64; 2] {
    invariants::check(world);
    let receipt = world.receipt("R");
    [receipt.booked(), receipt.open_recovery()].map(Fen::get)
}

fn alerts(world: &World, kind: &str) -> usize {
    world
        .alerts()
        .iter()
        .filter(|alert| alert.kind.name == kind)
        .count()
}

// A18: one movement.

#[test]
fn one_transfer_confirms_one_payout() {
    let mut world = decided();
    world
        .accept(issue("S").costing(1_000_00))
        .accept(authorise("S", "insurer"))
        .accept(file("C-2", &["S"]).under("SEVENTY"))
        .accept(approve("C-2"));
    let under =
        |number: &str| paid_out(number).with(|confirm| confirm.bank_reference = "B1".to_owned());
    world.accept(under("C-1"));
    world
        .reject(under("C-2"), "ReferenceUsed")
        .naming(["bank", "B1", "C-1", "700.00"]);
    assert_eq!(alerts(&world, "ReferenceReused"), 1);
    assert_eq!(world.receipt("S").booked(), Fen::ZERO);
    let key = MovementKey {
        bank: world.member("bank").id,
        bank_reference: "B1".parse().unwrap(),
    };
    let movement = MOVEMENTS.get(&world.state, &key).unwrap().unwrap();
    assert_eq!(movement.amount, Fen::new(700_00));
    // The same number of another bank is another movement.
    world.accept(paid_out("C-2"));
}

#[test]
fn a_payout_a_payment_and_a_return_do_not_share_a_reference() {
    let mut world = paid();
    let police = piaolian_contracts::organisations::Role::CollectingAgency;
    world
        .admit("police", &[police])
        .accept(mandate("hospital", "police"))
        .accept(notice(1));
    let outcome = world.submit(report("B-C-1/1", 1));
    let names: Vec<u32> = outcome.items.iter().map(|item| item.code).collect();
    assert_eq!(names, [1672], "{outcome:?}");
    world.accept(report("B-7", 1));
    world.accept(correct("C-1"));
    let back = |reference: &str| {
        let reference = reference.to_owned();
        came_back("R", "insurer", "C-1", 1, 700_00)
            .with(move |back| back.bank_reference = reference.clone())
    };
    world.reject(back("B-C-1/1"), "ReferenceUsed");
    world.reject(back("B-7"), "ReferenceUsed");
    world.accept(back("B-8"));
    assert_eq!(out(&world), [0, 0]);
}

// A1, A13: corrections.

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
    let back = move |amount: i64, reference: &'static str| {
        came_back("R", "insurer", "C-1", 1, amount).with(move |back| {
            (back.bank_reference, back.returned_ms) = (reference.to_owned(), at);
        })
    };
    world
        .reject(back(700_01, "T1"), "AboveRecovery")
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
    world.reject(came_back("R", "insurer", "C-1", 1, 70_01), "AboveRecovery");
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
        .accept(crate::world::receipts::archive(&["S"], "insurer"));
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

// A2: recalls.

#[test]
fn a_recall_frees_nothing_while_the_bank_may_be_paying() {
    let mut world = decided();
    world.accept(correct("C-1"));
    // The employer finds 300.00, not 1,000.00.
    world
        .reject(employer_books("V1", 1_000_00), "AboveReserved")
        .naming(["R", "1,000.00", "300.00", "insurer", "C-1", "700.00"]);
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

// A3: "failed", then "paid".

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
    world.reject(came_back("R", "insurer", "C-1", 2, 700_00), "AboveRecovery");
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

// B4.

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

// A1 by hand.

#[test]
fn a_booking_by_hand_is_an_error_for_a_time_and_two_persons_say_so() {
    let mut world = with_receipt();
    world.accept(employer_books("V1", 1_000_00));
    world.reject(unbook("R", "employer", "V1").operated_by(""), "NoOperator");
    world.reject(
        unbook("R", "employer", "V1").operated_by("chen.jing"),
        "ReviewerIsOperator",
    );
    world.accept(unbook("R", "employer", "V1"));
    assert_eq!(alerts(&world, "EnteredInError"), 1);
    world.accept(employer_books("V2", 1_000_00));
    assert_eq!(alerts(&world, "BookedAfterError"), 1);
    world.wait_ms(3 * DAY_MS);
    world
        .reject(unbook("R", "employer", "V2"), "NoEntryError")
        .naming(["R", "V2"]);
    // The money comes back by a bank's word.
    let at = |world: &World, back: &mut proto::ConfirmReturn| {
        back.returned_ms = world.receipt("R").bookings[1].time.as_ms() - 2_001;
    };
    world.reject(
        came_back("R", "employer", "V2", 0, 1).with_world(at),
        "ReturnedOutOfTime",
    );
    world.accept(came_back("R", "employer", "V2", 0, 400_00));
    assert_eq!(out(&world), [600_00, 0]);
    world.reject(reverse("R"), "Booked");
    world.accept(came_back("R", "employer", "V2", 0, 600_00).with(|back| {
        back.bank_reference = "T-2026/2".to_owned();
    }));
    world.accept(reverse("R"));
    assert_eq!(alerts(&world, "ReversedAfterError"), 1);
}

#[test]
fn what_came_back_in_part_was_paid() {
    let mut world = with_receipt();
    world
        .accept(employer_books("V1", 500_00))
        .accept(came_back("R", "employer", "V1", 0, 100_00));
    world
        .reject(unbook("R", "employer", "V1"), "WasPaid")
        .naming(["R", "V1", "100.00"]);
}

// A21.

#[test]
fn a_paid_booking_of_a_payer_that_is_gone_goes_on_counting() {
    let mut world = with_receipt();
    with_leaving_payer(&mut world, "mutual", 1);
    world.accept(book("R", "mutual", "V1", 1_000_00).with(|book| {
        book.presented_total_fen = 1_000_00;
        book.fund_kind = FundKind::Commercial.number();
    }));
    world.accept(issue("S")).accept(release("R", "mutual"));
    assert_eq!(out(&world), [1_000_00, 0]);
    world.reject(employer_books("V1", 1), "Booked");
    world.reject(
        lock("R", "employer").with(|lock| lock.presented_total_fen = 1_000_00),
        "Booked",
    );
    world.accept(strike("R", "mutual", "V1", 0));
    assert_eq!(alerts(&world, "BookingStruck"), 1);
    world.accept(employer_books("V1", 1_000_00));
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
    let _: fn(&str) -> Ask<proto::CorrectClaim> = correct;
    let _ = Member::new;
}
