//! Files are short and finished.

use std::fs;

use crate::{CRATES, relative, sources};

/// Longest source file, in lines, tests included. A longer one has more than one subject.
const FILE_LINES_MAX: usize = 400;

#[test]
fn files_have_one_subject() {
    let mut long = Vec::new();
    for path in CRATES.into_iter().flat_map(sources) {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        if lines > FILE_LINES_MAX {
            long.push(format!("{}: {lines} lines", relative(&path)));
        }
    }
    assert!(long.is_empty(), "too long:\n{}", long.join("\n"));
}

#[test]
fn nothing_is_unfinished() {
    // In two pieces, so that this file is searched as well.
    let marks = [
        ("to", "do!("),
        ("unimple", "mented!("),
        ("db", "g!("),
        ("#[ig", "nore"),
    ];
    let marks = marks.map(|(head, tail)| format!("{head}{tail}"));
    let mut found = Vec::new();
    for path in CRATES.into_iter().flat_map(sources) {
        let text = fs::read_to_string(&path).unwrap();
        let left = marks.iter().filter(|mark| text.contains(*mark));
        found.extend(left.map(|mark| format!("{}: {mark}", relative(&path))));
    }
    assert!(found.is_empty(), "unfinished:\n{}", found.join("\n"));
}
