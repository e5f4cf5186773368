//! Acts without the right to them, which are rejected and found.

use piaolian_contracts::{organisations::Role, types::ReceiptId};

use super::{none, only, says};
use crate::world::{
    HOUR_MS, World,
    life::{deliver, exchange, return_paper},
    requests::{grant, issue, issue_all, item, lock, reverse, suspend},
};

fn with_clinic() -> World {
    let mut world = World::new();
    world
        .admit("clinic", &[Role::Issuer])
        .accept(grant("clinic", 2_001, 3_000))
        .accept(issue("R1"));
    world
}

#[test]
fn issuing_a_number_of_another_issuer_is_found() {
    let mut world = with_clinic();
    world.call(
        "foreign",
        ReceiptId::from_key(b"350601260000002500").unwrap(),
    );
    world.reject(issue("R2").numbered(2_500), "NumberOfAnotherIssuer");
    let alert = only(&world, "ForeignNumber", "hospital");
    says(&world, &alert, ["foreign", "hospital", "clinic"]);
    assert!(alert.concerns(&world.member("clinic").id));
}

#[test]
fn a_batch_of_foreign_numbers_is_one_alert() {
    let mut world = with_clinic();
    let foreign = (0..100).map(|n| {
        let mut item = item(&format!("f{n}"));
        item.receipt_number = Some(2_001 + n);
        item
    });
    let own = std::iter::once(item("own"));
    world.submit(issue_all(foreign.chain(own).collect()));
    assert_eq!(only(&world, "ForeignNumber", "hospital").count, 100);
    world.receipt("own");
}

#[test]
fn numbers_that_nobody_has_or_that_are_used_raise_none() {
    let mut world = with_clinic();
    world.reject(issue("R2").numbered(1_500), "NumberNotGranted");
    world.reject(issue("R2").numbered(1), "NumberUsed");
    none(&world);
}

#[test]
fn reversing_by_a_number_of_another_issuer_is_found() {
    let mut world = with_clinic();
    let foreign = |reverse: &mut piaolian_proto::v1::ReverseReceipt| {
        reverse.receipt_number = Some(2_500);
    };
    world.reject(reverse("R1").with(foreign), "NumberOfAnotherIssuer");
    only(&world, "ForeignNumber", "hospital");
}

#[test]
fn reversing_another_issuers_receipt_is_found() {
    let mut world = with_clinic();
    world.reject(reverse("R1").by("clinic"), "NotTheIssuer");
    let alert = only(&world, "ForeignReceipt", "clinic");
    says(
        &world,
        &alert,
        ["R1", "clinic", "hospital", "ReverseReceipt"],
    );
}

#[test]
fn every_act_of_an_issuer_on_another_issuers_receipt_is_found() {
    let mut world = with_clinic();
    world.accept(issue("R2"));
    world.reject(exchange("R1", "42").by("clinic"), "NotTheIssuer");
    world.reject(return_paper("R1", "42").by("clinic"), "NotTheIssuer");
    world.submit(deliver(&["R1", "R2"]).by("clinic"));
    let alert = only(&world, "ForeignReceipt", "clinic");
    says(
        &world,
        &alert,
        ["R2", "clinic", "hospital", "DeliverReceipts"],
    );
    assert_eq!(alert.count, 4);
}

#[test]
fn acting_while_suspended_is_found_once_an_hour() {
    let mut world = with_clinic();
    world.accept(suspend("hospital"));
    world.reject(issue("R2"), "Suspended");
    world.reject(reverse("R1"), "Suspended");
    let alert = only(&world, "ActedWhileSuspended", "hospital");
    says(&world, &alert, ["hospital", "ReverseReceipt", "6"]);
    assert_eq!(alert.count, 2);
    world.wait_ms(HOUR_MS).reject(issue("R2"), "Suspended");
    assert_eq!(world.alerts().len(), 2);
}

#[test]
fn acting_without_a_role_is_found() {
    let mut world = with_clinic();
    world.reject(lock("R1", "hospital"), "RoleMissing");
    let alert = only(&world, "ActedWithoutRole", "hospital");
    says(&world, &alert, ["hospital", "LockReceipt"]);
}
