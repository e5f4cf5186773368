//! Receipts: issuing, reversing, sealing.

use piaolian_contracts::{
    chain::{Height, merkle},
    organisations::{KeyPurpose, Role},
    receipts::Status,
    types::{Fen, ReceiptId},
};
use piaolian_proto::v1 as proto;

use crate::world::{
    DAY_MS, TODAY, World, accepted, name_of,
    people::{MemberKey, signing_key},
    requests::{
        add_key, book, grant, issue, issue_all, item, lock, reverse, revoke_key, seal, unbook,
    },
};

#[test]
fn an_issued_receipt_holds_what_was_said() {
    let mut world = World::new();
    world.accept(issue("R1"));
    let receipt = world.receipt("R1");
    assert_eq!(receipt.issuer, world.member("hospital").id);
    assert_eq!(receipt.total, Fen::new(100_00));
    assert_eq!(receipt.business_number.as_str(), "R1");
    assert_eq!(
        (receipt.issued_height, receipt.issued_index),
        (world.height, 0)
    );
    assert!(receipt.check_code.matches("656aa9"));
    assert!(!receipt.check_code.matches("656aa8"));
    assert_eq!(world.status("R1"), Status::Issued);
}

#[test]
fn only_issuers_issue() {
    let mut world = World::new();
    world
        .reject(issue("R1").by("insurer"), "RoleMissing")
        .naming(["insurer", "issuer"]);
}

#[test]
fn a_batch_is_judged_item_by_item() {
    let mut world = World::new();
    world.accept(issue("taken").numbered(50));
    let numbered = |name, number| {
        let mut item = item(name);
        item.receipt_number = Some(number);
        item
    };
    let outcome = world.submit(issue_all(vec![
        item("a"),
        numbered("b", 50),
        item("c"),
        item("a"),
        numbered("d", 5_000),
        item("e"),
    ]));
    assert_eq!(outcome.code, 0);
    let verdicts: Vec<_> = outcome
        .items
        .iter()
        .map(|item| name_of(item.code))
        .collect();
    assert_eq!(
        verdicts,
        [
            "accepted",
            "NumberUsed",
            "accepted",
            "BusinessNumberUsed",
            "NumberNotGranted",
            "accepted"
        ]
    );
    let numbers: Vec<_> = outcome
        .items
        .iter()
        .map(|item| item.receipt.as_ref().map(|r| r.number))
        .collect();
    assert_eq!(
        numbers,
        [Some(1), Some(50), Some(2), None, Some(5_000), Some(3)]
    );
    let issuance = world.issuance(world.height).unwrap();
    assert_eq!(issuance.count, 3);
}

#[test]
fn a_batch_refused_as_a_whole_has_an_entry_for_each_item() {
    let mut world = World::new();
    let mut named = item("a");
    named.receipt_number = Some(7);
    let outcome = world.submit(issue_all(vec![named, item("b")]).by("insurer"));
    assert_eq!(name_of(outcome.code), "RoleMissing");
    let items: Vec<_> = outcome
        .items
        .iter()
        .map(|item| (item.code, item.receipt.clone()))
        .collect();
    let id = proto::ReceiptId {
        code: crate::world::CODE.to_owned(),
        number: 7,
    };
    assert_eq!(items, [(outcome.code, Some(id)), (outcome.code, None)]);
    assert!(outcome.items.iter().all(|item| item.arguments.is_empty()));
}

#[test]
fn a_business_number_is_used_once_for_ever() {
    let mut world = World::new();
    world.accept(issue("visit-1"));
    let first = world.receipt_id("visit-1").to_string();
    world
        .reject(issue("visit-1"), "BusinessNumberUsed")
        .naming(["visit-1", &first]);
    world.wait_ms(40 * DAY_MS);
    let later = 2026_12_31;
    world
        .reject(issue("visit-1").dated(later), "BusinessNumberUsed")
        .naming(["visit-1", &first]);
    // It is the issuer's own number: another issuer may have the same.
    world
        .admit("clinic", &[Role::Issuer])
        .accept(grant("clinic", 2_000, 2_001));
    world.accept(issue("visit-1").by("clinic").dated(later));
}

#[test]
fn issuing_again_what_was_issued_issues_nothing() {
    let mut world = World::new();
    let batch = || issue_all((0..100).map(|n| item(&format!("visit-{n}"))).collect());
    world.accept(batch());
    let before = world.state.without_idempotency();
    let outcome = world.submit(batch());
    assert!(
        outcome
            .items
            .iter()
            .all(|item| name_of(item.code) == "BusinessNumberUsed")
    );
    assert_eq!(world.state.without_idempotency(), before);
    assert_eq!(world.issuance(world.height), None);
}

#[test]
fn issue_dates_are_near_todays_date_in_beijing() {
    let mut world = World::new();
    world.accept(issue("yesterday").dated(TODAY - 1));
    world.accept(issue("tomorrow").dated(TODAY + 1));
    for date in [TODAY - 2, TODAY + 2, 2025_11_21] {
        world
            .reject(issue("R1").dated(date), "IssueDateOutOfBounds")
            .naming(["2026-11-21", "1"]);
    }
    // Midnight in Beijing is 12 hours after the founding.
    let until_midnight = crate::world::FOUNDED_MS + DAY_MS / 2 - world.time.as_ms();
    world
        .wait_ms(until_midnight - 1)
        .reject(issue("R1").dated(TODAY + 2), "IssueDateOutOfBounds");
    world.wait_ms(1).accept(issue("R1").dated(TODAY + 2));
}

#[test]
fn amounts_paid_at_settlement_come_to_the_total() {
    let mut world = World::new();
    let altered = |item: &mut proto::IssueItem| item.total_fen = 105_263_14;
    world
        .reject(issue("R1").with(altered), "PartsDifferFromTotal")
        .naming(["105263.14", "100.00"]);
    let overflow = |item: &mut proto::IssueItem| {
        let settlement = item.settlement.as_mut().unwrap();
        settlement.other_fen = i64::MAX;
    };
    world.reject(issue("R1").with(overflow), "PartsDifferFromTotal");
    world
        .accept(issue("paid-in-full").costing(5_00))
        .accept(issue("free").costing(0));
}

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
    assert_eq!(world.status("R1"), Status::Claimed);
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

#[test]
fn the_issuance_root_is_over_the_blocks_receipts_in_order() {
    let mut world = World::new();
    world.accept(issue("R1"));
    let batch = world.sign(&issue_all(vec![item("a"), item("b")]));
    let red = world.sign(&reverse("R1"));
    let single = world.sign(&issue("c"));
    let executed = world.block(&[batch, red, single]);
    assert_eq!(executed.issued, 4);
    let issued = executed
        .outcomes
        .iter()
        .enumerate()
        .flat_map(|(place, outcome)| {
            // The second entry of a reversal is the original.
            let count = if place == 1 { 1 } else { outcome.items.len() };
            outcome.items[..count]
                .iter()
                .map(|item| item.receipt.clone().unwrap())
        });
    let receipts: Vec<_> = issued
        .map(|id| {
            world.call("this", id.try_into().unwrap());
            world.receipt("this")
        })
        .collect();
    for (index, receipt) in (0..).zip(&receipts) {
        assert_eq!(
            (receipt.issued_height, receipt.issued_index),
            (world.height, index)
        );
    }
    let issuance = world.issuance(world.height).unwrap();
    assert_eq!(issuance.count, 4);
    assert_eq!(
        issuance.root,
        merkle::root(receipts.iter().map(|receipt| receipt.sealed_hash()))
    );
}

#[test]
fn finance_seals_a_block_of_receipts_once() {
    let mut world = World::new();
    world.accept(issue("R1"));
    let (height, root) = (world.height, world.issuance(world.height).unwrap().root);
    assert_eq!(world.issuance(height).unwrap().seal, None);
    world.accept(seal(height, root, |_| ()));
    let sealed = world.issuance(height).unwrap().seal.unwrap();
    assert_eq!(
        (sealed.organisation, sealed.key_id.get()),
        (world.member("finance").id, 5)
    );
    assert_eq!(sealed.height, world.height);
    world
        .reject(seal(height, root, |_| ()), "AlreadySealed")
        .naming([&height.to_string(), "finance"]);
}

#[test]
fn a_seal_is_over_what_the_block_issued() {
    let mut world = World::new();
    world.accept(issue("R1"));
    let (height, root) = (world.height, world.issuance(world.height).unwrap().root);
    let other = piaolian_contracts::chain::Hash::new([1; 32]);
    world
        .reject(seal(height, other, |_| ()), "RootDiffers")
        .naming([&root.to_string()]);
    world
        .reject(seal(Height::new(1), root, |_| ()), "NothingIssued")
        .naming(["1"]);
    world.reject(seal(Height::new(1_000), root, |_| ()), "NothingIssued");
    world.reject(seal(height, root, |_| ()).by("hospital"), "RoleMissing");
}

#[test]
fn a_seal_is_signed_by_a_live_supervise_key_of_the_acting_bureau() {
    let mut world = World::new();
    world.accept(issue("R1"));
    let (height, root) = (world.height, world.issuance(world.height).unwrap().root);
    let sign_key = |seal: &mut proto::SealBlock| seal.key_id = 2;
    world
        .reject(seal(height, root, sign_key), "NoSuperviseKey")
        .naming(["finance", "2"]);
    let unknown_key = |seal: &mut proto::SealBlock| seal.key_id = 99;
    world.reject(seal(height, root, unknown_key), "NoSuperviseKey");
    let broken = |seal: &mut proto::SealBlock| seal.signature = vec![3; 64].into();
    world
        .reject(seal(height, root, broken), "SealNotValid")
        .naming(["5"]);

    let signing = signing_key("finance", 90);
    world.accept(add_key("finance", KeyPurpose::Supervise, &signing));
    world.accept(revoke_key("finance", 5));
    world
        .reject(seal(height, root, |_| ()), "NoSuperviseKey")
        .naming(["5"]);
    let key = MemberKey {
        id: 6,
        purpose: KeyPurpose::Supervise,
        signing,
    };
    world.member_mut("finance").use_key(key);
    world.accept(seal(height, root, |_| ()));
}
