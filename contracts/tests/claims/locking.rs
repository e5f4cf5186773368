//! Locks: a payer holds a receipt while it works on it.

use piaolian_contracts::receipts::Status;
use piaolian_proto::v1 as proto;

use crate::world::{
    DAY_MS,
    receipts::with_receipt,
    requests::{book, issue, lock, set_parameters, unlock},
};

#[test]
fn a_lock_keeps_other_payers_away() {
    let mut world = with_receipt();
    world.accept(lock("R1", "insurer"));
    assert_eq!(world.status("R1"), Status::Held);
    let until = "2026-11-22 12:00:04";
    world
        .reject(lock("R1", "insurer2"), "LockedByAnother")
        .naming(["R1", "insurer", until]);
    world
        .reject(book("R1", "insurer2", "V1", 1), "LockedByAnother")
        .naming(["insurer"]);
    world
        .reject(unlock("R1", "insurer2"), "LockedByAnother")
        .naming(["insurer"]);
    world.accept(book("R1", "insurer", "V1", 60_00));
}

#[test]
fn a_lock_given_back_frees_the_receipt() {
    let mut world = with_receipt();
    world
        .accept(lock("R1", "insurer"))
        .accept(unlock("R1", "insurer"));
    assert_eq!(world.status("R1"), Status::Issued);
    world
        .reject(unlock("R1", "insurer"), "NotLocked")
        .naming(["R1"]);
    world.accept(lock("R1", "insurer2"));
}

#[test]
fn a_lock_ends_when_block_time_reaches_its_end() {
    let mut world = with_receipt();
    let hour = |lock: &mut proto::LockReceipt| lock.lease_ms = 3_600_000;
    world.accept(lock("R1", "insurer").with(hour));
    world
        .wait_ms(3_599_999)
        .reject(lock("R1", "insurer2"), "LockedByAnother");
    world.wait_ms(1);
    world.accept(lock("R1", "insurer2"));
    world.wait_ms(DAY_MS);
    world.reject(unlock("R1", "insurer2"), "NotLocked");
}

#[test]
fn an_owner_prolongs_its_lock_for_the_same_claim_alone() {
    let mut world = with_receipt();
    world
        .accept(lock("R1", "insurer"))
        .wait_ms(DAY_MS - 1)
        .accept(lock("R1", "insurer"));
    let second_claim = |lock: &mut proto::LockReceipt| lock.claim_number = "C-2".to_owned();
    world
        .reject(
            lock("R1", "insurer").with(second_claim),
            "LockedForAnotherClaim",
        )
        .naming(["C-1"]);
    world
        .wait_ms(DAY_MS - 2_000)
        .reject(lock("R1", "insurer2"), "LockedByAnother");
}

#[test]
fn a_lock_lasts_no_longer_than_governed() {
    let mut world = with_receipt();
    let lease = |days: u64| move |lock: &mut proto::LockReceipt| lock.lease_ms = days * DAY_MS;
    world
        .reject(lock("R1", "insurer").with(lease(31)), "LeaseTooLong")
        .naming(["2678400000", "2592000000"]);
    world.accept(lock("R1", "insurer").with(lease(30)));
}

#[test]
fn a_receipt_with_nothing_left_cannot_be_locked() {
    let mut world = with_receipt();
    world.accept(book("R1", "insurer", "V1", 60_00));
    for payer in ["insurer", "insurer2", "employer"] {
        world
            .reject(lock("R1", payer), "Booked")
            .naming(["R1", "insurer", "V1", "60.00", "4"]);
    }
    world.accept(issue("free").costing(0));
    let free = |lock: &mut proto::LockReceipt| lock.presented_total_fen = 0;
    world
        .reject(lock("free", "insurer").with(free), "NothingClaimable")
        .naming(["free", "insurer"]);
}

#[test]
fn a_payer_that_booked_all_it_may_cannot_lock_again() {
    let mut world = with_receipt();
    let kinds = |p: &mut proto::Parameters| {
        p.fund_rules
            .retain(|rule| (4..=6).contains(&rule.fund_kind))
    };
    world.accept(set_parameters(kinds));
    world.accept(book("R1", "insurer", "V1", 10_00));
    world
        .reject(lock("R1", "insurer"), "NothingLeft")
        .naming(["R1", "insurer", "V1", "10.00", "5"]);
    world.accept(lock("R1", "employer"));
}
