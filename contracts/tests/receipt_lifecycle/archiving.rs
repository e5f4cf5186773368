//! Archives: the organisations that keep a receipt, the retention, and the actions that an archive prevents.

use piaolian_contracts::{organisations::Role, receipts::Status, types::BeijingDate};
use piaolian_proto::v1 as proto;

use super::{forge, verdicts, with_receipt, with_receipts};
use crate::world::{
    DAY_MS, TODAY, World,
    receipts::{archive, exchange},
    requests::{book, issue, lock, reverse, set_parameters, unbook},
};

#[test]
fn issuer_payers_and_finance_archive_each_once() {
    let mut world = with_receipt();
    world.accept(book("R1", "employer", "V1", 60_00));
    for keeper in ["hospital", "employer", "finance"] {
        world.accept(archive(&["R1"], keeper));
        world
            .reject(archive(&["R1"], keeper), "ArchivedBefore")
            .naming(["R1", "A-1"]);
    }
    assert_eq!(world.status("R1"), Status::Archived);
    let kept = world.receipt("R1").archives;
    let keepers = ["hospital", "employer", "finance"].map(|name| world.member(name).id);
    assert!(kept.iter().map(|entry| entry.organisation).eq(keepers));
    let entry = &kept[0];
    assert_eq!(entry.legal_basis.as_str(), "会计档案管理办法");
    assert_eq!(entry.operator.as_ref().unwrap().as_str(), "li.wei");
    assert_eq!(
        entry.retain_until,
        BeijingDate::parse("", TODAY + 300_000).unwrap()
    );
}

#[test]
fn whoever_has_nothing_to_do_with_a_receipt_does_not_archive_it() {
    let mut world = with_receipt();
    world.admit("clinic", &[Role::Issuer]);
    forge(&mut world);
    for stranger in ["clinic", "insurer"] {
        world
            .reject(archive(&["R1"], stranger), "NothingToArchive")
            .naming(["R1", stranger]);
    }
    world
        .accept(book("R1", "insurer", "V1", 1))
        .accept(unbook("R1", "insurer", "V1"));
    world.reject(archive(&["R1"], "insurer"), "NothingToArchive");
    world.reject(archive(&["forged"], "hospital"), "UnknownReceipt");
}

#[test]
fn a_batch_of_archives_is_judged_one_by_one() {
    let mut world = with_receipts(&["R1", "R2", "R3"]);
    world.accept(lock("R2", "insurer"));
    assert_eq!(
        verdicts(&mut world, archive(&["R1", "R2", "R1", "R3"], "hospital")),
        ["accepted", "Locked", "ArchivedBefore", "accepted"]
    );
    assert_eq!(
        world.receipt("R3").archives[0].archive_number.as_str(),
        "A-4"
    );
}

#[test]
fn retention_is_governed_and_may_be_longer() {
    let mut world = with_receipts(&["R1", "R2", "R3"]);
    let years = |years| move |message: &mut proto::ArchiveReceipts| message.retention_years = years;
    world
        .reject(
            archive(&["R1"], "hospital").with(years(29)),
            "RetentionTooShort",
        )
        .naming(["29", "30"]);
    world.accept(archive(&["R1"], "hospital").with(years(100)));
    world.accept(set_parameters(|p| p.retention_years = 10));
    world.accept(archive(&["R2"], "hospital"));
    world.accept(archive(&["R3"], "hospital").with(years(15)));
    let until = ["R1", "R2", "R3"].map(|name| world.receipt(name).archives[0].retain_until.get());
    assert_eq!(until, [TODAY + 1_000_000, TODAY + 100_000, TODAY + 150_000]);
    world.refuse(archive(&["R1"], "finance").with(years(101)), "Malformed");
}

#[test]
fn a_receipt_of_a_leap_day_is_never_kept_too_short() {
    let mut world = World::new();
    // To the first leap day after the founding.
    world.wait_ms(465 * DAY_MS);
    world.accept(issue("R1").dated(2028_02_29));
    world.accept(archive(&["R1"], "hospital"));
    assert_eq!(
        world.receipt("R1").archives[0].retain_until.get(),
        2058_03_01
    );
}

#[test]
fn an_archived_receipt_is_not_exchanged_and_what_is_left_can_be_claimed() {
    let mut world = with_receipt();
    world
        .accept(book("R1", "employer", "V1", 20_00))
        .accept(archive(&["R1"], "employer"))
        .reject(exchange("R1", "1"), "Archived")
        .naming(["R1", "employer", "A-1"]);
    world
        .reject(reverse("R1"), "Booked")
        .naming(["R1", "employer", "V1", "20.00"]);
    world
        .accept(lock("R1", "insurer"))
        .accept(book("R1", "insurer", "V1", 40_00));
    assert_eq!(world.status("R1"), Status::Archived);
}

#[test]
fn a_payer_that_archived_its_booking_does_not_take_it_back() {
    let mut world = with_receipt();
    world
        .accept(book("R1", "employer", "V1", 20_00))
        .accept(book("R1", "insurer", "V2", 20_00))
        .accept(archive(&["R1"], "employer"));
    world
        .reject(unbook("R1", "employer", "V1"), "ArchivedBooking")
        .naming(["R1", "employer", "A-1", "5"]);
    // The archive of one payer does not restrict another.
    world.accept(unbook("R1", "insurer", "V2"));
}

#[test]
fn a_receipt_is_in_at_most_sixteen_archives() {
    let mut world = with_receipt();
    for number in 0..16 {
        let keeper = format!("finance{number}");
        world
            .admit(&keeper, &[Role::Finance])
            .accept(archive(&["R1"], &keeper));
    }
    world
        .reject(archive(&["R1"], "hospital"), "TooManyArchives")
        .naming(["R1", "16"]);
}
