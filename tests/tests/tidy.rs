//! The source itself, checked: which way dependencies point, and what nobody may leave behind.

#![allow(clippy::unwrap_used)] // a test

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Longest source file. Past this there is a second subject in it.
const FILE_LINES_MAX: usize = 500;

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

/// Lines of code: without comments, and without the tests at a file's end.
fn code(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .take_while(|line| line.trim() != "#[cfg(test)]")
        .map(|line| line.split("//").next().unwrap_or_default().to_owned())
        .collect()
}

/// Says where a forbidden text stands in the code of a folder.
fn assert_absent(folder: &str, forbidden: &[&str]) {
    let mut found = Vec::new();
    for path in sources(folder) {
        for (number, line) in code(&path).iter().enumerate() {
            for text in forbidden.iter().filter(|text| line.contains(**text)) {
                found.push(format!("{}:{}: {text}", relative(&path), number + 1));
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
fn crates_depend_one_way() {
    assert_eq!(dependencies("proto"), Vec::<String>::new());
    assert_eq!(dependencies("contracts"), ["piaolian-proto"]);
    assert_eq!(
        dependencies("genesis"),
        ["piaolian-contracts", "piaolian-proto"]
    );
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
        "cli",
        "config",
        "consensus",
        "details",
        "keys",
        "ledger",
        "network",
        "rpc",
        "service",
        "store",
    ];
    let allowed: [(&str, &[&str]); 6] = [
        ("consensus", &["consensus", "ledger", "clock"]),
        ("ledger", &["ledger", "store"]),
        ("network", &["network"]),
        ("store", &["store"]),
        ("details", &["details"]),
        ("rpc", &["rpc", "service"]),
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
        "receipts",
        "claims",
        "governance",
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
    let marks = ["todo!(", "unimplemented!(", "dbg!(", "#[ignore"];
    for folder in ["proto/src", "contracts", "genesis", "node"] {
        assert_absent(folder, &marks);
    }
}

#[test]
fn files_have_one_subject() {
    let mut long = Vec::new();
    for folder in ["contracts", "genesis", "node", "tests"] {
        for path in sources(folder) {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            if lines > FILE_LINES_MAX {
                long.push(format!("{}: {lines} lines", relative(&path)));
            }
        }
    }
    assert!(long.is_empty(), "too long:\n{}", long.join("\n"));
}
