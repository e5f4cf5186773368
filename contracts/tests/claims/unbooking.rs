//! Bookings taken back.

use piaolian_contracts::receipts::Status;

use crate::world::{
    receipts::with_receipt,
    requests::{book, lock, unbook},
};

#[test]
fn a_booking_taken_back_is_kept_and_marked() {
    let mut world = with_receipt();
    world.accept(book("R1", "insurer", "V1", 60_00));
    assert_eq!(world.status("R1"), Status::Reimbursed);
    world.accept(unbook("R1", "insurer", "V1"));
    assert_eq!(world.status("R1"), Status::Issued);
    let booking = world.receipt("R1").bookings.remove(0);
    let unbooking = booking.unbooking.unwrap();
    assert_eq!(unbooking.reason.as_str(), "booked by mistake");
    assert_eq!(unbooking.operator.unwrap().as_str(), "li.wei");
    assert_eq!(
        (unbooking.height, unbooking.time),
        (world.height, world.time)
    );
    world.accept(book("R1", "employer", "V1", 60_00));
}

#[test]
fn only_the_booker_unbooks_and_only_once() {
    let mut world = with_receipt();
    world
        .reject(unbook("R1", "insurer", "V1"), "NotBooked")
        .naming(["R1"]);
    world
        .accept(book("R1", "insurer", "V1", 10_00))
        .accept(book("R1", "employer", "V2", 10_00));
    world
        .reject(unbook("R1", "insurer2", "V1"), "NotTheBooker")
        .naming(["R1", "V1", "insurer"]);
    world
        .reject(unbook("R1", "insurer", "V3"), "UnknownBooking")
        .naming(["R1", "V3"]);
    world.accept(unbook("R1", "insurer", "V1"));
    world
        .reject(unbook("R1", "insurer", "V1"), "AlreadyUnbooked")
        .naming(["R1", "V1", "9"]);
}

#[test]
fn unbooking_works_while_the_receipt_is_locked_by_another() {
    let mut world = with_receipt();
    world
        .accept(book("R1", "insurer", "V1", 10_00))
        .accept(lock("R1", "insurer2"));
    world.accept(unbook("R1", "insurer", "V1"));
    assert_eq!(world.status("R1"), Status::Held);
}

#[test]
fn a_booking_taken_back_is_no_prior_booking() {
    let mut world = with_receipt();
    world
        .accept(book("R1", "insurer", "V1", 40_00))
        .accept(book("R1", "employer", "V2", 20_00))
        .accept(unbook("R1", "insurer", "V1"))
        .accept(book("R1", "insurer2", "V3", 40_00));
    world
        .reject(lock("R1", "insurer"), "Booked")
        .naming(["insurer2", "V3", "40.00"]);
}
