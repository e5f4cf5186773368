//! Reversals: a new receipt cancels one that was issued wrongly.

use piaolian_contracts::{
    organisations::Role,
    receipts::Status,
    types::{Fen, ReceiptId},
};
use piaolian_proto::v1 as proto;

use crate::world::{
    DAY_MS, TODAY, World, accepted,
    requests::{book, grant, issue, lock, reverse, unbook},
};

#[test]
fn a_reversal_is_a_new_receipt_that_mirrors_its_original() {
    let mut world = World::new();
    world.accept(issue("R1").with(|item| item.agency = "91350100M000100Y43".to_owned()));
    let outcome = world.submit(reverse("R1"));
    assert!(accepted(&outcome));
    let (original, red) = (world.receipt("R1"), world.receipt("-R1"));
    let ids: Vec<ReceiptId> = outcome
        .items
        .into_iter()
        .map(|i| i.receipt.unwrap().try_into().unwrap())
        .collect();
    assert_eq!(ids, [red.id, original.id]);
    assert_eq!(red.total, Fen::new(-100_00));
    assert_eq!(red.settlement.pooled_fund, Fen::new(-40_00));
    assert_eq!(red.settlement.checked_sum(), Some(red.total));
    assert_eq!(red.agency, original.agency);
    assert_eq!(
        (red.reverses, original.reversed_by),
        (Some(original.id), Some(red.id))
    );
    assert_eq!(
        (world.status("R1"), world.status("-R1")),
        (Status::Reversed, Status::ReversalReceipt)
    );
    assert_eq!(
        world.issuance(world.height).unwrap().count,
        1,
        "it was issued like any other"
    );
}

#[test]
fn only_the_issuer_reverses() {
    let mut world = World::new();
    world
        .accept(issue("R1"))
        .admit("clinic", &[Role::Issuer])
        .accept(grant("clinic", 2_000, 2_001));
    world
        .reject(reverse("R1").by("clinic"), "NotTheIssuer")
        .naming(["R1", "hospital"]);
    world.reject(reverse("R1").by("insurer"), "RoleMissing");
}

#[test]
fn a_receipt_is_reversed_once_and_a_reversal_never() {
    let mut world = World::new();
    world.accept(issue("R1")).accept(reverse("R1"));
    let other_number = |reverse: &mut proto::ReverseReceipt| reverse.business_number += "-again";
    world
        .reject(reverse("R1").with(other_number), "Reversed")
        .naming(["R1", "-R1"]);
    world
        .reject(reverse("-R1"), "IsReversal")
        .naming(["-R1", "R1"]);
}

#[test]
fn what_was_never_issued_is_not_reversed() {
    let mut world = World::new();
    world.accept(issue("R1"));
    let mut unknown = world.receipt_id("R1");
    unknown.number = piaolian_contracts::types::ReceiptNumber::parse("", 999).unwrap();
    world.call("forged", unknown);
    world
        .reject(reverse("forged"), "UnknownReceipt")
        .naming(["forged"]);
}

#[test]
fn a_reversal_needs_a_number_a_date_and_a_business_number_like_any_receipt() {
    let mut world = World::new();
    world.accept(issue("R1")).accept(issue("R2"));
    world.reject(
        reverse("R1").with(|r| r.business_number = "R2".to_owned()),
        "BusinessNumberUsed",
    );
    world.reject(
        reverse("R1").with(|r| r.receipt_number = Some(2)),
        "NumberUsed",
    );
    world.reject(
        reverse("R1").with(|r| r.receipt_number = Some(9_999)),
        "NumberNotGranted",
    );
    world.reject(
        reverse("R1").with(|r| r.issue_date = TODAY - 9),
        "IssueDateOutOfBounds",
    );
    world.accept(reverse("R1").with(|r| r.receipt_number = Some(77)));
    assert_eq!(world.receipt_id("-R1").number.get(), 77);
}

#[test]
fn a_claimed_receipt_cannot_be_reversed() {
    let mut world = World::new();
    world.accept(issue("R1")).accept(lock("R1", "insurer"));
    assert_eq!(world.status("R1"), Status::Held);
    world
        .reject(reverse("R1"), "Locked")
        .naming(["R1", "insurer", "C-1", "2026-11-22 12:00:03"]);
    world.wait_ms(DAY_MS).accept(reverse("R1"));
}

#[test]
fn a_booked_receipt_is_reversed_only_after_unbooking() {
    let mut world = World::new();
    world
        .accept(issue("R1"))
        .accept(book("R1", "insurer", "V1", 30_00));
    world
        .reject(reverse("R1"), "Booked")
        .naming(["R1", "insurer", "V1", "30.00", "3"]);
    world.accept(book("R1", "employer", "V2", 30_00));
    world
        .reject(reverse("R1"), "Booked")
        .naming(["R1", "employer", "V2", "30.00", "5"]);
    world.accept(unbook("R1", "insurer", "V1"));
    world.reject(reverse("R1"), "Booked");
    world
        .accept(unbook("R1", "employer", "V2"))
        .accept(reverse("R1"));
}
