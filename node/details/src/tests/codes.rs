use std::{
    collections::BTreeSet,
    fmt::{Debug, Display},
};

use crate::{rule::Rule, xml::XmlError};
use expect_test::expect_file;

const PROTOCOL: &str = include_str!("../../../../docs/PROTOCOL.md");
const SECTION: &str = "## Numbers of a node";

/// A numbered error with sample values.
struct Number {
    code: u32,
    name: String,
    english: String,
    chinese: String,
}

impl Number {
    fn new<E: Debug + Display>(code: u32, error: &E, chinese: String) -> Self {
        let debug = format!("{error:?}");
        let name = debug.split(|c: char| !c.is_alphanumeric()).next();
        Self {
            code,
            name: name.unwrap_or_default().to_owned(),
            english: error.to_string(),
            chinese,
        }
    }

    fn row(&self) -> String {
        let Self {
            code,
            name,
            english,
            chinese,
        } = self;
        format!("| {code} | `{name}` | {english} | {chinese} |")
    }
}

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

/// Returns each error: number, name, message in English and in Chinese.
fn every() -> Vec<Number> {
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
fn every_number_names_one_rule() {
    let all = every();
    let numbers: BTreeSet<u32> = all.iter().map(|number| number.code).collect();
    assert_eq!(numbers.len(), all.len());
}

/// The rows of the table whose numbers are those of details: 9101 to 9310.
#[test]
fn the_protocol_lists_every_number_of_details_and_no_other() {
    let in_code: Vec<String> = every().iter().map(Number::row).collect();
    let (_, section) = PROTOCOL.split_once(SECTION).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| 9"));
    // The last cell names the test that shows it, which `contracts/tests/shown.rs` checks.
    let documented: Vec<String> = rows
        .filter(|line| !line.starts_with("| 95"))
        .map(|line| format!("{} |", line.rsplit_once(" | ").unwrap().0))
        .collect();
    assert_eq!(
        documented,
        in_code,
        "the table should be:\n{}",
        in_code.join("\n")
    );
}
