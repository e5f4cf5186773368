//! Refunds and reversals: the red receipt, archives, the reissue.

use piaolian_contracts::receipts::Status;

use crate::world::{
    World,
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
    let whole = |l: &mut piaolian_proto::v1::LockReceipt| l.presented_total_fen = 500_00;
    world.reject(lock("R1", "insurer").with(whole), "Reversed");
    let whole = |b: &mut piaolian_proto::v1::BookReceipt| b.presented_total_fen = 500_00;
    world.reject(book("R1", "employer", "V1", 500_00).with(whole), "Reversed");
}

#[test]
fn a_red_receipt_has_the_region_category_and_kind_of_its_original() {
    let mut world = World::new();
    world.accept(issue("R1"));
    for (number, code) in (1..).zip(["36060126", "35040126", "35060226"]) {
        world.accept(grant_of(code, "hospital", number, number));
        let other = move |red: &mut piaolian_proto::v1::ReverseReceipt| {
            code.clone_into(&mut red.receipt_code);
        };
        world
            .reject(reverse("R1").with(other), "AnotherKind")
            .naming(["R1", code]);
    }
    // The year of the numbers may be another.
    world.accept(grant_of("35060127", "hospital", 1, 1));
    let next_year =
        |red: &mut piaolian_proto::v1::ReverseReceipt| "35060127".clone_into(&mut red.receipt_code);
    world.accept(reverse("R1").with(next_year));
    assert_eq!(world.receipt("-R1").id.code.as_str(), "35060127");
}
