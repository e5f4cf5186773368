//! Bookings by hand that are taken back, and those of payers that are gone (A1, A21).

use piaolian_contracts::types::FundKind;
use piaolian_proto::v1 as proto;

use super::{alerts, employer_books, out, with_receipt};
use crate::world::{
    DAY_MS, TODAY, World,
    reimbursement::{came_back, release, strike, with_leaving_payer},
    requests::{book, issue, lock, reverse, unbook},
};

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
    world.accept(reverse("R").with(|red| red.issue_date = TODAY + 3));
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
