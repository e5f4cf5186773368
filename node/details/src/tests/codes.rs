use std::collections::BTreeSet;

use expect_test::expect_file;
use piaolian_contracts::{rejection, types::Fen};

use crate::{rule::Rule, xml::XmlError};

const PROTOCOL: &str = include_str!("../../../../docs/PROTOCOL.md");
const SECTION: &str = "## Numbers of a node";

/// The numbered errors of this crate, in order.
fn every() -> impl Iterator<Item = &'static rejection::Rule> {
    XmlError::RULES.iter().chain(Rule::RULES)
}

#[test]
fn numbers_and_messages_are_frozen() {
    let mut all = String::new();
    for rule in every() {
        let line = format!("{} {} / {}\n", rule.code, rule.english, rule.chinese);
        all.push_str(&line);
    }
    expect_file!["codes.txt"].assert_eq(&all);
}

#[test]
fn amounts_read_as_yuan() {
    let rule = Rule::LinesOffItem {
        code: "0102".to_owned(),
        lines: Fen::new(1_526_314),
        item: Fen::new(-2),
        tolerance: Fen::new(0),
    };
    assert_eq!(
        rule.to_string(),
        "detail lines of item code 0102 sum to 15263.14 yuan, the item is -0.02 yuan (tolerance 0.00 yuan)"
    );
    assert_eq!(
        rule.chinese(),
        "项目 0102 的清单合计 15263.14 元，与项目金额 -0.02 元不符（允许误差 0.00 元）"
    );
}

#[test]
fn every_number_names_one_rule() {
    let numbers: BTreeSet<u32> = every().map(|rule| rule.code).collect();
    assert_eq!(numbers.len(), every().count());
}

/// The rows of the table whose numbers are those of details: 9101 to 9310.
#[test]
fn the_protocol_lists_every_number_of_details_and_no_other() {
    let in_code: Vec<String> = every().map(rejection::Rule::row).collect();
    let (_, section) = PROTOCOL.split_once(SECTION).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| 9"));
    // The last cell names the test that shows it, which `contracts/tests/documented_rules.rs` checks.
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
