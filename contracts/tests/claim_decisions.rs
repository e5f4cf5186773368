//! Deciding a claim: what is checked, and what it leads to.

use piaolian_contracts::{
    Refused,
    claims::{ClaimStatus, End, status},
    organisations::Role,
    policies::PolicyKey,
    receipts::Status,
    state::{Change, Table},
    storage::{Key, KeyBytes},
    types::{Fen, FundKind},
};
use piaolian_proto::v1::{self as proto, decide_claim::Verdict, policy_terms::YearlyLimit};

use crate::world::{
    DAY_MS, TODAY, World, accepted,
    life::{archive, exchange},
    reimbursement::{
        approve, authorise, claim, correct, failed, file, paid_out, publish, reject_claim, revoke,
        sums, tier, with_policy, withdraw,
    },
    requests::{Request, book, issue, lock, reverse, set_parameters, suspend, unbook, unlock},
};

/// A claim over R1 (600 yuan) and R2 (100 yuan), filed.
fn with_claim() -> World {
    let mut world = with_policy();
    for (name, total) in [("R1", 600_00), ("R2", 100_00)] {
        world
            .accept(issue(name).costing(total))
            .accept(authorise(name, "insurer"));
    }
    world.accept(file("C-1", &["R1", "R2"]));
    world
}

fn claim_status(world: &World, number: &str) -> ClaimStatus {
    status(&claim(world, "insurer", number).unwrap(), world.time)
}

#[test]
fn an_approval_reserves_orders_the_bank_and_frees_the_receipts() {
    let mut world = with_claim();
    let outcome = world.submit(approve("C-1"));
    assert!(accepted(&outcome));
    assert_eq!(outcome.items.len(), 2);
    // R1: 600.00 − 100.00 = 500.00 at 60 %; R2: 100.00 at 80 %.
    for (name, amount) in [("R1", 300_00), ("R2", 80_00)] {
        let receipt = world.receipt(name);
        assert_eq!((receipt.lock, receipt.reservations.len()), (None, 1));
        let reservation = &receipt.reservations[0];
        assert_eq!(reservation.payer, world.member("insurer").id);
        assert_eq!(reservation.fund_kind, FundKind::BasicMedical);
        assert_eq!(reservation.claim_number.as_str(), "C-1");
        assert_eq!(reservation.amount, Fen::new(amount));
        assert_eq!(
            (reservation.height, reservation.time),
            (world.height, world.time)
        );
        assert_eq!(world.status(name), Status::Claimed);
    }
    let decided = claim(&world, "insurer", "C-1").unwrap();
    assert_eq!(status(&decided, world.time), ClaimStatus::Decided);
    let decision = decided.decision.unwrap();
    assert_eq!(decision.total, Fen::new(380_00));
    assert_eq!(decision.operator.as_str(), "li.wei");
    assert_eq!(decision.reviewer.as_str(), "chen.jing");
    let payout = &decided.payouts[0];
    assert_eq!((payout.number, payout.amount), (1, Fen::new(380_00)));
    assert_eq!(payout.bank, world.member("bank").id);
    assert_eq!(payout.payee_reference.as_bytes(), &[0xba; 32]);
    assert_eq!(sums(&world, 2026), [100_00, 600_00, 380_00]);
}

#[test]
fn a_decided_amount_is_nobody_elses_and_the_rest_is() {
    let mut world = with_claim();
    world.accept(approve("C-1"));
    let total = |book: &mut proto::BookReceipt| book.presented_total_fen = 600_00;
    world
        .reject(
            book("R1", "insurer2", "V1", 300_01).with(total),
            "AboveReserved",
        )
        .naming(["R1", "300.01", "300.00", "insurer", "C-1"]);
    world.accept(book("R1", "insurer2", "V1", 300_00).with(total));
    let basic = move |book: &mut proto::BookReceipt| {
        (book.fund_kind, book.presented_total_fen) = (1, 600_00);
    };
    world
        .reject(book("R1", "insurer", "V1", 1).with(basic), "ReservedBefore")
        .naming(["R1", "basic medical insurance", "C-1", "300.00"]);
    world
        .reject(unlock("R1", "insurer"), "NotLocked")
        .naming(["R1"]);
    world
        .reject(reverse("R1"), "Reserved")
        .naming(["R1", "insurer", "C-1", "300.00"]);
    world
        .reject(reverse("R2"), "Reserved")
        .naming(["R2", "insurer", "C-1", "80.00"]);
    world.reject(exchange("R2", "1"), "Reserved");
}

#[test]
fn a_reservation_outlasts_every_lease() {
    let mut world = with_claim();
    world.accept(approve("C-1"));
    world
        .wait_ms(300 * DAY_MS)
        .reject(reverse("R2"), "Reserved");
    assert_eq!(claim_status(&world, "C-1"), ClaimStatus::Decided);
    let total = |book: &mut proto::BookReceipt| book.presented_total_fen = 100_00;
    world
        .reject(
            book("R2", "employer", "V1", 20_01).with(total),
            "AboveReserved",
        )
        .naming(["20.00"]);
    world.accept(paid_out("C-1"));
}

#[test]
fn a_rejection_frees_the_receipts_and_says_why() {
    let mut world = with_claim();
    world.accept(reject_claim("C-1"));
    assert_eq!(claim_status(&world, "C-1"), ClaimStatus::Rejected);
    let closing = claim(&world, "insurer", "C-1").unwrap().closing.unwrap();
    assert_eq!(
        (closing.end, closing.reason.as_str()),
        (End::Rejected, "treated elsewhere")
    );
    assert_eq!(closing.organisation, world.member("insurer").id);
    assert_eq!(closing.operator.unwrap().as_str(), "li.wei");
    assert_eq!(closing.reviewer.unwrap().as_str(), "chen.jing");
    for name in ["R1", "R2"] {
        assert_eq!(world.status(name), Status::Issued);
    }
    assert_eq!(sums(&world, 2026), [0, 0, 0]);
}

#[test]
fn nothing_payable_settles_a_claim_at_zero_and_counts_all_the_same() {
    let mut world = with_policy();
    world
        .accept(issue("R1").costing(70_00))
        .accept(authorise("R1", "insurer"))
        .accept(file("C-1", &["R1"]))
        .accept(approve("C-1"));
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

/// R1 and R2 of 100 yuan in a claim that is decided: R1 meets the deductible and comes to
/// nothing, R2 to 60 yuan.
fn with_a_line_of_nothing() -> World {
    let mut world = with_policy();
    world.accept(publish("BASIC").by("insurer2"));
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
    let mut world = with_policy();
    world
        .accept(issue("R1").costing(70_00))
        .accept(authorise("R1", "insurer"))
        .accept(file("C-1", &["R1"]))
        .accept(approve("C-1"));
    let height = world.height.to_string();
    // The deductible has 30.00 left: the same receipt would be paid 24.00.
    let named = ["R1", "basic medical insurance", "C-1", "0.00", &height];
    world
        .reject(file("C-2", &["R1"]), "ReservedBefore")
        .naming(named);
    let basic = |book: &mut proto::BookReceipt| {
        (book.fund_kind, book.presented_total_fen) = (1, 70_00);
    };
    world
        .reject(book("R1", "insurer", "V1", 1).with(basic), "ReservedBefore")
        .naming(named);
    // Within a claim that pays for another receipt, before and after the bank's word.
    let mut world = with_a_line_of_nothing();
    world.reject(file("C-2", &["R1"]), "ReservedBefore");
    world.accept(paid_out("C-1"));
    world
        .reject(file("C-2", &["R1"]), "ReservedBefore")
        .naming(["R1", "basic medical insurance", "C-1", "0.00"]);
    world
        .accept(correct("C-1"))
        .accept(file("C-2", &["R1"]))
        .accept(approve("C-2"));
    assert_eq!(sums(&world, 2026), [100_00, 0, 0]);
}

#[test]
fn what_was_decided_at_nothing_is_not_locked_for_the_same_fund_alone() {
    let mut world = with_a_line_of_nothing();
    let total = |lock: &mut proto::LockReceipt| lock.claim_number = "C-2".to_owned();
    // The insurer has other funds.
    world
        .accept(lock("R1", "insurer").with(total))
        .accept(unlock("R1", "insurer"));
    let basic = |p: &mut proto::Parameters| p.fund_rules.retain(|rule| rule.fund_kind == 1);
    world.accept(set_parameters(basic));
    world
        .reject(lock("R1", "insurer").with(total), "ReservedBefore")
        .naming(["R1", "basic medical insurance", "C-1", "0.00"]);
}

#[test]
fn what_was_decided_at_nothing_waits_for_nobody_and_keeps_no_other_payer_away() {
    let mut world = with_a_line_of_nothing();
    assert_eq!(world.status("R1"), Status::Issued);
    assert_eq!(world.status("R2"), Status::Claimed);
    world
        .accept(file("K-1", &["R1"]).by("insurer2"))
        .accept(withdraw("K-1").by("insurer2"));
    world.accept(book("R1", "insurer2", "V1", 60_00));
    assert_eq!(world.status("R1"), Status::PartlyReimbursed);
    // What took a part of it is told, not what was counted at nothing.
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

#[test]
fn a_decision_is_made_by_two_persons() {
    let mut world = with_claim();
    for decision in [approve, reject_claim] {
        world
            .reject(decision("C-1").operated_by(""), "ClaimNeedsOperator")
            .naming(["C-1"]);
        world
            .reject(
                decision("C-1").operated_by("chen.jing"),
                "ClaimReviewerIsOperator",
            )
            .naming(["C-1", "chen.jing"]);
    }
}

#[test]
fn a_claim_is_decided_by_the_insurer_that_filed_it() {
    let mut world = with_claim();
    world
        .reject(approve("C-1").by("insurer2"), "UnknownClaim")
        .naming(["insurer2", "C-1"]);
    world.reject(withdraw("C-1").by("insurer2"), "UnknownClaim");
    world.reject(correct("C-1").by("insurer2"), "UnknownClaim");
    world
        .reject(approve("C-2"), "UnknownClaim")
        .naming(["insurer", "C-2"]);
}

#[test]
fn a_claim_is_decided_in_time() {
    let mut world = with_claim();
    world
        .wait_ms(10 * DAY_MS)
        .reject(approve("C-1"), "ClaimExpired")
        .naming(["C-1", "2026-12-01 12:00:10"]);
    world.reject(reject_claim("C-1"), "ClaimExpired");
    assert_eq!(claim_status(&world, "C-1"), ClaimStatus::Expired);
    let mut world = with_claim();
    world.wait_ms(10 * DAY_MS - 1).accept(approve("C-1"));
}

#[test]
fn an_approval_needs_the_authorisation_still_and_a_rejection_does_not() {
    let mut world = with_claim();
    world.accept(revoke("R2", "insurer"));
    world
        .reject(approve("C-1"), "GrantRevoked")
        .naming(["R2", "insurer", "consent withdrawn"]);
    world.accept(reject_claim("C-1"));
}

#[test]
fn every_receipt_is_assessed_within_what_there_is() {
    let mut world = with_claim();
    let one = approve("C-1").on_approval(|_, approval| approval.assessments.truncate(1));
    world
        .reject(one, "AssessmentsDiffer")
        .naming(["C-1", "1", "2"]);
    world
        .reject(
            approve("C-1").assessing(1, [50_00, 30_00, 20_01, 0]),
            "SelfPaidAboveBase",
        )
        .naming(["R2", "50.00", "30.00", "20.01", "100.00"]);
    // R2 is computed second: all of it in scope, 80 % of it is 80.00.
    world
        .reject(
            approve("C-1").assessing(1, [0, 0, 0, 20_01]),
            "HospitalShareAboveRest",
        )
        .naming(["R2", "20.01", "20.00"]);
    world.accept(approve("C-1").assessing(1, [0, 0, 0, 20_00]));
}

#[test]
fn the_order_goes_to_an_agent_bank_that_can_confirm() {
    let mut world = with_claim();
    world
        .reject(approve("C-1").paid_by("hospital"), "NotAnAgentBank")
        .naming(["hospital"]);
    world.know(crate::world::people::Member::new("stranger"));
    world
        .reject(approve("C-1").paid_by("stranger"), "UnknownOrganisation")
        .naming(["stranger"]);
    world.accept(suspend("bank"));
    world.reject(approve("C-1"), "Suspended").naming(["bank"]);
    world.accept(approve("C-1").paid_by("bank2"));
}

#[test]
fn what_was_booked_meanwhile_for_the_fund_is_not_paid_again() {
    let mut world = with_claim();
    let basic = |book: &mut proto::BookReceipt| book.fund_kind = 1;
    world.accept(book("R2", "insurer", "V1", 10_00).with(basic));
    world.reject(approve("C-1"), "BookedBefore").naming([
        "R2",
        "basic medical insurance",
        "V1",
        "10.00",
    ]);
    world
        .accept(unbook("R2", "insurer", "V1"))
        .accept(approve("C-1"));
}

#[test]
fn a_receipt_waits_for_at_most_16_banks() {
    let mut world = with_policy();
    world.accept(issue("R1").costing(1_000_00));
    let insurers: Vec<String> = (10..=26).map(|number| format!("insurer{number}")).collect();
    for (place, insurer) in insurers.iter().enumerate() {
        let number = format!("K-{place}");
        let small = publish("SMALL").by(insurer).on_terms(|terms| {
            terms.deductible_fen = 0;
            terms.tiers = vec![tier(0, 100)];
        });
        world
            .admit(insurer, &[Role::Insurer])
            .accept(small)
            .accept(authorise("R1", insurer))
            .accept(file(&number, &["R1"]).by(insurer).under("SMALL"));
        let one = move |_: &World, approval: &mut proto::ClaimApproval| {
            approval.assessments = vec![proto::Assessment::default()];
        };
        let decision = approve(&number).by(insurer).on_approval(one);
        if place < 16 {
            world.accept(decision);
        } else {
            world
                .reject(decision, "TooManyReservations")
                .naming(["R1", "16"]);
        }
    }
}

#[test]
fn room_for_the_bookings_of_decided_claims_is_kept() {
    let mut world = with_policy();
    world
        .accept(publish("EASY").on_terms(|terms| terms.deductible_fen = 0))
        .accept(issue("R1"))
        .accept(authorise("R1", "insurer"));
    let fill = |world: &mut World, numbers: std::ops::Range<u32>| {
        for number in numbers {
            let voucher = format!("V{number}");
            world
                .accept(book("R1", "employer", &voucher, 1))
                .accept(unbook("R1", "employer", &voucher));
        }
    };
    fill(&mut world, 0..63);
    world
        .accept(file("C-1", &["R1"]).under("EASY"))
        .accept(approve("C-1"));
    world
        .reject(book("R1", "employer", "V63", 1), "TooManyBookings")
        .naming(["R1", "64"]);
    world.accept(paid_out("C-1"));
    assert_eq!(world.receipt("R1").bookings.len(), 64);
    // And without room nothing is decided.
    world.accept(issue("R2")).accept(authorise("R2", "insurer"));
    for number in 0..64 {
        let voucher = format!("V{number}");
        world
            .accept(book("R2", "employer", &voucher, 1))
            .accept(unbook("R2", "employer", &voucher));
    }
    world.accept(file("C-2", &["R2"]).under("EASY"));
    world
        .reject(approve("C-2"), "TooManyBookings")
        .naming(["R2", "64"]);
}

#[test]
fn amounts_beyond_all_money_are_refused() {
    let mut world = with_policy();
    world.accept(publish("FULL").on_terms(|terms| {
        terms.deductible_fen = 0;
        terms.yearly_limit = Some(YearlyLimit::Uncapped(true));
        terms.tiers = vec![tier(0, 10_000)];
    }));
    // Dated differently: the ledger's own totals count by day.
    for (name, date) in [("R1", TODAY), ("R2", TODAY + 1)] {
        world
            .accept(issue(name).costing(i64::MAX / 2 + 1).dated(date))
            .accept(authorise(name, "insurer"));
    }
    world.accept(file("C-1", &["R1", "R2"]).under("FULL"));
    world
        .reject(approve("C-1"), "AmountTooLarge")
        .naming(["C-1"]);
    world.accept(withdraw("C-1"));
    // One at a time they come to too much for the year.
    world
        .accept(file("C-2", &["R1"]).under("FULL"))
        .accept(file("C-3", &["R2"]).under("FULL"))
        .accept(approve("C-2"));
    world
        .reject(approve("C-3"), "AmountTooLarge")
        .naming(["C-3"]);
}

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
        (
            ClaimStatus::PayoutFailed,
            ["", "", "PayoutConfirmed", "ClaimUndecided"],
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
            [
                "ClaimClosed",
                "ClaimClosed",
                "PaidAfterRecall",
                "ClaimClosed",
            ],
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
        ClaimStatus::Paid => world.accept(approve("C-1")).accept(paid_out("C-1")),
        ClaimStatus::SettledAtZero => world.accept(
            approve("C-1")
                .assessing(0, [600_00, 0, 0, 0])
                .assessing(1, [100_00, 0, 0, 0]),
        ),
        ClaimStatus::Rejected => world.accept(reject_claim("C-1")),
        ClaimStatus::Withdrawn => world.accept(withdraw("C-1")),
        ClaimStatus::Corrected => world.accept(approve("C-1")).accept(correct("C-1")),
        ClaimStatus::Released => panic!("see `claim_endings.rs`"),
    };
    world
}

/// What a node whose store lost an entry says when it executes an act.
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
        .naming(["C-1", "380.00", "bank", "B-2026/1", &height]);
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

#[test]
fn malformed_decisions_say_where() {
    let mut world = with_claim();
    let approval = |alter: fn(&mut proto::ClaimApproval)| {
        approve("C-1").on_approval(move |_, approval| alter(approval))
    };
    let cases = [
        (
            "verdict",
            approve("C-1").with(|decide| decide.verdict = None),
        ),
        (
            "reviewer",
            approve("C-1").with(|decide| decide.reviewer = "陈静".to_owned()),
        ),
        (
            "claim_number",
            approve("C-1").with(|decide| decide.claim_number.clear()),
        ),
        (
            "approve.bank",
            approval(|approval| approval.bank = "bank".to_owned()),
        ),
        (
            "approve.payee_reference",
            approval(|approval| approval.payee_reference = vec![1; 16].into()),
        ),
        (
            "approve.assessments",
            approval(|approval| approval.assessments = vec![proto::Assessment::default(); 21]),
        ),
        (
            "approve.assessments[1].over_limit_fen",
            approval(|approval| approval.assessments[1].over_limit_fen = -1),
        ),
        (
            "reject.reason",
            approve("C-1").with(|decide| {
                decide.verdict = Some(Verdict::Reject(proto::ClaimRejection::default()));
            }),
        ),
    ];
    for (field, decision) in cases {
        let bytes = world.sign(&decision);
        match world.check(bytes).unwrap_err() {
            Refused::Malformed { field: found, .. } => {
                assert_eq!(found, format!("body.decide_claim.{field}"));
            }
            other => panic!("{other}"),
        }
    }
}
