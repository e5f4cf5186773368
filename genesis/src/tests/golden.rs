//! Golden vectors of the founding: bytes that are frozen. A change here is a change of
//! protocol; `UPDATE_EXPECT=1` writes them anew.

use std::fmt::Write;

use expect_test::expect_file;
use prost::Message;

use super::*;
use crate::entry::sign_bytes;

#[test]
fn a_founding_entry_and_the_document_of_one() {
    let signed = entry_of(&sample::founder(0, 1)).message().clone();
    let entry = signed.entry.clone().unwrap();
    let genesis = network(1).genesis;
    let vectors = [
        ("founding entry", entry.encode_to_vec()),
        ("founding entry sign bytes", sign_bytes(&chain(), &entry)),
        ("signed founding entry", signed.encode_to_vec()),
        ("genesis", genesis.encode()),
        ("genesis hash", genesis.hash().as_bytes().to_vec()),
    ];
    let mut text = String::new();
    for (name, bytes) in vectors {
        writeln!(text, "{name} = {}", hex::encode(bytes)).unwrap();
    }
    expect_file!["golden/founding.txt"].assert_eq(&text);
}
