//! Red receipts, archives, and the dates of receipts and bookings (A7, A25).

use piaolian_contracts::receipts::Status;
use piaolian_proto::v1 as proto;

use crate::world::{
    DAY_MS, TODAY, World,
    receipts::archive,
    requests::{book, grant_of, issue, lock, reverse},
};

#[test]
fn archiving_ends_nothing_for_the_issuer() {
    let mut world = World::new();
    world
        .accept(issue("R1").costing(500_00))
        .accept(archive(&["R1"], "hospital"))
        .accept(archive(&["R1"], "finance"));
    // Next day the drugs go back, and 500.00 are refunded.
    world.accept(reverse("R1"));
    assert_eq!(world.status("R1"), Status::Reversed);
    assert_eq!(world.receipt("R1").archives.len(), 2, "both are kept");
    // Nobody pays for what was refunded.
    let whole = |l: &mut proto::LockReceipt| l.presented_total_fen = 500_00;
    world.reject(lock("R1", "insurer").with(whole), "Reversed");
    let whole = |b: &mut proto::BookReceipt| b.presented_total_fen = 500_00;
    world.reject(book("R1", "employer", "V1", 500_00).with(whole), "Reversed");
}

#[test]
fn a_red_receipt_has_the_region_category_and_kind_of_its_original() {
    let mut world = World::new();
    world.accept(issue("R1"));
    for (number, code) in (1..).zip(["36060126", "35040126", "35060226"]) {
        world.accept(grant_of(code, "hospital", number, number));
        let other = move |red: &mut proto::ReverseReceipt| {
            code.clone_into(&mut red.receipt_code);
        };
        world
            .reject(reverse("R1").with(other), "AnotherKind")
            .naming(["R1", code]);
    }
    // The year of the numbers may be another.
    world.accept(grant_of("35060127", "hospital", 1, 1));
    let next_year = |red: &mut proto::ReverseReceipt| "35060127".clone_into(&mut red.receipt_code);
    world.accept(reverse("R1").with(next_year));
    assert_eq!(world.receipt("-R1").id.code.as_str(), "35060127");
}

#[test]
fn a_late_issue_needs_a_reason_and_raises_an_alert() {
    let mut world = World::new();
    world.wait_ms(7 * DAY_MS);
    let today = TODAY + 7;
    // One day without more.
    world.accept(issue("R1").dated(today - 1));
    assert!(world.alerts().is_empty());
    world
        .reject(issue("R2").dated(today - 2), "NoLateReason")
        .naming(["2026-11-26", "2026-11-28", "1"]);
    world.accept(
        issue("R2")
            .dated(today - 3)
            .late("a weekend without network"),
    );
    let alert = world.alerts().remove(0);
    assert_eq!(alert.kind.name, "LateIssue");
    assert_eq!(
        alert.arguments[2..],
        ["2026-11-25", "2026-11-28", "a weekend without network"]
    );
    world.accept(issue("R3").dated(today - 7).late("a week without power"));
    world
        .reject(
            issue("R4").dated(today - 8).late("longer still"),
            "IssueDateOutOfBounds",
        )
        .naming(["2026-11-20", "2026-11-28", "7"]);
    // A date ahead has no excuse, and a reversal is dated when it is made.
    world.reject(
        issue("R4").dated(today + 2).late("too early"),
        "IssueDateOutOfBounds",
    );
    let earlier = move |red: &mut proto::ReverseReceipt| red.issue_date = today - 2;
    world.reject(reverse("R1").with(earlier), "NoLateReason");
}

#[test]
fn a_booking_has_the_date_and_period_of_its_voucher() {
    let mut world = World::new();
    world.accept(issue("R1")).accept(issue("R2"));
    world.accept(book("R1", "employer", "V1", 10_00).with(|book| {
        book.voucher_type = "付款凭证".to_owned();
        book.voucher_date = 2026_10_31;
        book.accounting_period = 2026_10;
        book.accounting_entity = "001".to_owned();
    }));
    let booking = world.receipt("R1").bookings.remove(0);
    assert_eq!(booking.date().get(), 2026_10_31);
    assert_eq!(booking.accounting.period.unwrap().get(), 2026_10);
    assert_eq!(
        booking.accounting.voucher_type.unwrap().as_str(),
        "付款凭证"
    );
    assert_eq!(booking.accounting.entity.unwrap().as_str(), "001");
    // Not stated: the block's date.
    world.accept(book("R2", "employer", "V1", 10_00));
    assert_eq!(world.receipt("R2").bookings[0].date().get(), TODAY);
    let month = |book: &mut proto::BookReceipt| book.accounting_period = 2026_13;
    world.refuse(book("R2", "insurer", "V1", 1).with(month), "Malformed");
}
