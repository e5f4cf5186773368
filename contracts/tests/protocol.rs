//! `docs/PROTOCOL.md` against the code, so that the page is correct by itself.

use std::{collections::BTreeSet, ops::Range, path::Path};

use piaolian_contracts::{
    rejection::Rule,
    rule_texts::{Language, alert_kinds, render, render_alert, rules},
    state::Table,
};

pub const PROTOCOL: &str = include_str!("../../docs/PROTOCOL.md");

/// The ledger's numbers; those of a node are its own and not held here.
pub const LEDGER: Range<u32> = 1_000..2_000;

/// Number, name, and the message in English and in Chinese.
type Row = [String; 4];

/// The rows of the page's tables that open with a number of the ledger, without the
/// test that shows the rule: [`documented_rules`](crate::documented_rules) holds that.
fn listed() -> Vec<Row> {
    let rows = PROTOCOL.lines().filter_map(|line| {
        let [code, name, english, chinese, _shown_by] = cells(line)?;
        LEDGER
            .contains(&code.parse().ok()?)
            .then_some([code, name, english, chinese])
    });
    rows.collect()
}

/// A table's row of so many cells.
pub fn cells<const N: usize>(line: &str) -> Option<[String; N]> {
    let cells = line.strip_prefix("| ")?.strip_suffix(" |")?;
    let cells: Vec<String> = cells.split(" | ").map(str::to_owned).collect();
    cells.try_into().ok()
}

/// The names of arguments as the page writes them.
fn names(arguments: &[&str]) -> Vec<String> {
    arguments
        .iter()
        .map(|argument| format!("<{argument}>"))
        .collect()
}

fn row(rule: &Rule) -> Row {
    let arguments = names(rule.arguments);
    [
        rule.code.to_string(),
        format!("`{}`", rule.name),
        render(rule.code, &arguments, Language::English),
        render(rule.code, &arguments, Language::Chinese),
    ]
}

/// Requires the page's rows to be the code's, in their order; `last` is the text of the cells that only the page has.
fn expect_rows<const N: usize>(
    listed: impl IntoIterator<Item = [String; N]>,
    known: impl IntoIterator<Item = [String; N]>,
    last: &str,
) {
    let mut listed = listed.into_iter();
    for known in known {
        let found = listed.next();
        let found = found.map_or_else(|| "the table's end".to_owned(), |found| line(&found, last));
        let known = line(&known, last);
        assert!(
            found == known,
            "docs/PROTOCOL.md must have the row\n{known}\nwhere it has\n{found}"
        );
    }
    let beyond: Vec<_> = listed.map(|row| line(&row, last)).collect();
    assert!(
        beyond.is_empty(),
        "docs/PROTOCOL.md has rows of which the code knows nothing: {beyond:?}"
    );
}

/// A row as the page writes it.
fn line(cells: &[String], last: &str) -> String {
    format!("| {} |{last}", cells.join(" | "))
}

#[test]
fn the_page_lists_every_rule_of_the_ledger_as_the_code_has_it() {
    expect_rows(listed(), rules().map(row), " `a_test_that_meets_it` |");
    assert!(rules().all(|rule| LEDGER.contains(&rule.code)));
}

#[test]
fn the_page_lists_every_committed_table_under_its_prefix() {
    let rows = section("Trees").lines().filter_map(cells);
    let listed = rows.filter_map(|[prefix, _table, _key, _record]: [String; 4]| {
        let is_prefix = prefix.len() == 2 && u8::from_str_radix(&prefix, 16).is_ok();
        is_prefix.then_some([prefix])
    });
    let committed = Table::ALL.into_iter().filter(|table| table.is_committed());
    let known = committed.map(|table| [format!("{:02x}", table.prefix())]);
    expect_rows(listed, known, " the table | its key | its record |");
}

/// The part of the page under a heading.
fn section(heading: &str) -> &'static str {
    let (_, section) = PROTOCOL.split_once(&format!("\n## {heading}\n")).unwrap();
    section
        .split_once("\n## ")
        .map_or(section, |(section, _)| section)
}

#[test]
fn the_page_lists_every_kind_of_alert_as_the_code_has_it() {
    let rows = section("Kinds of alert").lines().filter_map(cells);
    let listed = rows.filter(|row: &Row| row[0].parse::<u32>().is_ok());
    let known = alert_kinds().iter().map(|kind| {
        let arguments = names(kind.arguments);
        [
            kind.number.to_string(),
            format!("`{}`", kind.name),
            render_alert(kind.number, &arguments, Language::English),
            render_alert(kind.number, &arguments, Language::Chinese),
        ]
    });
    expect_rows(listed, known, "");
}

#[test]
fn the_page_names_every_golden_file() {
    #[allow(
        clippy::disallowed_methods,
        reason = "a test of contracts may read a folder"
    )]
    let files = |folder: &str| -> BTreeSet<String> {
        let path = format!("{}/../{folder}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_dir(path)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| is_text(name))
            .map(|name| format!("{folder}/{name}"))
            .collect()
    };
    let there: BTreeSet<String> = [
        "contracts/tests/golden",
        "genesis/src/tests/golden",
        "verifier/tests/golden",
        "encryption/tests/golden",
    ]
    .into_iter()
    .flat_map(files)
    .collect();
    let named: BTreeSet<String> = PROTOCOL
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` |"))
        .map(|(name, _)| name.to_owned())
        .filter(|name| is_text(name))
        .collect();
    assert_eq!(named, there);
}

fn is_text(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|end| end == "txt")
}
