//! The numbers of the service, held against their table in `docs/PROTOCOL.md`.
//!
//! ```text
//!   9101 … 9310  the crate of details holds its own rows
//!   9501 … 9561  ApiError ──► "Numbers of a node": one row each, and no other
//! ```

use std::fmt::{Debug, Display};

use piaolian_contracts::chain::Hash;

const PROTOCOL: &str = include_str!("../../../docs/PROTOCOL.md");
const SECTION: &str = "## Numbers of a node";

/// A numbered error with values that stand for any.
pub(crate) struct Number {
    pub(crate) code: u32,
    pub(crate) name: String,
    pub(crate) english: String,
    pub(crate) chinese: String,
}

impl Number {
    pub(crate) fn new<E: Debug + Display>(code: u32, error: &E, chinese: String) -> Self {
        let debug = format!("{error:?}");
        let name = debug.split(|c: char| !c.is_alphanumeric()).next();
        Self {
            code,
            name: name.unwrap_or_default().to_owned(),
            english: error.to_string(),
            chinese,
        }
    }

    fn row(&self) -> String {
        let Self {
            code,
            name,
            english,
            chinese,
        } = self;
        let row = format!("| {code} | `{name}` | {english} | {chinese} |");
        row.replace(&Hash::ZERO.to_string(), "<transaction>")
            .replace("11010125-0000000001", "<receipt>")
            .replace("91350100M000100Y43", "<organisation>")
    }
}

#[test]
fn the_protocol_lists_every_number_of_the_service_and_no_other() {
    let doors = crate::api_error::tests::every();
    let doors = doors
        .iter()
        .map(|error| Number::new(error.code(), error, error.chinese()));
    let in_code: Vec<String> = doors.map(|number| number.row()).collect();

    let (_, section) = PROTOCOL.split_once(SECTION).unwrap();
    let section = section.split("\n## ").next().unwrap();
    // The last cell names the test that shows it: `contracts/tests/shown.rs` holds that.
    let documented: Vec<String> = section
        .lines()
        .filter(|line| line.starts_with("| 95"))
        .map(|line| format!("{} |", line.rsplit_once(" | ").unwrap().0))
        .collect();
    let wanted = in_code.join("\n");
    assert_eq!(documented, in_code, "the table should be:\n{wanted}");
}
