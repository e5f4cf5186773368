use std::collections::BTreeSet;

use super::*;
use crate::issue::Draft;

const ALL: [Kind; 3] = [Kind::Outpatient, Kind::Inpatient, Kind::TrafficFine];

#[test]
fn the_same_seed_gives_the_same_receipts() {
    let take = |seed| receipts(plan(&ALL), seed).take(30).collect::<Vec<_>>();
    assert_eq!(take(1), take(1));
    assert_ne!(take(1), take(2));
}

#[test]
fn thousands_of_receipts_are_valid_as_files_and_of_different_businesses() {
    let mut businesses = BTreeSet::new();
    for receipt in receipts(plan(&ALL), 11).take(2_000) {
        let draft = Draft::read(receipt.to_xml().as_bytes(), &hospital_rules());
        assert!(
            draft.is_ok(),
            "{}: {}",
            receipt.business_number,
            draft.unwrap_err()
        );
        assert!(businesses.insert(draft.unwrap().business_number().to_owned()));
    }
}

#[test]
fn inpatient_receipts_have_long_fee_lists_and_use_every_channel() {
    let receipts: Vec<_> = receipts(plan(&[Kind::Inpatient]), 5).take(50).collect();
    assert!(
        receipts
            .iter()
            .all(|receipt| receipt.document.lines.len() >= 36)
    );
    let returned = |receipt: &&Generated| {
        receipt
            .document
            .lines
            .iter()
            .any(|line| line.text("AuxItemAmount").starts_with('-'))
    };
    assert!(receipts.iter().any(|receipt| returned(&receipt)));
    for name in [
        "fundPayAmount",
        "accountPayAmount",
        "ownPayAmount",
        "otherPayAmount",
    ] {
        let used = |receipt: &Generated| receipt.document.extension.text(name) != "0.00";
        assert!(receipts.iter().any(used), "{name}");
    }
}

#[test]
fn numbers_ascend_for_each_kind_or_are_left_to_the_ledger() {
    let numbers = |plan| {
        let receipts = receipts(plan, 1).take(6);
        receipts
            .map(|r| r.document.main.text("EInvoiceNumber").to_owned())
            .collect::<Vec<_>>()
    };
    let run = [
        "0000000001",
        "0000000001",
        "0000000001",
        "0000000002",
        "0000000002",
        "0000000002",
    ];
    assert_eq!(numbers(plan(&ALL)), run);
    assert_eq!(
        numbers(Plan {
            first_number: None,
            ..plan(&ALL)
        }),
        [""; 6]
    );
}

#[test]
fn a_kind_that_is_listed_twice_occurs_twice_as_often() {
    let plan = plan(&[Kind::Outpatient, Kind::Outpatient, Kind::Inpatient]);
    let numbers: BTreeSet<_> = receipts(plan, 1)
        .take(30)
        .map(|receipt| {
            let main = &receipt.document.main;
            (receipt.kind, main.text("EInvoiceNumber").to_owned())
        })
        .collect();
    let outpatients = numbers
        .iter()
        .filter(|(kind, _)| *kind == Kind::Outpatient)
        .count();
    assert_eq!((numbers.len(), outpatients), (30, 20));
}

#[test]
fn a_plan_without_kinds_gives_nothing() {
    assert_eq!(receipts(plan(&[]), 1).next(), None);
}
