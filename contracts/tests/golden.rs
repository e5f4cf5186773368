//! Golden vectors: bytes that are frozen. A change here is a change of protocol.
//!
//! Run with `UPDATE_EXPECT=1` to write them anew, and name each changed line in the commit, as
//! `docs/HOW_TO_ADD.md` says.

mod peer;
pub mod story;

use std::fmt::Write;

use expect_test::{ExpectFile, expect_file};
use piaolian_contracts::{
    chain::{
        Address, Block, Hash, Header, Height, PublicKey, Signature, Validator, ValidatorSet,
        VoteType,
        block::{outcomes_root, transactions_root},
        header::PROTOCOL_VERSION,
        merkle, mmr, proposal_parts_sign_bytes, proposal_sign_bytes, vote_sign_bytes,
    },
    organisations::{KeyPurpose, possession_sign_bytes},
    parameters::{AlertThresholds, Parameters},
    receipts::{CheckCodeHash, Receipt, seal_sign_bytes},
    rule_texts::{Language, alert_kinds, render, render_alert, rules},
    types::BlockTime,
};
use piaolian_proto::v1 as proto;

/// Lines of `name = hex`.
#[derive(Default)]
struct Vectors(String);

impl Vectors {
    fn add(&mut self, name: &str, bytes: impl AsRef<[u8]>) {
        writeln!(self.0, "{name} = {}", hex::encode(bytes)).unwrap();
    }

    fn check(&self, file: &ExpectFile) {
        expect_frozen(file, &self.0);
    }
}

/// Requires a golden file to hold this text.
#[allow(
    clippy::print_stderr,
    reason = "seen beside a failure, whose own command names no package"
)]
fn expect_frozen(file: &ExpectFile, text: &str) {
    eprintln!(
        "if the protocol is to change, write the golden files anew, and name each changed line in the commit:\n\
         UPDATE_EXPECT=1 cargo test --release --package piaolian-contracts --test specification golden"
    );
    file.assert_eq(text);
}

#[test]
fn bounds_of_parameters() {
    let (parameters, thresholds) = <(proto::Parameters, proto::AlertThresholds)>::default();
    let parameters = Parameters::NUMBERS
        .iter()
        .map(|number| (number.name, (number.min)(&parameters), number.max));
    let thresholds = AlertThresholds::NUMBERS
        .iter()
        .map(|number| (number.name, (number.min)(&thresholds), number.max));
    let mut text = String::new();
    for (name, min, max) in parameters.chain(thresholds) {
        writeln!(text, "{name} {min} {max}").unwrap();
    }
    expect_frozen(&expect_file!["golden/parameter_bounds.txt"], &text);
}

#[test]
fn sign_bytes() {
    let chain = &"piaolian-test".parse().unwrap();
    let (hash, address) = (Hash::new([0xbb; 32]), Address::new([0xaa; 20]));
    let (height, round) = (Height::new(7), 2);
    let hospital = "91350100M000100Y43".parse().unwrap();
    let key = PublicKey::ed25519([0xcc; 32]);
    let vote = |vote_type, block| vote_sign_bytes(chain, vote_type, height, round, block, &address);
    let proposal = |pol| proposal_sign_bytes(chain, height, round, &hash, pol, &address);
    let mut vectors = Vectors::default();
    vectors.add("vote prevote nil", vote(VoteType::Prevote, None));
    vectors.add(
        "vote precommit value",
        vote(VoteType::Precommit, Some(&hash)),
    );
    vectors.add("proposal new", proposal(None));
    vectors.add("proposal of round 1", proposal(Some(1)));
    vectors.add(
        "proposal parts",
        proposal_parts_sign_bytes(chain, height, round, 4_096, &hash),
    );
    vectors.add(
        "key possession",
        possession_sign_bytes(chain, &hospital, KeyPurpose::Sign, &key),
    );
    vectors.add("seal", seal_sign_bytes(chain, height, &hash));
    vectors.add(
        "transaction",
        piaolian_contracts::transaction::sign_bytes(chain, b"body"),
    );
    vectors.check(&expect_file!["golden/sign_bytes.txt"]);
}

#[test]
fn hashes() {
    let hash = |byte| Hash::new([byte; 32]);
    let key = PublicKey::ed25519([0xcc; 32]);
    let hospital = "91350100M000100Y43".parse().unwrap();
    let validators = ValidatorSet::new(vec![Validator::new(hospital, key, 10).unwrap()]).unwrap();
    let header = Header {
        chain_id: "piaolian-test".parse().unwrap(),
        height: Height::new(7),
        time: BlockTime::from_ms(1_795_233_600_000),
        proposer: key.address(),
        parent_hash: hash(1),
        transactions_root: hash(2),
        outcomes_root: hash(3),
        state_root: hash(4),
        history_root: hash(5),
        validators_hash: validators.hash(),
        next_validators_hash: validators.hash(),
        protocol_version: PROTOCOL_VERSION,
    };
    let block = Block {
        header: header.clone(),
        transactions: vec!["one".into(), "two".into()],
    };
    let mut vectors = Vectors::default();
    vectors.add("address", key.address().as_bytes());
    vectors.add("validator set", validators.encode());
    vectors.add("validators hash", validators.hash());
    vectors.add("header", header.encode());
    vectors.add("block hash", header.hash());
    vectors.add("block", block.encode());
    vectors.add("empty root", merkle::root::<&[u8]>([]));
    vectors.add("root of three", merkle::root(["one", "two", "three"]));
    let signature = Signature::new([9; 64]);
    vectors.add(
        "transactions root",
        transactions_root([(&hash(1), &signature)]),
    );
    let outcome = proto::Outcome {
        transaction_id: hash(1).into(),
        code: 1400,
        arguments: vec!["35060126-0000000001".to_owned()],
        items: vec![],
    };
    vectors.add("outcomes root", outcomes_root(&[outcome]));
    let mut peaks = mmr::Peaks::default();
    vectors.add("history root of none", peaks.root());
    for byte in 1..=5 {
        peaks.append(&hash(byte));
    }
    vectors.add("history root of five", peaks.root());
    vectors.add(
        "check code hash",
        CheckCodeHash::hash_of(&[7; 16], "656aa9"),
    );
    let (world, ..) = story::story();
    for (meaning, name) in [
        ("receipt", "R1"),
        ("receipt for an agency", "R3"),
        ("reversal receipt", "-R3"),
    ] {
        let receipt = world.receipt(name);
        vectors.add(
            &format!("sealed bytes of a {meaning}"),
            receipt.issued_bytes(),
        );
        vectors.add(
            &format!("sealed hash of a {meaning}"),
            receipt.issued_hash(),
        );
    }
    // Of the block that issued two: the root that finance seals.
    let sealed = ["R1", "R2"].map(|name| world.receipt(name));
    let root = merkle::root(sealed.iter().map(Receipt::issued_hash));
    assert_eq!(world.issuance(sealed[0].issued_height).unwrap().root, root);
    vectors.add("issuance root of two", root);
    vectors.check(&expect_file!["golden/hashes.txt"]);
}

#[test]
fn rules_and_messages() {
    let mut text = String::new();
    for rule in rules() {
        let arguments: Vec<String> = rule
            .arguments
            .iter()
            .map(|argument| format!("<{argument}>"))
            .collect();
        writeln!(text, "{} {}", rule.code, rule.name).unwrap();
        for language in [Language::English, Language::Chinese] {
            writeln!(text, "  {}", render(rule.code, &arguments, language)).unwrap();
        }
    }
    expect_frozen(&expect_file!["golden/rules.txt"], &text);
}

#[test]
fn kinds_of_alert_and_messages() {
    let mut text = String::new();
    for kind in alert_kinds() {
        let arguments: Vec<String> = kind
            .arguments
            .iter()
            .map(|argument| format!("<{argument}>"))
            .collect();
        writeln!(text, "{} {}", kind.number, kind.name).unwrap();
        for language in [Language::English, Language::Chinese] {
            writeln!(
                text,
                "  {}",
                render_alert(kind.number, &arguments, language)
            )
            .unwrap();
        }
    }
    expect_frozen(&expect_file!["golden/alert_kinds.txt"], &text);
}
