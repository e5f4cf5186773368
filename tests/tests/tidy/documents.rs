//! Doc comments begin with their subject, and comments name only documents that exist.

use std::{fs, path::PathBuf};

use crate::{CRATES, files, relative, root, sources};

/// Words that begin a question instead of the name of a subject.
const QUESTION_WORDS: [&str; 5] = ["What", "Who", "Whose", "Whom", "How far"];

/// Names of documents. A reference gives the path, such as `docs/PROTOCOL.md`, and the section if it has a number.
const FOLDER: &str = "docs/";

/// Comments of a file, with the numbers of their lines.
fn comments(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().filter_map(|(number, line)| {
        let (_, comment) = line.split_once("//")?;
        Some((number + 1, comment))
    })
}

/// The text of a doc comment.
fn doc(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let text = line.strip_prefix("///").or(line.strip_prefix("//!"))?;
    Some(text.trim())
}

fn begins_with_question_word(text: &str) -> bool {
    QUESTION_WORDS.iter().any(|word| {
        let rest = text.strip_prefix(word);
        rest.is_some_and(|rest| rest.starts_with([' ', ',']))
    })
}

#[test]
fn doc_comments_begin_with_their_subject() {
    let mut found = Vec::new();
    for path in CRATES.into_iter().flat_map(sources) {
        let text = fs::read_to_string(&path).unwrap();
        let mut before = None;
        for (number, line) in text.lines().enumerate() {
            let doc = doc(line);
            let begins = before.is_none_or(str::is_empty);
            if begins && doc.is_some_and(begins_with_question_word) {
                found.push(format!("{}:{}: {line}", relative(&path), number + 1));
            }
            before = doc;
        }
    }
    assert!(found.is_empty(), "no subject:\n{}", found.join("\n"));
}

/// The headings of a document that have a number.
fn sections(document: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(document)).unwrap();
    text.lines()
        .filter_map(|line| line.strip_prefix("## "))
        .filter_map(|heading| heading.split_once(". "))
        .map(|(number, _)| number.to_owned())
        .collect()
}

/// Checks the words of a comment that name a document or its section.
fn dangling(comment: &str) -> Option<String> {
    let words: Vec<&str> = comment.split([' ', '(', ')', '`', ',', ';', ':']).collect();
    for (place, word) in words.iter().enumerate() {
        let document = word.trim_end_matches('.');
        let is_document = document.starts_with(FOLDER) && document.strip_suffix(".md").is_some();
        if is_document && !root().join(document).exists() {
            return Some(format!("{document} does not exist"));
        }
        if let Some(section) = word.strip_prefix('§') {
            let section = section.trim_end_matches(|end: char| !end.is_ascii_digit());
            let document = place.checked_sub(1).map_or("", |before| words[before]);
            if document.starts_with(FOLDER) && !sections(document).iter().any(|it| it == section) {
                return Some(format!("{document} has no §{section}"));
            }
            let is_path = document.starts_with(FOLDER) || !document.chars().all(is_capital);
            if !is_path && !document.is_empty() {
                return Some(format!("{document} §{section} is not a path"));
            }
        }
    }
    None
}

fn is_capital(character: char) -> bool {
    character.is_ascii_uppercase() || matches!(character, '.' | 'm' | 'd')
}

#[test]
fn comments_name_documents_that_exist() {
    let protos: Vec<PathBuf> = files("proto", "proto");
    let mut found = Vec::new();
    for path in CRATES.into_iter().flat_map(sources).chain(protos) {
        let text = fs::read_to_string(&path).unwrap();
        for (number, comment) in comments(&text) {
            if let Some(reason) = dangling(comment) {
                found.push(format!("{}:{number}: {reason}", relative(&path)));
            }
        }
    }
    assert!(found.is_empty(), "dangling:\n{}", found.join("\n"));
}

#[test]
fn dangling_references_are_found() {
    let cases = [
        ("computed (docs/DOMAIN.md §6), in order", true),
        ("see docs/PROTOCOL.md.", true),
        ("Administrative Penalty Law §72", true),
        ("computed (docs/DOMAIN.md §99)", false),
        ("see docs/NOTHING.md", false),
        ("computed (DOMAIN §6)", false),
        ("computed (NOTHING.md §6)", false),
    ];
    for (comment, is_right) in cases {
        let reason = dangling(comment);
        assert_eq!(reason.is_none(), is_right, "{comment}: {reason:?}");
    }
}
