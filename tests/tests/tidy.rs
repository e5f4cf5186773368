//! The source itself, checked: which way dependencies point, and what nobody may leave behind.

#![allow(clippy::unwrap_used)] // a test

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Those with code of our own.
const CRATES: [&str; 6] = [
    "contracts",
    "verifier",
    "encryption",
    "genesis",
    "node",
    "tests",
];

/// Longest source file. Past this there is a second subject in it.
const FILE_LINES_MAX: usize = 500;
/// Longest file of tests: a list of scenarios is read one at a time.
const TEST_LINES_MAX: usize = 700;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Every Rust file under a folder of the repository.
fn sources(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty(), "no sources in {folder}");
    found
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

/// Whether a file holds nothing but tests.
fn is_test(path: &Path) -> bool {
    let relative = relative(path);
    relative.ends_with("/tests.rs")
        || relative.contains("/tests/")
        || relative.starts_with("tests/")
}

/// Lines of code: without comments, and without tests.
fn code(path: &Path) -> Vec<String> {
    if is_test(path) {
        return Vec::new();
    }
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .take_while(|line| line.trim() != "#[cfg(test)]")
        .map(|line| line.split("//").next().unwrap_or_default().to_owned())
        .collect()
}

/// The paths that a file imports, each written out: `use a::{b, c::{d, e}};` names three.
fn imports(lines: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = lines.iter();
    while let Some(line) = lines.next() {
        let used = line.trim().split_once("use ").filter(|(before, _)| {
            before.is_empty() || before.trim_end().ends_with("pub") || before.ends_with(") ")
        });
        let Some((_, tree)) = used else { continue };
        let mut tree = tree.to_owned();
        while !tree.contains(';') {
            let Some(next) = lines.next() else { break };
            tree.push_str(next.trim());
        }
        write_out("", tree.split(';').next().unwrap(), &mut found);
    }
    found
}

/// Writes out one tree of a `use` behind `prefix`.
fn write_out(prefix: &str, tree: &str, found: &mut Vec<String>) {
    let (mut depth, mut start) = (0_usize, 0);
    let tree = format!("{tree},");
    for (place, character) in tree.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let branch = tree[start..place].trim();
                start = place + 1;
                match branch.split_once('{') {
                    Some((head, rest)) => {
                        let inner = rest.trim_end().strip_suffix('}').unwrap();
                        write_out(&format!("{prefix}{head}"), inner, found);
                    }
                    None if branch.is_empty() => {}
                    None => found.push(format!("{prefix}{branch}")),
                }
            }
            _ => {}
        }
    }
}

/// Says where a forbidden text stands in the code of a folder, or a path that begins with it
/// is imported.
fn assert_absent(folder: &str, forbidden: &[&str]) {
    let mut found = Vec::new();
    for path in sources(folder) {
        let code = code(&path);
        for (number, line) in code.iter().enumerate() {
            for text in forbidden.iter().filter(|text| line.contains(**text)) {
                found.push(format!("{}:{}: {text}", relative(&path), number + 1));
            }
        }
        for import in imports(&code) {
            for text in forbidden.iter().filter(|text| import.starts_with(**text)) {
                found.push(format!("{}: {text} by {import}", relative(&path)));
            }
        }
    }
    assert!(
        found.is_empty(),
        "{folder} must not use:\n{}",
        found.join("\n")
    );
}

fn dependencies(package: &str) -> Vec<String> {
    let manifest = fs::read_to_string(root().join(package).join("Cargo.toml")).unwrap();
    manifest
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| name.starts_with("piaolian-"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn imports_are_seen_in_every_form() {
    let lines = [
        "use std::fs;",
        "pub use crate::{",
        "    ledger::{Fault, Ledger},",
        "    store::Tip,",
        "};",
        "    pub(crate) use a::b as c;",
        "let reuse = 1; // use d::e;",
    ];
    let lines = lines.map(|line| line.split("//").next().unwrap().to_owned());
    let written_out = [
        "std::fs",
        "crate::ledger::Fault",
        "crate::ledger::Ledger",
        "crate::store::Tip",
        "a::b as c",
    ];
    assert_eq!(imports(&lines), written_out);
}

#[test]
fn crates_depend_one_way() {
    assert_eq!(dependencies("proto"), Vec::<String>::new());
    assert_eq!(dependencies("contracts"), ["piaolian-proto"]);
    assert_eq!(
        dependencies("genesis"),
        ["piaolian-contracts", "piaolian-proto"]
    );
    let verifying = ["piaolian-contracts", "piaolian-proto"];
    let details = [verifying[0], verifying[1], "piaolian-verifier"];
    for (package, allowed) in [
        ("verifier", &verifying[..]),
        ("encryption", &verifying),
        ("node/details", &details),
    ] {
        assert_eq!(dependencies(package), allowed);
        let effects = [
            "std::fs",
            "std::net",
            "std::time",
            "std::process",
            "std::env",
            "tokio",
        ];
        assert_absent(&format!("{package}/src"), &effects);
    }
    assert!(!dependencies("node").contains(&"piaolian-tests".to_owned()));
}

#[test]
fn contracts_are_pure() {
    let effects = [
        "std::time",
        "std::fs",
        "std::env",
        "std::thread",
        "std::process",
        "std::net::Tcp",
        "std::net::Udp",
        "HashMap",
        "HashSet",
        "tokio",
        "rayon",
        "async fn",
        "f32",
        "f64",
        "println!",
        "OsRng",
    ];
    assert_absent("contracts/src", &effects);
}

#[test]
fn parts_of_the_node_know_only_what_they_may() {
    let all = [
        "access_log",
        "attachments",
        "backup",
        "cli",
        "config",
        "consensus",
        "details",
        "holders",
        "keys",
        "ledger",
        "metrics",
        "network",
        "rpc",
        "service",
        "store",
    ];
    let allowed: [(&str, &[&str]); 13] = [
        ("access_log", &["access_log"]),
        ("attachments", &["attachments"]),
        (
            "backup",
            &["backup", "access_log", "config", "store", "details", "keys"],
        ),
        ("consensus", &["consensus", "ledger", "clock"]),
        ("ledger", &["ledger", "store", "metrics"]),
        ("metrics", &["metrics"]),
        ("network", &["network"]),
        ("store", &["store"]),
        ("details", &["details"]),
        ("holders", &["holders"]),
        ("rpc", &["rpc", "service"]),
        ("keys", &["keys"]),
        (
            "service",
            &[
                "service",
                "access_log",
                "attachments",
                "ledger",
                "store",
                "keys",
                "details",
                "holders",
                "network",
            ],
        ),
    ];
    for (part, may) in allowed {
        let others: Vec<String> = all
            .iter()
            .filter(|other| !may.contains(other))
            .map(|other| format!("crate::{other}"))
            .collect();
        let others: Vec<&str> = others.iter().map(String::as_str).collect();
        assert_absent(&format!("node/src/{part}"), &others);
    }
}

#[test]
fn the_store_knows_no_contract_domain() {
    let domains = [
        "organisations",
        "allotments",
        "policies",
        "receipts",
        "disclosure",
        "claims",
        "payments",
        "alerts",
        "governance",
        "upgrades",
    ];
    let domains: Vec<String> = domains
        .iter()
        .map(|domain| format!("piaolian_contracts::{domain}"))
        .collect();
    let domains: Vec<&str> = domains.iter().map(String::as_str).collect();
    assert_absent("node/src/store", &domains);
}

#[test]
fn nothing_unfinished_is_left() {
    // In two pieces, so that this file may be searched as well.
    let marks = [
        ("to", "do!("),
        ("unimple", "mented!("),
        ("db", "g!("),
        ("#[ig", "nore"),
    ];
    let marks = marks.map(|(head, tail)| format!("{head}{tail}"));
    let mut found = Vec::new();
    for folder in ["proto/src"].iter().chain(&CRATES) {
        for path in sources(folder) {
            let text = fs::read_to_string(&path).unwrap();
            let left = marks.iter().filter(|mark| text.contains(*mark));
            found.extend(left.map(|mark| format!("{}: {mark}", relative(&path))));
        }
    }
    assert!(found.is_empty(), "unfinished:\n{}", found.join("\n"));
}

#[test]
fn files_have_one_subject() {
    let mut long = Vec::new();
    for folder in CRATES {
        for path in sources(folder) {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            let most = if is_test(&path) {
                TEST_LINES_MAX
            } else {
                FILE_LINES_MAX
            };
            if lines > most {
                long.push(format!("{}: {lines} lines", relative(&path)));
            }
        }
    }
    assert!(long.is_empty(), "too long:\n{}", long.join("\n"));
}

#[test]
fn receipts_are_written_in_one_place() {
    let writers: Vec<String> = sources("contracts/src")
        .iter()
        .filter(|path| {
            code(path)
                .iter()
                .any(|line| line.contains("insert_new(RECEIPTS") || line.contains("entry(RECEIPTS"))
        })
        .map(|path| relative(path))
        .collect();
    assert_eq!(writers, ["contracts/src/receipts/store.rs"]);
}
