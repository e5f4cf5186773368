//! Crates without effects, and modules without knowledge of others.

use crate::{code, relative, sources};

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

/// Writes out one tree of a `use` after `prefix`.
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

/// Asserts that the code of a folder neither contains a forbidden text nor imports a path that begins with one.
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

#[test]
fn imports_are_found_in_every_form() {
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
fn verifier_encryption_and_details_have_no_effects() {
    let effects = [
        "std::fs",
        "std::net",
        "std::time",
        "std::process",
        "std::env",
        "tokio",
    ];
    for folder in ["verifier/src", "encryption/src", "node/details/src"] {
        assert_absent(folder, &effects);
    }
}

#[test]
fn contracts_are_deterministic() {
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
fn the_store_does_not_know_the_domains_of_contracts() {
    let domains = [
        "organisations",
        "membership",
        "number_ranges",
        "policies",
        "receipts",
        "disclosure",
        "claims",
        "payments",
        "alerts",
        "governance",
        "upgrades",
    ];
    let domains = domains.map(|domain| format!("piaolian_contracts::{domain}"));
    let domains: Vec<&str> = domains.iter().map(String::as_str).collect();
    assert_absent("node/ledger/src/store", &domains);
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
