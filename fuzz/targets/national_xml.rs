//! Reads a national receipt XML file and checks it by the rules, as vendors' systems write it.
//!
//! Property: what was read is the same document after it was written and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use piaolian_contracts::types::OrganisationId;
use piaolian_details::{Draft, Rules, xml};

/// The issuer of the samples.
const ISSUER: &str = "12990100MA0000002Q";

fuzz_target!(|data: &[u8]| {
    let Ok(document) = xml::read(data) else {
        return;
    };
    let written = xml::write(&document);
    let again = xml::read(written.as_bytes()).expect("a written document is readable");
    assert_eq!(again, document);
    let issuer = OrganisationId::parse("issuer", ISSUER).expect("the samples' issuer is valid");
    let _ = Draft::of_document(&document, &Rules::of(issuer));
});
