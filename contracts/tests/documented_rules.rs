//! Checks that the tests that the pages name do show their rules.
//!
//! ```text
//!   PROTOCOL.md   | 1405 | `Locked` | … | … | `a_claimed_receipt_cannot_be_reversed` |
//!   FRAUDS.md     | reversal after … | … | 1406 … | `a_reversal_after_…` |
//!                                            │
//!            stands once in the sources ◄────┤
//!            is run, and meets the rule ◄────┘
//! ```
//!
//! The tests that are named beside rules of the ledger are run once more, in a process of their own, where
//! [`name_of`](crate::world::name_of) says which rules each of them meets. So a run, not a reader, finds a test that no
//! longer meets its rule. The tests of a node are not part of this program, so only their text is searched: it must
//! contain the number or the name of the rule. They take their steps in functions, and the page may name a step instead
//! of its test.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use crate::protocol::{LEDGER, PROTOCOL, cells};

const FRAUDS: &str = include_str!("../../docs/FRAUDS.md");

/// The frauds as stories, each of which the page names.
const STORIES: &str = include_str!("frauds.rs");

/// A node's numbers begin here.
const NODE: u32 = 9_000;

/// The numbers of a node that no test shows, with the reason.
const WITHOUT_TEST: [(u32, &str); 2] = [
    (
        9_219,
        "a file meets 9116 first, and no test makes so long a message",
    ),
    (9_309, "the node mirrors the original's amounts itself"),
];

/// Numbers, and the tests that show them.
struct Shown {
    numbers: Vec<u32>,
    /// The names of the numbers, in lower case, where the page says them.
    names: Vec<String>,
    tests: Vec<String>,
}

/// The rows of PROTOCOL.md that name a test: one number each.
fn numbers() -> Vec<Shown> {
    let rows = PROTOCOL.lines().filter_map(|line| {
        let [number, name, _, _, tests] = cells(line)?;
        Some(Shown {
            numbers: vec![number.parse().ok()?],
            names: quoted(&name.to_lowercase()),
            tests: quoted(&tests),
        })
    });
    rows.collect()
}

/// The rows of FRAUDS.md, with the numbers of what stops each.
fn frauds() -> Vec<Shown> {
    let is_number = |stop: &&str| stop.starts_with(|c: char| c.is_ascii_digit());
    let rows = FRAUDS.lines().filter(|line| line.ends_with("` |"));
    let shown = rows.map(|line| {
        let [_, _, stops, tests] = cells(line).unwrap();
        let numbers = stops.split(", ").filter(is_number);
        Shown {
            numbers: numbers.map(|number| number.parse().unwrap()).collect(),
            names: Vec::new(),
            tests: quoted(&tests),
        }
    });
    shown.collect()
}

/// The text between backticks.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// Runs the tests of these names, in a process of their own; which rules each of them met.
fn run(names: &BTreeSet<String>) -> BTreeSet<(String, u32)> {
    #[allow(
        clippy::disallowed_types,
        reason = "a test of contracts may run its own program"
    )]
    let mut tests = std::process::Command::new(std::env::current_exe().unwrap());
    // A single thread would run them without their names.
    tests.args(["--nocapture", "--test-threads=2"]).args(names);
    let output = tests.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    let met = said.lines().filter_map(|line| {
        let (test, number) = line.split_once(" met ")?;
        let (_, name) = test.rsplit_once("::")?;
        Some((name.to_owned(), number.parse().ok()?))
    });
    met.collect()
}

/// Every function of the sources by its name, with its text.
fn functions() -> BTreeMap<String, Vec<String>> {
    let mut functions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in ["contracts", "genesis", "node", "tests"]
        .into_iter()
        .flat_map(sources)
    {
        for (name, text) in functions_of(&source) {
            functions.entry(name).or_default().push(text);
        }
    }
    functions
}

/// The texts of the Rust files of a folder.
#[allow(
    clippy::disallowed_methods,
    reason = "a test of contracts may read files"
)]
fn sources(folder: &str) -> Vec<String> {
    let root = PathBuf::from(format!("{}/..", env!("CARGO_MANIFEST_DIR")));
    let (mut folders, mut texts) = (vec![root.join(folder)], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                texts.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    texts
}

/// The functions of a file: each from its `fn` to the brace below it.
fn functions_of(source: &str) -> Vec<(String, String)> {
    let lines: Vec<&str> = source.lines().collect();
    let mut functions = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let shared = ["pub(super) ", "pub(crate) ", "pub "];
        let own = shared.iter().find_map(|prefix| code.strip_prefix(prefix));
        let own = own.unwrap_or(code);
        let signature = own.strip_prefix("async ").unwrap_or(own);
        let Some((name, _)) = signature
            .strip_prefix("fn ")
            .and_then(|s| s.split_once('('))
        else {
            continue;
        };
        let end = format!("{}}}", &line[..line.len() - code.len()]);
        let body = lines[at..].iter().take_while(|line| **line != end);
        functions.push((
            name.to_owned(),
            body.copied().collect::<Vec<_>>().join("\n"),
        ));
    }
    functions
}

#[test]
fn whatever_test_a_page_names_stands_once_in_the_sources() {
    let functions = functions();
    for name in numbers()
        .into_iter()
        .chain(frauds())
        .flat_map(|shown| shown.tests)
    {
        let times = functions.get(&name).map_or(0, Vec::len);
        assert_eq!(times, 1, "{name}");
    }
}

#[test]
fn the_tests_named_beside_rules_meet_them() {
    let (rules, frauds) = (numbers(), frauds());
    let of_ledger = |shown: &&Shown| shown.numbers.iter().any(|number| LEDGER.contains(number));
    let shown: Vec<&Shown> = rules.iter().chain(&frauds).filter(of_ledger).collect();
    let met = run(&shown.iter().flat_map(|shown| shown.tests.clone()).collect());
    for Shown { numbers, tests, .. } in shown {
        let meets = |test: &String, number: &u32| met.contains(&(test.clone(), *number));
        for number in numbers {
            let shows = tests.iter().any(|test| meets(test, number));
            assert!(shows, "rule {number} is met by none of {tests:?}");
        }
        for test in tests {
            let shows = numbers.iter().any(|number| meets(test, number));
            assert!(shows, "{test} meets none of the rules {numbers:?}");
        }
    }
}

#[test]
fn the_tests_named_beside_a_nodes_numbers_say_the_number_or_its_name() {
    let functions = functions();
    let of_node = |shown: &Shown| shown.numbers.iter().any(|number| *number >= NODE);
    let mut without: Vec<u32> = Vec::new();
    for Shown {
        numbers,
        names,
        tests,
    } in numbers().into_iter().chain(frauds()).filter(of_node)
    {
        if tests.is_empty() {
            without.extend(&numbers);
        }
        let said: Vec<String> = numbers.iter().map(u32::to_string).chain(names).collect();
        for text in tests.iter().flat_map(|test| &functions[test]) {
            let text = text.to_lowercase();
            assert!(said.iter().any(|said| text.contains(said)), "{tests:?}");
        }
    }
    assert_eq!(without, WITHOUT_TEST.map(|(number, _)| number));
}

#[test]
fn every_story_of_a_fraud_is_on_the_page() {
    let named: BTreeSet<String> = frauds().into_iter().flat_map(|shown| shown.tests).collect();
    let stories = STORIES.split("#[test]\nfn ").skip(1);
    for story in stories.filter_map(|story| story.split_once('(')) {
        assert!(named.contains(story.0), "{}", story.0);
    }
}
