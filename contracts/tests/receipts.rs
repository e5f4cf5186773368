//! Receipts: issuing, reversing, sealing.

mod reversing;
mod sealing;

use piaolian_contracts::{organisations::Role, receipts::Status, types::Fen};
use piaolian_proto::v1 as proto;

use crate::world::{
    DAY_MS, TODAY, World, item_rules, name_of,
    requests::{grant, grant_of, issue, issue_all, item},
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
    assert_eq!(
        item_rules(&outcome),
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
    for (date, rule, days_max) in [
        (TODAY - 2, "NoLateReason", "1"),
        (TODAY + 2, "IssueDateOutOfBounds", "1"),
        (TODAY - 8, "IssueDateOutOfBounds", "7"),
        (2025_11_21, "IssueDateOutOfBounds", "7"),
    ] {
        world
            .reject(issue("R1").dated(date), rule)
            .naming(["2026-11-21", days_max]);
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
fn a_medical_receipt_states_its_channels() {
    let mut world = World::new();
    for silent in [None, Some(proto::Settlement::default())] {
        let silent = move |item: &mut proto::IssueItem| item.settlement = silent;
        world
            .reject(issue("R1").with(silent), "NoChannels")
            .naming(["100.00"]);
    }
    // Nothing was paid, so there is nothing to state.
    let free = |item: &mut proto::IssueItem| (item.total_fen, item.settlement) = (0, None);
    world.accept(issue("free").with(free));
    // Fees of other categories are paid by their payer alone.
    let tuition = "35010126";
    world.accept(grant_of(tuition, "hospital", 1, 10));
    world.accept(issue("R2").with(|item| {
        tuition.clone_into(&mut item.receipt_code);
        item.settlement = None;
    }));
}
