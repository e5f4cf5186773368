//! Every status with every step.

use piaolian_contracts::{chain::Height, receipts::Status};
use piaolian_proto::v1 as proto;

use super::with_receipt;
use crate::world::{
    World,
    receipts::{archive, audit, deliver, exchange, return_paper},
    reimbursement::{approve, authorise, failed, file, publish, with_policy},
    requests::{Request, book, issue, lock, reissue, reverse, unbook, unlock},
};

/// The steps that bring a receipt into each status that its own domain and bookings know.
pub(super) fn each_status() -> [fn(&mut World); 7] {
    [
        |_| (),
        |world| {
            world.accept(lock("R1", "insurer"));
        },
        |world| {
            world.accept(book("R1", "insurer", "V1", 20_00));
        },
        |world| {
            world.accept(book("R1", "insurer", "V1", 60_00));
        },
        |world| {
            world.accept(exchange("R1", "0017"));
        },
        |world| {
            world.accept(archive(&["R1"], "hospital"));
        },
        |world| {
            world.accept(reverse("R1"));
        },
    ]
}

/// The table of transitions, status by status and step by step: `.` is allowed.
#[test]
fn every_status_allows_its_steps_and_no_others() {
    let steps: [fn() -> Box<dyn Request>; 9] = [
        || Box::new(lock("R1", "insurer")),
        || Box::new(unlock("R1", "insurer")),
        || Box::new(book("R1", "employer", "V7", 1)),
        || Box::new(unbook("R1", "insurer", "V1")),
        || Box::new(reverse("R1")),
        || Box::new(reissue("R1", 70_00)),
        || Box::new(exchange("R1", "0018")),
        || Box::new(return_paper("R1", "0017")),
        || Box::new(archive(&["R1"], "finance")),
    ];
    #[rustfmt::skip] // a table
    let table: [(Status, [&str; 9]); 7] = [
        (Status::Issued,           [".", "NotLocked", ".", "NotBooked", ".", ".", ".", "NotOnPaper", "."]),
        (Status::Held,             [".", ".", "LockedByAnother", "UnknownBooking", "Locked", "Locked", "Locked", "NotOnPaper", "Locked"]),
        (Status::PartlyReimbursed, [".", "NotLocked", ".", ".", "Booked", ".", "Booked", "NotOnPaper", "."]),
        (Status::Reimbursed,       ["Booked", "NotLocked", "Booked", ".", "Booked", ".", "Booked", "NotOnPaper", "."]),
        (Status::OnPaper,          ["OnPaper", "NotLocked", "OnPaper", "NotBooked", "OnPaper", "OnPaper", "OnPaper", ".", "OnPaper"]),
        (Status::Archived,         [".", "NotLocked", ".", "UnknownBooking", ".", ".", "Archived", "NotOnPaper", "."]),
        (Status::Reversed,         ["Reversed", "Reversed", "Reversed", "Reversed", "Reversed", "Reversed", "Reversed", "Reversed", "."]),
    ];
    for ((status, row), bring) in table.into_iter().zip(each_status()) {
        for (expected, step) in row.into_iter().zip(steps) {
            let mut world = with_receipt();
            bring(&mut world);
            assert_eq!(world.status("R1"), status);
            if expected == "." {
                world.accept(step());
            } else {
                world.reject(step(), expected);
            }
        }
    }
}

/// Deciding needs a history: the claim's payout failed while another payer held the receipt, and that payer then
/// released it.
#[test]
fn a_second_decision_goes_by_what_became_of_the_receipt_meanwhile() {
    let expected = [
        ".",
        "LockedForAnotherClaim",
        ".",
        ".",
        "OnPaper",
        ".",
        "Reversed",
    ];
    for (expected, bring) in expected.into_iter().zip(each_status()) {
        let mut world = with_policy();
        world
            .accept(publish("BASIC").on_terms(|terms| terms.deductible_fen = 50_00))
            .accept(issue("R1"))
            .accept(authorise("R1", "insurer"))
            .accept(file("C-0", &["R1"]))
            .accept(approve("C-0"))
            .accept(lock("R1", "insurer2"))
            .accept(failed("C-0"))
            .accept(unlock("R1", "insurer2"));
        bring(&mut world);
        if expected == "." {
            world.accept(approve("C-0"));
        } else {
            world.reject(approve("C-0"), expected).naming(["R1"]);
        }
    }
}

#[test]
fn a_reversal_receipt_is_kept_and_nothing_else_is_done_to_it() {
    let mut world = with_receipt();
    world.accept(reverse("R1"));
    let red = |lock: &mut proto::LockReceipt| lock.presented_total_fen = -100_00;
    world.reject(lock("-R1", "insurer").with(red), "IsReversal");
    let red = |book: &mut proto::BookReceipt| book.presented_total_fen = -100_00;
    world.reject(book("-R1", "insurer", "V1", 1).with(red), "IsReversal");
    world.reject(unlock("-R1", "insurer"), "IsReversal");
    world.reject(unbook("-R1", "insurer", "V1"), "IsReversal");
    world.reject(reverse("-R1"), "IsReversal");
    world
        .reject(exchange("-R1", "1"), "IsReversal")
        .naming(["-R1", "R1"]);
    world.reject(return_paper("-R1", "1"), "IsReversal");
    world.accept(archive(&["-R1", "R1"], "hospital"));
    world.accept(deliver(&["-R1"])).accept(audit(&["-R1"]));
    assert!(world.height > Height::GENESIS);
}
