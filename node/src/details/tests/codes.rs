use std::collections::BTreeSet;

use expect_test::expect_file;

use crate::{
    details::{rule::Rule, xml::XmlError},
    numbers::Number,
};

fn xml_errors() -> Vec<XmlError> {
    let name = || "Name".to_owned();
    vec![
        XmlError::FileTooLarge(9),
        XmlError::NotUtf8(9),
        XmlError::Encoding("GBK".into()),
        XmlError::Malformed {
            position: 9,
            reason: "reason".into(),
        },
        XmlError::DocumentType,
        XmlError::UnknownEntity(name()),
        XmlError::BadCharacter(7),
        XmlError::BadName(name()),
        XmlError::NoRoot,
        XmlError::SecondRoot,
        XmlError::TextOutsideRoot,
        XmlError::TooDeep,
        XmlError::TooManyElements,
        XmlError::TooManyAttributes(name()),
        XmlError::TextTooLong(name()),
        XmlError::TooMany("Item"),
        XmlError::NotAnInvoice(name()),
        XmlError::Duplicate(name()),
        XmlError::NotAValue(name()),
        XmlError::MixedContent(name()),
        XmlError::Conflicting(name()),
    ]
}

fn shapes() -> Vec<Rule> {
    vec![
        Rule::Missing,
        Rule::TooLong(256),
        Rule::NotAnAmount,
        Rule::Negative,
        Rule::NotADate,
        Rule::NotATime,
        Rule::NotAReceiptCode,
        Rule::NotAReceiptNumber,
        Rule::NotACheckCode,
        Rule::NotACreditCode,
        Rule::NotABusinessNumber,
        Rule::IdentityNumber,
        Rule::NotADecimal,
        Rule::NotAPayerKind,
        Rule::NotAnAreaCode,
        Rule::HalfRelated,
        Rule::NotAnExtension,
        Rule::NotXml,
        Rule::TooManyRows(1_000),
        Rule::NotDetails,
        Rule::NotAReason,
        Rule::UnknownKind,
        Rule::NotYuan,
        Rule::NotParity,
    ]
}

fn agreements() -> Vec<Rule> {
    vec![
        Rule::NoItems,
        Rule::ItemsOffTotal {
            items: 1_526_314,
            total: 10_526_314,
        },
        Rule::LinesOffItem {
            code: "0102".into(),
            lines: 1,
            item: 2,
            tolerance: 0,
        },
        Rule::LineOfNoItem,
        Rule::ChannelsOffTotal {
            channels: 1,
            total: -2,
        },
        Rule::Overflow,
        Rule::ForeignIssuer,
        Rule::Reversal,
        Rule::NotAReversal,
        Rule::OutBeforeIn,
    ]
}

/// Each error: number, name, message in English and in Chinese.
pub(crate) fn every() -> Vec<Number> {
    let xml = xml_errors();
    let xml = xml
        .iter()
        .map(|error| Number::new(error.code(), error, error.chinese()));
    let rules: Vec<_> = shapes().into_iter().chain(agreements()).collect();
    let rules = rules
        .iter()
        .map(|rule| Number::new(rule.code(), rule, rule.chinese()));
    xml.chain(rules).collect()
}

#[test]
fn numbers_and_messages_are_frozen() {
    let mut all = String::new();
    for number in every() {
        let Number {
            code,
            english,
            chinese,
            ..
        } = number;
        all.push_str(&format!("{code} {english} / {chinese}\n"));
    }
    expect_file!["codes.txt"].assert_eq(&all);
}

#[test]
fn every_number_stands_for_one_rule() {
    let all = every();
    let numbers: BTreeSet<u32> = all.iter().map(|number| number.code).collect();
    assert_eq!(numbers.len(), all.len());
}
