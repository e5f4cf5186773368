//! The bank's answer: a paid claim is booked, a failed one is free again.

use piaolian_contracts::{
    Refused,
    claims::{ClaimStatus, PayoutResult, status},
    receipts::Status,
    types::{Fen, FundKind},
};
use piaolian_proto::v1 as proto;

use crate::world::{
    DAY_MS, HOUR_MS, World, accepted,
    reimbursement::{
        approve, authorise, claim, commercial, correct, failed, file, paid_out, publish, recalled,
        sums, with_policy, withdraw,
    },
    requests::{book, issue, lock, unbook, unlock},
};

/// A claim over R1 (600 yuan) and R2 (100 yuan), approved: 300 and 80 yuan.
fn decided() -> World {
    let mut world = with_policy();
    for (name, total) in [("R1", 600_00), ("R2", 100_00)] {
        world
            .accept(issue(name).costing(total))
            .accept(authorise(name, "insurer"));
    }
    world
        .accept(file("C-1", &["R1", "R2"]))
        .accept(approve("C-1"));
    world
}

fn claim_status(world: &World) -> ClaimStatus {
    status(&claim(world, "insurer", "C-1").unwrap(), world.time)
}

#[test]
fn a_paid_claim_is_booked_and_fed_back_in_the_same_block() {
    let mut world = decided();
    let outcome = world.submit(paid_out("C-1").operated_by("teller-7"));
    assert!(accepted(&outcome));
    assert_eq!(outcome.items.len(), 2, "finance hears of every receipt");
    for (name, amount) in [("R1", 300_00), ("R2", 80_00)] {
        let receipt = world.receipt(name);
        assert!(receipt.reservations.is_empty() && receipt.lock.is_none());
        let booking = &receipt.bookings[0];
        assert_eq!(booking.payer, world.member("insurer").id);
        assert_eq!(booking.fund_kind, FundKind::SeriousIllness);
        assert_eq!(
            (booking.voucher_number.as_str(), booking.amount),
            ("C-1", Fen::new(amount))
        );
        // Those who decided, not the teller.
        assert_eq!(booking.operator.as_str(), "li.wei");
        assert_eq!(booking.reviewer.as_str(), "chen.jing");
        assert_eq!((booking.height, booking.time), (world.height, world.time));
        assert_eq!(world.status(name), Status::PartlyReimbursed);
    }
    let record = claim(&world, "insurer", "C-1").unwrap();
    assert_eq!(status(&record, world.time), ClaimStatus::Paid);
    let said = record.payouts[0].confirmation.clone().unwrap();
    assert_eq!(said.bank_reference.as_str(), "B-C-1/1");
    assert!(matches!(said.result, PayoutResult::Paid { amount, .. } if amount == Fen::new(380_00)));
    assert_eq!(sums(&world, 2026), [100_00, 600_00, 380_00]);
}

#[test]
fn the_same_word_again_changes_nothing_and_another_is_refused() {
    let mut world = decided();
    let at = world.time.as_ms();
    let same = || paid_out("C-1").on_paid(move |paid| paid.paid_ms = at);
    world.accept(same());
    let height = world.height.to_string();
    let before = world.state.without_idempotency();
    let outcome = world.submit(same());
    assert!(accepted(&outcome) && outcome.items.is_empty());
    assert_eq!(world.state.without_idempotency(), before);
    let named = ["C-1", "1", "paid", "B-C-1/1", &height];
    let others = [
        same().on_paid(|paid| paid.paid_ms += 1),
        same().on_paid(|paid| paid.amount_fen -= 1),
        failed("C-1"),
    ];
    for other in others {
        world.reject(other, "PayoutConfirmed").naming(named);
    }
}

#[test]
fn only_the_bank_that_was_ordered_confirms_and_only_its_order() {
    let mut world = decided();
    world
        .reject(paid_out("C-1").by("bank2"), "NotTheBank")
        .naming(["C-1", "1", "bank"]);
    let second = |confirm: &mut proto::ConfirmPayout| confirm.payout_number = 2;
    world
        .reject(paid_out("C-1").with(second), "UnknownPayout")
        .naming(["insurer", "C-1", "2"]);
    world
        .reject(paid_out("C-7"), "UnknownClaim")
        .naming(["insurer", "C-7"]);
}

#[test]
fn an_order_is_paid_between_the_order_and_now() {
    let mut world = decided();
    let ordered = claim(&world, "insurer", "C-1").unwrap().payouts[0]
        .time
        .as_ms();
    // Clocks may differ by the governed 2 s.
    let too_early = move |paid: &mut proto::PayoutPaid| paid.paid_ms = ordered - 2_001;
    world
        .reject(paid_out("C-1").on_paid(too_early), "PaidOutOfTime")
        .naming([
            "C-1",
            "1",
            "2026-11-21 12:00:08",
            "2026-11-21 12:00:11",
            "2026-11-21 12:00:12",
        ]);
    let now = world.next_moment().time.as_ms();
    let too_late = move |paid: &mut proto::PayoutPaid| paid.paid_ms = now + 2_001;
    world.reject(paid_out("C-1").on_paid(too_late), "PaidOutOfTime");
    let earliest = move |paid: &mut proto::PayoutPaid| paid.paid_ms = ordered - 2_000;
    world.accept(paid_out("C-1").on_paid(earliest));
    let mut world = decided();
    let now = world.next_moment().time.as_ms();
    world.accept(paid_out("C-1").on_paid(move |paid| paid.paid_ms = now + 2_000));
}

#[test]
fn a_failed_payout_frees_the_amounts_and_the_claim_is_decided_again() {
    let mut world = decided();
    world.accept(failed("C-1"));
    assert_eq!(claim_status(&world), ClaimStatus::PayoutFailed);
    assert_eq!(sums(&world, 2026), [0, 0, 0]);
    for name in ["R1", "R2"] {
        let receipt = world.receipt(name);
        assert!(receipt.reservations.is_empty() && receipt.bookings.is_empty());
        assert_eq!(receipt.lock.unwrap().claim_number.as_str(), "C-1");
    }
    world.reject(unlock("R1", "insurer"), "HeldByClaim");
    world.accept(
        approve("C-1")
            .paid_by("bank2")
            .assessing(0, [100_00, 0, 0, 0]),
    );
    // R1: 500.00 − 100.00 = 400.00 at 60 % is 240.00; R2: 100.00 at 60 % is 60.00.
    let record = claim(&world, "insurer", "C-1").unwrap();
    let orders: Vec<_> = record
        .payouts
        .iter()
        .map(|payout| (payout.number, payout.amount.get()))
        .collect();
    assert_eq!(orders, [(1, 380_00), (2, 300_00)]);
    assert_eq!(record.payouts[1].bank, world.member("bank2").id);
    // The first bank repeats itself late: it changes nothing for the second order.
    let first = |confirm: &mut proto::ConfirmPayout| {
        (confirm.payout_number, confirm.bank_reference) = (1, "B-C-1/1".to_owned());
    };
    world.accept(failed("C-1").with(first));
    assert_eq!(claim_status(&world), ClaimStatus::Decided);
    world.accept(paid_out("C-1").by("bank2"));
    assert_eq!(sums(&world, 2026), [100_00, 500_00, 300_00]);
}

#[test]
fn after_a_failure_a_receipt_may_be_another_payers() {
    let mut world = decided();
    // The next payer took R1 while the bank was busy.
    world
        .accept(publish("BASIC").by("insurer2").on_terms(commercial))
        .accept(authorise("R1", "insurer2"))
        .accept(file("K-1", &["R1"]).by("insurer2"))
        .accept(failed("C-1"));
    let owner = |world: &World, name: &str| world.receipt(name).lock.unwrap().owner;
    assert_eq!(owner(&world, "R1"), world.member("insurer2").id);
    assert_eq!(owner(&world, "R2"), world.member("insurer").id);
    world
        .reject(approve("C-1"), "InAnotherClaim")
        .naming(["R1", "insurer", "C-1", "insurer2", "K-1"]);
    // It withdraws; the receipt is taken again with the decision.
    world
        .accept(withdraw("K-1").by("insurer2"))
        .accept(approve("C-1"))
        .accept(paid_out("C-1"));
    assert_eq!(claim_status(&world), ClaimStatus::Paid);
}

#[test]
fn after_a_failure_a_receipt_that_others_booked_whole_is_not_locked_again() {
    let mut world = with_policy();
    for name in ["R1", "R2"] {
        world
            .accept(issue(name).costing(100_00))
            .accept(authorise(name, "insurer"));
    }
    // R1 meets the deductible and comes to nothing, so that another payer may book all of it.
    world
        .accept(file("C-1", &["R1", "R2"]))
        .accept(approve("C-1"))
        .accept(book("R1", "insurer2", "V1", 100_00))
        .accept(failed("C-1"));
    assert_eq!(world.receipt("R1").lock, None);
    assert_eq!(world.status("R1"), Status::Reimbursed);
    assert_eq!(world.status("R2"), Status::Held);
    // The second decision finds nothing left of it.
    world.accept(approve("C-1"));
    let decision = claim(&world, "insurer", "C-1").unwrap().decision.unwrap();
    assert_eq!(decision.lines[0].left, Fen::ZERO);
}

#[test]
fn a_payout_that_fails_after_the_claims_time_leaves_it_to_be_withdrawn() {
    let mut world = decided();
    world.wait_ms(11 * DAY_MS).accept(failed("C-1"));
    assert_eq!(claim_status(&world), ClaimStatus::Expired);
    assert_eq!(world.receipt("R1").lock, None);
    world.reject(approve("C-1"), "ClaimExpired");
    world.accept(lock("R1", "employer").with(|lock| lock.presented_total_fen = 600_00));
    world.accept(withdraw("C-1"));
    // The other payer's lock stays.
    assert_eq!(
        world.receipt("R1").lock.unwrap().owner,
        world.member("employer").id
    );
}

#[test]
fn a_claim_whose_payout_failed_is_withdrawn_and_its_locks_with_it() {
    let mut world = decided();
    world.accept(failed("C-1")).accept(withdraw("C-1"));
    assert_eq!(claim_status(&world), ClaimStatus::Withdrawn);
    for name in ["R1", "R2"] {
        assert_eq!(world.status(name), Status::Issued);
    }
}

#[test]
fn a_payout_fails_at_most_8_times() {
    let mut world = decided();
    for number in 1..=8_u32 {
        world.accept(failed("C-1"));
        if number < 8 {
            world.accept(approve("C-1"));
        }
    }
    world
        .reject(approve("C-1"), "TooManyPayouts")
        .naming(["C-1", "8"]);
    world.accept(withdraw("C-1"));
}

#[test]
fn a_recall_is_a_request_until_the_bank_answers() {
    let mut world = decided();
    world
        .reject(recalled("C-1"), "NotRecalled")
        .naming(["C-1", "1"]);
    world.accept(correct("C-1"));
    let height = world.height.to_string();
    world.reject(correct("C-1"), "AlreadyRecalled").naming([
        "C-1",
        "1",
        "insurer",
        &height,
        "wrong person",
    ]);
    assert_eq!(claim_status(&world), ClaimStatus::Decided);
    assert_eq!(world.receipt("R1").reserved(), Fen::new(300_00));
    world.accept(recalled("C-1"));
    assert_eq!(claim_status(&world), ClaimStatus::Corrected);
    assert!(world.receipt("R1").reservations.is_empty());
    assert_eq!(sums(&world, 2026), [0, 0, 0]);
}

#[test]
fn what_a_claim_booked_is_taken_back_with_the_claim_alone() {
    let mut world = decided();
    world.accept(paid_out("C-1"));
    world
        .reject(unbook("R1", "insurer", "C-1"), "BookedByClaim")
        .naming(["R1", "C-1"]);
}

#[test]
fn a_slow_bank_leads_to_no_double_payment() {
    let mut world = decided();
    world
        .accept(
            publish("FULL")
                .by("insurer2")
                .on_terms(commercial)
                .on_terms(|terms| {
                    terms.deductible_fen = 0;
                    terms.tiers[0].ratio = 10_000;
                    terms.tiers[1].ratio = 10_000;
                }),
        )
        .accept(authorise("R1", "insurer2").for_ms(60 * DAY_MS));
    // Long after every lease.
    world.wait_ms(20 * DAY_MS + HOUR_MS);
    world
        .accept(file("K-1", &["R1"]).by("insurer2").under("FULL"))
        .accept(approve("K-1").by("insurer2"));
    // 600.00 less the 300.00 that wait for the bank.
    assert_eq!(
        claim(&world, "insurer2", "K-1").unwrap().payouts[0].amount,
        Fen::new(300_00)
    );
    world.accept(paid_out("K-1")).accept(paid_out("C-1"));
    assert_eq!(world.receipt("R1").booked(), Fen::new(600_00));
    assert_eq!(world.status("R1"), Status::Reimbursed);
}

#[test]
fn malformed_confirmations_say_where() {
    let mut world = decided();
    let cases: [(&str, fn(&mut proto::ConfirmPayout)); 6] = [
        ("insurer", |confirm| confirm.insurer = "insurer".to_owned()),
        ("claim_number", |confirm| confirm.claim_number.clear()),
        ("bank_reference", |confirm| {
            confirm.bank_reference = "7".repeat(33)
        }),
        ("result", |confirm| confirm.result = None),
        ("paid.amount_fen", |confirm| {
            let paid = proto::PayoutPaid {
                amount_fen: -1,
                paid_ms: 0,
            };
            confirm.result = Some(proto::confirm_payout::Result::Paid(paid));
        }),
        ("failed.reason", |confirm| {
            let failed = proto::PayoutFailed::default();
            confirm.result = Some(proto::confirm_payout::Result::Failed(failed));
        }),
    ];
    for (field, alter) in cases {
        let bytes = world.sign(&paid_out("C-1").with(alter));
        match world.check(bytes).unwrap_err() {
            Refused::Malformed { field: found, .. } => {
                assert_eq!(found, format!("body.confirm_payout.{field}"));
            }
            other => panic!("{other}"),
        }
    }
}
