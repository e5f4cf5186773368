//! The order of the domains: each folder of `src` imports only earlier ones.

#![allow(
    clippy::disallowed_methods,
    reason = "the test reads the crate's own sources"
)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Every folder and file directly in `src`, from the lowest to the highest.
const ORDER: [&str; 27] = [
    "malformed",
    "fields",
    "numbered",
    "state",
    "rejection",
    "types",
    "chain",
    "storage",
    "state_tree",
    "parameters",
    "upgrades",
    "organisations",
    "action",
    "membership",
    "number_ranges",
    "policies",
    "receipts",
    "disclosure",
    "payments",
    "claims",
    "governance",
    "alerts",
    "transaction",
    "admission",
    "execute",
    "rule_texts",
    "genesis_state",
];

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn sources(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).unwrap();
    entries
        .flat_map(|entry| sources(&entry.unwrap().path()))
        .collect()
}

fn domain(path: &Path) -> String {
    let inside = path.strip_prefix(src()).unwrap();
    let first = inside.components().next().unwrap().as_os_str();
    first.to_str().unwrap().trim_end_matches(".rs").to_owned()
}

/// Returns a file's code without its comments and unit tests, which may import anything.
fn code(path: &Path) -> String {
    if path.file_name().unwrap() == "tests.rs" {
        return String::new();
    }
    let text = fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
    let lines = code.lines();
    let lines = lines.filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The domains that the code names: `crate::x`, and the first names within `crate::{ … }`. A macro lies at the crate's root.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(list) => found.extend(first_names(list)),
            None => found.extend(name(rest).filter(|name| !rest[name.len()..].starts_with('!'))),
        }
    }
    found
}

fn name(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    let name = &text[..end.unwrap_or(text.len())];
    (!name.is_empty()).then(|| name.to_owned())
}

/// The names at the first level of a list, up to the brace that closes it.
fn first_names(list: &str) -> Vec<String> {
    let (mut names, mut depth, mut is_start) = (Vec::new(), 0_usize, true);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => is_start = true,
            c if is_start && !c.is_whitespace() => {
                names.extend(name(&list[at..]));
                is_start = false;
            }
            _ => {}
        }
    }
    names
}

fn place(name: &str) -> Option<usize> {
    ORDER.iter().position(|domain| *domain == name)
}

#[test]
fn every_domain_has_its_place() {
    let found: BTreeSet<String> = sources(&src()).iter().map(|path| domain(path)).collect();
    let placed = ORDER.iter().map(|name| (*name).to_owned());
    let placed: BTreeSet<String> = placed.chain(["lib".to_owned()]).collect();
    assert_eq!(found, placed);
}

/// If every import follows one order, there is no cycle.
#[test]
fn each_domain_imports_only_earlier_ones() {
    let mut wrong = Vec::new();
    for path in sources(&src()) {
        let own = domain(&path);
        let Some(own_place) = place(&own) else {
            continue; // lib.rs names all of them
        };
        for import in imports(&code(&path)) {
            // A name that is not a domain is a macro, or an item that lib.rs exports from a domain.
            if place(&import).is_some_and(|place| place > own_place) {
                wrong.push(format!("{}: {import}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Items that lib.rs exports would hide the domain that they come from.
#[test]
fn domains_are_imported_by_their_own_names() {
    for path in sources(&src()) {
        for import in imports(&code(&path)) {
            assert!(place(&import).is_some(), "{}: {import}", path.display());
        }
    }
}

#[test]
fn imports_are_found_in_lists_and_in_paths() {
    let code = "use crate::{\n    a::{self, b::C},\n    d,\n    e::F,\n};\nlet x = crate::g::h(&crate::i);\n$crate::j! {}";
    let found: Vec<String> = imports(code).into_iter().collect();
    assert_eq!(found, ["a", "d", "e", "g", "i"]);
}
