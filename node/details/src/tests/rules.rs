use super::*;
use crate::{Refused, issue::Draft};

/// Returns the numbers and elements of a document's violations.
pub(super) fn wrong(document: &Document) -> Vec<(u32, String)> {
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
pub(super) fn expect(alter: impl FnOnce(&mut Document), code: u32, element: &str) {
    let mut document = outpatient();
    alter(&mut document);
    assert_eq!(wrong(&document), [(code, element.to_owned())]);
}

#[test]
fn an_unaltered_receipt_may_be_issued() {
    assert_eq!(wrong(&outpatient()), []);
}

#[test]
fn required_fields_must_be_present() {
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
fn a_receipt_is_in_yuan() {
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
fn a_receipt_with_a_related_one_is_not_issued() {
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
fn all_violations_are_reported_at_once_in_both_languages() {
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
