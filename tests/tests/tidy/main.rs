//! Checks of the source text: dependencies between crates, effects, and documentation.

#![allow(clippy::unwrap_used, reason = "tests")]

mod dependencies;
mod documents;
mod effects;
mod files;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Folders of all crates.
const CRATES: [&str; 7] = [
    "proto",
    "contracts",
    "verifier",
    "encryption",
    "genesis",
    "node",
    "tests",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Every file with this extension in a folder of the repository.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty(), "no .{extension} in {folder}");
    found
}

/// Every Rust file in a folder of the repository.
fn sources(folder: &str) -> Vec<PathBuf> {
    files(folder, "rs")
}

/// The path from the root of the repository.
fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

/// Whether a file contains only tests.
fn is_test(path: &Path) -> bool {
    let relative = relative(path);
    relative.ends_with("/tests.rs")
        || relative.ends_with("_tests.rs")
        || relative.contains("/tests/")
        || relative.starts_with("tests/")
}

/// Lines of code of a file, without comments and tests.
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
