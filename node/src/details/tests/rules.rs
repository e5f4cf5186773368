use proptest::{prelude::*, sample::Index};

use super::*;
use crate::details::{
    Refused,
    amount::{fen_of_yuan, yuan_of_fen},
    issue::Draft,
    xml::Fields,
};

/// The numbers and elements of what is wrong with a document.
fn wrong(document: &Document) -> Vec<(u32, String)> {
    match Draft::of_document(document, &hospital_rules()) {
        Ok(_) => Vec::new(),
        Err(Refused::Xml(error)) => vec![(error.code(), String::new())],
        Err(Refused::Rules(violations)) => violations
            .into_iter()
            .map(|violation| {
                let element = violation
                    .path
                    .rsplit('/')
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                (violation.rule.code(), element)
            })
            .collect(),
    }
}

#[track_caller]
fn expect(alter: impl FnOnce(&mut Document), code: u32, element: &str) {
    let mut document = outpatient();
    alter(&mut document);
    assert_eq!(wrong(&document), [(code, element.to_owned())]);
}

fn alter_amount(fields: &mut Fields, name: &'static str, by: i64) {
    let fen = fen_of_yuan(fields.text(name)).unwrap();
    fields.set(name, yuan_of_fen(fen + by));
}

#[test]
fn an_unaltered_receipt_may_be_issued() {
    assert_eq!(wrong(&outpatient()), []);
}

#[test]
fn required_fields_must_be_there() {
    for name in [
        "EInvoiceName",
        "EInvoiceCode",
        "TotalAmount",
        "IssueDate",
        "IssueTime",
        "BizCode",
    ] {
        expect(|d| d.main.set(name, ""), 9201, name);
    }
    for name in ["InvoicingPartyCode", "InvoicingPartyName"] {
        let mut document = outpatient();
        document.invoicing_party.set(name, "");
        assert_eq!(wrong(&document)[0], (9201, name.to_owned()));
    }
    for name in ["PayerPartyType", "PayerPartyName"] {
        expect(|d| d.payer_party.set(name, ""), 9201, name);
    }
    for name in ["ItemCode", "ItemName", "ItemAmount"] {
        expect(|d| d.items[0].set(name, ""), 9201, name);
    }
    for name in ["AuxItemRelatedCode", "AuxItemName", "AuxItemAmount"] {
        expect(|d| d.lines[0].set(name, ""), 9201, name);
    }
}

#[test]
fn a_field_has_its_shape() {
    expect(|d| d.main.set("TotalAmount", "12.345"), 9203, "TotalAmount");
    expect(
        |d| d.items[0].set("ItemAmount", "1,000.00"),
        9203,
        "ItemAmount",
    );
    expect(
        |d| d.extension.set("prepayAmount", "much"),
        9203,
        "prepayAmount",
    );
    expect(|d| d.main.set("IssueDate", "20260230"), 9205, "IssueDate");
    expect(
        |d| d.extension.set("medicalDate", "2026-11-21"),
        9205,
        "medicalDate",
    );
    expect(|d| d.main.set("IssueTime", "25:00:00"), 9206, "IssueTime");
    expect(
        |d| d.main.set("EInvoiceCode", "99770126"),
        9207,
        "EInvoiceCode",
    );
    expect(
        |d| d.main.set("EInvoiceCode", "99060326"),
        9222,
        "EInvoiceCode",
    );
    expect(
        |d| d.main.set("EInvoiceNumber", "17"),
        9208,
        "EInvoiceNumber",
    );
    expect(
        |d| d.main.set("RandomNumber", "656AA9"),
        9209,
        "RandomNumber",
    );
    expect(|d| d.main.set("BizCode", "号码 1"), 9211, "BizCode");
    expect(|d| d.main.set("ExchangeRate", "one"), 9213, "ExchangeRate");
    expect(|d| d.main.set("ExchangeRate", "7.1"), 9224, "ExchangeRate");
    expect(|d| d.main.set("CurrencyType", "USD"), 9223, "CurrencyType");
    expect(
        |d| d.lines[0].set("AuxItemQuantity", "2盒"),
        9213,
        "AuxItemQuantity",
    );
    expect(
        |d| d.payer_party.set("PayerPartyType", "3"),
        9214,
        "PayerPartyType",
    );
    expect(
        |d| d.main.set("SupervisorAreaCode", "福建"),
        9215,
        "SupervisorAreaCode",
    );
    expect(|d| d.main.set("Checker", "长".repeat(86)), 9202, "Checker");
    expect(|d| d.main.set("Checker", "bell\u{7}"), 9218, "Checker");
}

#[test]
fn a_receipt_is_in_yuan_however_that_is_written() {
    for (currency, rate) in [("CNY", "1"), ("CNY", "1.0"), ("", "1.00"), ("", "")] {
        let mut document = outpatient();
        document.main.set("CurrencyType", currency);
        document.main.set("ExchangeRate", rate);
        assert_eq!(wrong(&document), [], "{currency} {rate}");
    }
}

#[test]
fn organisations_are_named_by_valid_credit_codes() {
    let mut document = outpatient();
    document
        .invoicing_party
        .set("InvoicingPartyCode", "12990100MA0000002X");
    assert_eq!(wrong(&document)[0], (9210, "InvoicingPartyCode".to_owned()));
    expect(
        |d| {
            d.payer_party.set("PayerPartyType", "2");
            d.payer_party.set("PayerPartyCode", "91990100MA0000004X");
        },
        9210,
        "PayerPartyCode",
    );
}

#[test]
fn an_identity_number_does_not_go_on_chain_as_a_business_number() {
    let anyone = "MZ-11010519491231002X"; // the standard's own example
    expect(|d| d.main.set("BizCode", anyone), 9212, "BizCode");
    let payer = outpatient().payer_party.text("PayerPartyCode").to_owned();
    expect(|d| d.main.set("BizCode", payer.clone()), 9212, "BizCode");
    expect(
        |d| {
            d.main
                .set("BizCode", format!("MZ-{}", payer.to_lowercase()));
        },
        9212,
        "BizCode",
    );
}

#[test]
fn a_related_receipt_is_no_issue() {
    expect(
        |d| d.extension.set("RelatedInvoiceCode", "99060126"),
        9216,
        "RelatedInvoiceCode",
    );
    let mut document = outpatient();
    document.extension.set("RelatedInvoiceCode", "99060126");
    document.extension.set("RelatedInvoiceNumber", "0000000001");
    assert!(wrong(&document).contains(&(9308, "RelatedInvoiceNumber".to_owned())));
}

#[test]
fn an_additional_element_has_a_name_of_its_own() {
    expect(
        |d| drop(d.more.insert("1st".into(), "x".into())),
        9217,
        "1st",
    );
    expect(
        |d| drop(d.more.insert("payCode".into(), "x".into())),
        9217,
        "payCode",
    );
}

#[test]
fn items_sum_to_the_total() {
    let mut document = outpatient();
    alter_amount(&mut document.main, "TotalAmount", 1);
    assert_eq!(wrong(&document)[0], (9302, "Details".to_owned()));
    let mut document = outpatient();
    document.items.clear();
    document.lines.clear();
    assert_eq!(wrong(&document), [(9301, "Details".to_owned())]);
}

#[test]
fn a_real_fraud_is_found_before_it_is_signed() {
    // 15,263.14 altered to 105,263.14 (DOMAIN §3).
    let mut document = outpatient();
    document.extension = Fields::default();
    document.lines.clear();
    document.items.truncate(1);
    document.items[0].set("ItemAmount", "15263.14");
    document.main.set("TotalAmount", "15263.14");
    assert_eq!(wrong(&document), []);
    document.main.set("TotalAmount", "105263.14");
    assert_eq!(wrong(&document), [(9302, "Details".to_owned())]);
}

#[test]
fn detail_lines_sum_to_their_item_within_the_tolerance() {
    expect(
        |d| alter_amount(&mut d.lines[0], "AuxItemAmount", -1),
        9303,
        "Item[1]",
    );
    let mut document = outpatient();
    let tolerant = hospital_rules().with_line_tolerance(5);
    for (off, accepted) in [(5, true), (6, false), (-5, true), (-6, false)] {
        let mut altered = document.clone();
        alter_amount(&mut altered.lines[0], "AuxItemAmount", off);
        assert_eq!(
            Draft::of_document(&altered, &tolerant).is_ok(),
            accepted,
            "{off}"
        );
    }
    document.lines[0].set("AuxItemRelatedCode", "nothing");
    assert!(wrong(&document).contains(&(9304, "AuxItemRelatedCode".to_owned())));
}

#[test]
fn the_four_channels_are_the_total_or_nothing() {
    expect(
        |d| alter_amount(&mut d.extension, "ownPayAmount", 1),
        9305,
        "MainExt",
    );
    let mut document = outpatient();
    for name in [
        "fundPayAmount",
        "accountPayAmount",
        "ownPayAmount",
        "otherPayAmount",
    ] {
        document.extension.set(name, "0.00");
    }
    assert_eq!(wrong(&document), []);
}

#[test]
fn breakdowns_and_cash_flow_take_no_part_in_sums() {
    for name in [
        "selfpaymentAmount",
        "selfpaymentCost",
        "prepayAmount",
        "rechargeAmount",
        "refundAmount",
    ] {
        let mut document = outpatient();
        document.extension.set(name, "123456.78");
        assert_eq!(wrong(&document), [], "{name}");
    }
}

#[test]
fn amounts_but_detail_lines_are_not_negative() {
    let mut document = outpatient();
    document.main.set("TotalAmount", "-1.00");
    assert!(wrong(&document).contains(&(9204, "TotalAmount".to_owned())));
    expect(
        |d| d.extension.set("refundAmount", "-1.00"),
        9204,
        "refundAmount",
    );
}

#[test]
fn amounts_that_cannot_be_summed_are_refused() {
    let mut document = outpatient();
    document.extension = Fields::default();
    document.lines.clear();
    let item = document.items[0].clone();
    document.items = vec![item; 1_000];
    for item in &mut document.items {
        item.set("ItemAmount", "99999999999999.99");
    }
    assert_eq!(wrong(&document), [(9306, "Details".to_owned())]);
}

#[test]
fn discharge_follows_admission() {
    let mut document = generated(Kind::Inpatient, 1).document;
    document.extension.set("outHospitalDate", "20261031");
    assert_eq!(wrong(&document), [(9310, "outHospitalDate".to_owned())]);
}

#[test]
fn an_issuer_issues_for_itself_and_for_its_agencies() {
    let mut document = outpatient();
    document.invoicing_party.set("InvoicingPartyCode", POLICE);
    assert_eq!(wrong(&document), [(9307, "InvoicingPartyCode".to_owned())]);
    let centre = hospital_rules().for_agencies([POLICE.parse().unwrap()]);
    let prepared = Draft::of_document(&document, &centre)
        .unwrap()
        .prepare(&mut rng());
    assert_eq!(prepared.item.agency, POLICE);
    let own = Draft::of_document(&outpatient(), &centre)
        .unwrap()
        .prepare(&mut rng());
    assert_eq!(own.item.agency, "");
}

#[test]
fn all_that_is_wrong_is_told_at_once_in_both_languages() {
    let mut document = outpatient();
    document.main.set("TotalAmount", "x");
    document.main.set("IssueDate", "x");
    document.payer_party.set("PayerPartyName", "");
    let refused = Draft::of_document(&document, &hospital_rules()).unwrap_err();
    assert_eq!(refused.codes(), [9203, 9205, 9201]);
    assert!(
        refused
            .to_string()
            .contains("TotalAmount: is not an amount in yuan")
    );
    assert!(refused.chinese().contains("TotalAmount：不是以元为单位"));
}

#[test]
fn messages_repeat_no_names_or_identity_numbers() {
    let mut document = outpatient();
    document
        .payer_party
        .set("PayerPartyName", "测试某某".repeat(30));
    document
        .payer_party
        .set("PayerPartyCode", "99010019000101000X".repeat(20));
    let refused = Draft::of_document(&document, &hospital_rules()).unwrap_err();
    let said = format!("{refused} {} {refused:?}", refused.chinese());
    assert!(
        !said.contains("测试某某") && !said.contains("99010019000101000X"),
        "{said}"
    );
}

/// The amounts that sums are made of, by place.
fn amounts(document: &mut Document) -> Vec<(&mut Fields, &'static str)> {
    let channels = [
        "fundPayAmount",
        "accountPayAmount",
        "ownPayAmount",
        "otherPayAmount",
    ];
    let mut all = vec![(&mut document.main, "TotalAmount")];
    all.extend(document.items.iter_mut().map(|item| (item, "ItemAmount")));
    all.extend(
        document
            .lines
            .iter_mut()
            .map(|line| (line, "AuxItemAmount")),
    );
    let extension = &document.extension;
    let used = channels
        .into_iter()
        .filter(|name| !extension.text(name).is_empty());
    let used: Vec<_> = used.collect();
    // A group can be lent out once: which channel, the number of amounts settles.
    let place = all.len() % used.len().max(1);
    all.extend(used.get(place).map(|name| (&mut document.extension, *name)));
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_generated_receipt_may_be_issued_and_none_with_one_amount_altered(
        seed in any::<u64>(),
        kind in prop::sample::select(vec![Kind::Outpatient, Kind::Inpatient, Kind::TrafficFine]),
        which in any::<Index>(),
        by in prop_oneof![Just(1_i64), Just(-1), 1..100_000_000_i64, -10_000..0_i64],
    ) {
        let mut document = generated(kind, seed).document;
        prop_assert_eq!(wrong(&document), []);
        let mut amounts = amounts(&mut document);
        let which = which.index(amounts.len());
        let (fields, name) = &mut amounts[which];
        alter_amount(fields, name, by);
        prop_assert!(!wrong(&document).is_empty());
    }
}
