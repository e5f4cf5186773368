//! Claims: locking, booking, taking back.

mod locking;
mod unbooking;

use piaolian_contracts::{
    organisations::Role,
    receipts::Status,
    types::{Fen, FundKind},
};
use piaolian_proto::v1 as proto;

use crate::world::{
    receipts::with_receipt,
    reimbursement::{file, sums, with_policy},
    requests::{book, issue, lock, reverse, set_parameters, unbook, unlock},
};

fn for_fund(kind: FundKind) -> impl Fn(&mut proto::BookReceipt) {
    move |book| book.fund_kind = kind.number()
}

#[test]
fn what_is_done_by_hand_needs_no_authorisation_and_moves_no_sum_of_a_year() {
    let mut world = with_policy();
    world.accept(issue("R1"));
    world.reject(file("C-7", &["R1"]), "NotAuthorised");
    world
        .accept(lock("R1", "insurer"))
        .accept(book("R1", "insurer", "V1", 10_00));
    let booking = world.receipt("R1").bookings.remove(0);
    assert_eq!(booking.operator.as_str(), "li.wei");
    assert_eq!(booking.reviewer.as_str(), "chen.jing");
    assert_eq!(sums(&world, 2026), [0, 0, 0]);
}

#[test]
fn only_payers_claim() {
    let mut world = with_receipt();
    let payer = "insurer or reimbursing unit";
    for actor in ["hospital", "finance"] {
        world
            .reject(lock("R1", actor), "RoleMissing")
            .naming([actor, payer]);
        world.reject(unlock("R1", actor), "RoleMissing");
        world.reject(book("R1", actor, "V1", 1), "RoleMissing");
        world.reject(unbook("R1", actor, "V1"), "RoleMissing");
    }
}

#[test]
fn several_payers_each_book_a_part() {
    let mut world = with_receipt();
    world.accept(book("R1", "insurer", "V1", 25_00));
    assert_eq!(world.status("R1"), Status::PartlyReimbursed);
    world
        .accept(book("R1", "insurer2", "V1", 25_00))
        .accept(book("R1", "employer", "V1", 10_00));
    assert_eq!(world.status("R1"), Status::Reimbursed);
    assert_eq!(world.receipt("R1").booked(), Fen::new(60_00));
}

#[test]
fn a_unit_books_for_several_funds_under_one_lock() {
    let mut world = with_receipt();
    world.accept(lock("R1", "employer"));
    let keep = |book: &mut proto::BookReceipt| book.keep_lock = true;
    world.accept(book("R1", "employer", "V1", 20_00).with(keep));
    assert_eq!(world.status("R1"), Status::Held);
    world.reject(book("R1", "insurer", "V9", 1), "LockedByAnother");
    world.accept(book("R1", "employer", "V2", 20_00).with(for_fund(FundKind::Other)));
    assert_eq!(
        world.status("R1"),
        Status::PartlyReimbursed,
        "the lock went with the booking"
    );
    world.accept(book("R1", "insurer", "V9", 20_00));
}

#[test]
fn a_booking_is_at_most_what_is_claimable() {
    let mut world = with_receipt();
    // The pooled fund paid 40 of 100 at settlement.
    world
        .reject(book("R1", "insurer", "V1", 60_01), "AboveClaimable")
        .naming(["R1", "commercial insurance", "60.01", "60.00"]);
    world.accept(book("R1", "insurer", "V1", 50_00));
    world
        .reject(book("R1", "employer", "V7", 10_01), "AboveRemaining")
        .naming([
            "R1", "employer", "10.01", "10.00", "insurer", "V1", "50.00", "5",
        ]);
    world.accept(book("R1", "employer", "V7", 10_00));
}

#[test]
fn each_kind_of_fund_has_its_own_claimable_amount() {
    let mut world = with_receipt();
    world.accept(set_parameters(|p| {
        p.fund_rules[4].less_personal_account = true
    }));
    world
        .reject(book("R1", "employer", "V1", 45_01), "AboveClaimable")
        .naming(["45.00"]);
    world.accept(book("R1", "insurer", "V1", 20_00));
    // 100 − 40 − 15 − 20 for the employer, 100 − 40 − 20 for insurers.
    world
        .reject(book("R1", "employer", "V1", 25_01), "AboveRemaining")
        .naming(["25.00"]);
    world.accept(book("R1", "employer", "V1", 25_00));
    assert_eq!(
        world.status("R1"),
        Status::PartlyReimbursed,
        "15.00 remain for insurers"
    );
    world.accept(book("R1", "insurer2", "V1", 15_00));
}

#[test]
fn what_others_paid_at_settlement_is_not_paid_again() {
    let mut world = with_receipt();
    let with_other = |item: &mut proto::IssueItem| {
        let settlement = item.settlement.as_mut().unwrap();
        (settlement.other_fen, settlement.personal_cash_fen) = (30_00, 15_00);
    };
    world.accept(issue("R2").with(with_other));
    world
        .reject(book("R2", "insurer", "V1", 30_01), "AboveClaimable")
        .naming(["30.00"]);
    world.accept(book("R2", "insurer", "V1", 30_00));
}

#[test]
fn a_kind_without_a_rule_cannot_be_booked() {
    let mut world = with_receipt();
    world.accept(set_parameters(|p| p.fund_rules.truncate(4)));
    world
        .reject(book("R1", "employer", "V1", 1), "NoFundRule")
        .naming(["employer"]);
    world
        .reject(lock("R1", "employer"), "NothingClaimable")
        .naming(["employer"]);
    world.accept(lock("R1", "insurer"));
}

#[test]
fn a_payer_books_for_its_own_kinds_of_fund() {
    let mut world = with_receipt();
    for kind in FundKind::ALL {
        let insurance = !matches!(kind, FundKind::Employer | FundKind::Other);
        let wrong = if insurance { "employer" } else { "insurer" };
        world
            .reject(
                book("R1", wrong, "V1", 1).with(for_fund(kind)),
                "FundKindNotAllowed",
            )
            .naming([wrong, &kind.to_string()]);
        let right = if insurance { "insurer" } else { "employer" };
        let voucher = format!("V-{}", kind.number());
        let by_hand = book("R1", right, &voucher, 1).with(for_fund(kind));
        if kind.is_statutory() {
            world
                .reject(by_hand, "ClaimNeeded")
                .naming(["R1", &kind.to_string()]);
        } else {
            world.accept(by_hand);
        }
    }
}

#[test]
fn a_booking_has_an_operator_and_another_reviewer() {
    let mut world = with_receipt();
    world
        .reject(book("R1", "insurer", "V1", 1).operated_by(""), "NoOperator")
        .naming(["R1"]);
    world
        .reject(
            book("R1", "insurer", "V1", 1).operated_by("chen.jing"),
            "ReviewerIsOperator",
        )
        .naming(["R1", "chen.jing"]);
    world.accept(book("R1", "insurer", "V1", 1));
    let booking = world.receipt("R1").bookings.remove(0);
    assert_eq!(
        (booking.operator.as_str(), booking.reviewer.as_str()),
        ("li.wei", "chen.jing")
    );
    assert_eq!((booking.height, booking.time), (world.height, world.time));
}

#[test]
fn a_voucher_is_used_once_by_a_payer_also_after_unbooking() {
    let mut world = with_receipt();
    world
        .accept(book("R1", "insurer", "V1", 10_00))
        .accept(unbook("R1", "insurer", "V1"));
    world
        .reject(book("R1", "insurer", "V1", 10_00), "VoucherUsed")
        .naming(["R1", "V1", "10.00", "4"]);
    world
        .accept(book("R1", "insurer", "V2", 10_00))
        .accept(book("R1", "insurer2", "V1", 10_00));
}

#[test]
fn a_payer_is_told_of_its_own_prior_booking_and_others_of_the_last() {
    let mut world = with_receipt();
    world
        .accept(book("R1", "insurer", "V1", 40_00))
        .accept(book("R1", "insurer2", "V2", 12_00))
        .accept(book("R1", "employer", "V3", 8_00));
    let of_insurer = ["R1", "insurer", "V1", "40.00", "4"];
    let of_insurer2 = ["R1", "insurer2", "V2", "12.00", "5"];
    let of_employer = ["R1", "employer", "V3", "8.00", "6"];
    world.admit("insurer3", &[Role::MedicalInsurer, Role::CommercialInsurer]);
    for (payer, prior) in [
        ("insurer", of_insurer),
        ("insurer2", of_insurer2),
        ("employer", of_employer),
        ("insurer3", of_employer),
    ] {
        world.reject(lock("R1", payer), "Booked").naming(prior);
        world
            .reject(book("R1", payer, "V9", 1), "Booked")
            .naming(prior);
    }
    world.reject(reverse("R1"), "Booked").naming(of_employer);
}

#[test]
fn what_remains_is_told_with_the_payers_own_booking_of_another_fund() {
    let mut world = with_receipt();
    world
        .accept(book("R1", "insurer", "V1", 30_00))
        .accept(book("R1", "employer", "V2", 20_00));
    let other = for_fund(FundKind::Other);
    world
        .reject(
            book("R1", "employer", "V3", 10_01).with(other),
            "AboveRemaining",
        )
        .naming(["10.00", "employer", "V2", "20.00"]);
}

#[test]
fn a_receipt_takes_at_most_64_bookings() {
    let mut world = with_receipt();
    for number in 0..64 {
        let voucher = format!("V{number}");
        world
            .accept(book("R1", "insurer", &voucher, 1))
            .accept(unbook("R1", "insurer", &voucher));
    }
    world
        .reject(book("R1", "insurer", "V64", 1), "TooManyBookings")
        .naming(["R1", "64"]);
}

#[test]
fn an_own_lock_is_not_needed_for_a_booking() {
    let mut world = with_receipt();
    world.accept(book("R1", "employer", "V1", 60_00));
    assert_eq!(world.status("R1"), Status::Reimbursed);
}
