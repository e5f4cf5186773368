//! Deciding a claim: the checks and the effects.

mod at_nothing;
mod limits;
mod statuses;

use piaolian_contracts::{
    Refused,
    claims::{ClaimEnd, ClaimStatus, status},
    receipts::Status,
    types::{Fen, FundKind},
};
use piaolian_proto::v1::{self as proto, decide_claim::Verdict};

use crate::world::{
    DAY_MS, accepted,
    claims::{claim_status, needs_two_persons, with_claim},
    receipts::exchange,
    reimbursement::{
        approve, claim, correct, file, paid_out, reject_claim, revoke, sums, withdraw,
    },
    requests::{book, reverse, suspend, unlock},
};

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
        assert_eq!(reservation.fund_kind, FundKind::SeriousIllness);
        assert_eq!(reservation.claim_number.as_str(), "C-1");
        assert_eq!(reservation.amount, Fen::new(amount));
        assert_eq!(
            (reservation.height, reservation.time),
            (world.height, world.time)
        );
        assert_eq!(world.status(name), Status::Held);
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
    world
        .reject(file("C-2", &["R1"]), "ReservedBefore")
        .naming(["R1", "serious illness insurance", "C-1", "300.00"]);
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
        (ClaimEnd::Rejected, "treated elsewhere")
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
fn a_decision_is_made_by_two_persons() {
    let mut world = with_claim();
    for decision in [approve, reject_claim] {
        needs_two_persons(&mut world, decision);
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
        .reject(
            approve("C-1").paid_by("stranger"),
            "OrganisationNotAdmitted",
        )
        .naming(["stranger"]);
    world.accept(suspend("bank"));
    world.reject(approve("C-1"), "Suspended").naming(["bank"]);
    world.accept(approve("C-1").paid_by("bank2"));
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
