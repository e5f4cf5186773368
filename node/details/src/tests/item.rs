use piaolian_proto::v1::{IssueItem, ReverseReceipt, Settlement};

use super::*;
use crate::{
    Refused,
    issue::Draft,
    item::{check, check_reversal},
};

/// Returns the item of a receipt that every settlement channel paid.
fn item() -> IssueItem {
    let document = generated(Kind::Inpatient, 3).document;
    let draft = Draft::of_document(&document, &hospital_rules()).unwrap();
    draft.prepare(&mut rng()).item
}

/// Returns the numbers and fields of an item's violations.
fn wrong(item: &IssueItem) -> Vec<(u32, String)> {
    found(check(item, Some(&hospital_rules())))
}

fn found(checked: Result<(), Refused>) -> Vec<(u32, String)> {
    match checked {
        Ok(()) => Vec::new(),
        Err(Refused::Xml(error)) => vec![(error.code(), String::new())],
        Err(Refused::Rules(violations)) => violations
            .into_iter()
            .map(|violation| (violation.rule.code(), violation.path))
            .collect(),
    }
}

#[track_caller]
fn expect(alter: impl FnOnce(&mut IssueItem), code: u32, field: &str) {
    let mut item = item();
    alter(&mut item);
    assert_eq!(wrong(&item), [(code, format!("item.{field}"))]);
}

fn settlement(item: &mut IssueItem) -> &mut Settlement {
    item.settlement.as_mut().unwrap()
}

#[test]
fn an_item_of_checked_details_is_accepted() {
    assert_eq!(wrong(&item()), []);
    let uninsured = IssueItem {
        settlement: Some(Settlement {
            personal_cash_fen: item().total_fen,
            ..Settlement::default()
        }),
        ..item()
    };
    assert_eq!(wrong(&uninsured), []);
}

#[test]
fn a_medical_item_states_its_channels() {
    expect(|i| i.settlement = None, 9311, "settlement");
    let silent = |i: &mut IssueItem| i.settlement = Some(Settlement::default());
    expect(silent, 9311, "settlement");
    let other = IssueItem {
        receipt_code: "99010126".into(),
        settlement: None,
        ..item()
    };
    assert_eq!(wrong(&other), []);
}

#[test]
fn each_field_has_its_shape() {
    expect(|i| i.receipt_code.clear(), 9201, "receipt_code");
    expect(|i| i.receipt_code = "9906012".into(), 9207, "receipt_code");
    expect(|i| i.receipt_code = "99060326".into(), 9222, "receipt_code");
    let number = Some(10_000_000_000);
    expect(|i| i.receipt_number = number, 9208, "receipt_number");
    expect(|i| i.issue_date = 20_260_230, 9205, "issue_date");
    expect(|i| i.issue_time = 240_000, 9206, "issue_time");
    expect(|i| i.business_number.clear(), 9201, "business_number");
    expect(
        |i| i.business_number = "号 1".into(),
        9211,
        "business_number",
    );
}

#[test]
fn amounts_are_not_negative_and_channels_sum_to_the_total() {
    expect(
        |i| {
            i.total_fen = -1;
            i.settlement = None;
        },
        9204,
        "total_fen",
    );
    expect(|i| i.total_fen += 1, 9305, "settlement");
    expect(|i| settlement(i).other_fen += 1, 9305, "settlement");
    let shifted = |i: &mut IssueItem| {
        let parts = settlement(i);
        parts.personal_cash_fen += parts.other_fen + 1;
        parts.other_fen = -1;
    };
    expect(shifted, 9204, "settlement.other_fen");
    let mut large = item();
    large.receipt_code = "99010126".into();
    large.settlement = None;
    large.total_fen = i64::MAX;
    assert_eq!(wrong(&large), [(9306, "item.total_fen".to_owned())]);
}

#[test]
fn an_agency_is_one_that_the_issuer_issues_for() {
    expect(|i| i.agency = "x".into(), 9210, "agency");
    expect(|i| i.agency = POLICE.into(), 9307, "agency");
    let mut fine = item();
    fine.agency = POLICE.into();
    let rules = hospital_rules().for_agencies([POLICE.parse().unwrap()]);
    assert!(check(&fine, Some(&rules)).is_ok());
    // A node without details does not know the agencies, and leaves the check to the issuer.
    assert!(check(&fine, None).is_ok());
}

#[test]
fn the_fields_of_a_prepared_reversal_have_their_shapes() {
    let prepared = || {
        let item = item();
        ReverseReceipt {
            receipt_code: item.receipt_code,
            issue_date: item.issue_date,
            issue_time: item.issue_time,
            business_number: item.business_number,
            reason: "wrong department".into(),
            ..Default::default()
        }
    };
    let expect = |alter: fn(&mut ReverseReceipt), code: u32, field: &str| {
        let mut prepared = prepared();
        alter(&mut prepared);
        let wrong = found(check_reversal(&prepared));
        assert_eq!(wrong, [(code, format!("prepared.{field}"))]);
    };
    assert!(check_reversal(&prepared()).is_ok());
    expect(|p| p.receipt_code = "99060326".into(), 9222, "receipt_code");
    expect(|p| p.issue_date = 0, 9205, "issue_date");
    expect(|p| p.business_number.clear(), 9201, "business_number");
    expect(|p| p.reason.clear(), 9221, "reason");
    expect(
        |p| p.reason.push_str(" of 11010519491231002X"),
        9212,
        "reason",
    );
}
