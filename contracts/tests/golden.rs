//! Golden vectors: bytes that are frozen. A change here is a change of protocol.
//!
//! Run with `UPDATE_EXPECT=1` to write them anew, and say in the commit that the
//! protocol changes.

use std::{collections::BTreeSet, fmt::Write};

use expect_test::{ExpectFile, expect_file};
use piaolian_contracts::{
    chain::{
        Address, Block, BlockTime, Hash, Header, Height, PublicKey, Signature, Validator,
        ValidatorSet, VoteType,
        block::{outcomes_root, transactions_root},
        header::PROTOCOL_VERSION,
        merkle, mmr, proposal_parts_sign_bytes, proposal_sign_bytes, vote_sign_bytes,
    },
    messages::{Language, render, rules},
    organisations::{KeyPurpose, Role, possession_sign_bytes},
    receipts::{CheckCode, seal_sign_bytes},
    state::Table,
    transaction::Transaction,
};
use piaolian_proto::v1 as proto;
use prost::Message;

use crate::world::{
    World,
    people::{Member, signing_key},
    requests::{
        Request, add_key, admit_organisation, book, grant, issue, issue_all, item, lock, recall,
        resume, reverse, revoke_key, seal, set_parameters, suspend, unbook, unlock,
        update_endpoints,
    },
};

/// Lines of `name = hex`.
#[derive(Default)]
struct Vectors(String);

impl Vectors {
    fn add(&mut self, name: &str, bytes: impl AsRef<[u8]>) {
        writeln!(self.0, "{name} = {}", hex::encode(bytes)).unwrap();
    }

    fn check(&self, file: &ExpectFile) {
        file.assert_eq(&self.0);
    }
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
    vectors.add("check code hash", CheckCode::hash_of(&[7; 16], "656aa9"));
    vectors.check(&expect_file!["golden/hashes.txt"]);
}

/// A story in which every action occurs and every kind of record comes about:
/// the encoded transactions, the outcomes, and the world at the end.
fn story() -> (World, Vec<(&'static str, Vec<u8>)>, Vec<proto::Outcome>) {
    let mut world = World::founded(&["finance", "hospital", "insurer", "employer"]);
    let (mut encoded, mut outcomes) = (Vec::new(), Vec::new());
    let mut tell = |world: &mut World, request: &dyn Request| {
        let bytes = world.sign(request);
        let transaction = Transaction::decode(bytes.clone(), &world.chain_id).unwrap();
        encoded.push((transaction.action().name(), bytes.to_vec()));
        let outcome = world.block(&[bytes]).outcomes.remove(0);
        world.note_names(request, &outcome);
        outcomes.push(outcome);
    };
    world.know(Member::new("clinic").with_roles(&[Role::Issuer, Role::CollectingAgency]));
    tell(&mut world, &admit_organisation("clinic"));
    tell(&mut world, &grant("hospital", 1, 1_000));
    tell(&mut world, &grant("clinic", 2_001, 2_010));
    tell(&mut world, &recall(2_001, 2_006));
    tell(
        &mut world,
        &issue_all(vec![item("R1"), item("R2"), item("R1")]),
    );
    let (height, root) = (world.height, world.issuance(world.height).unwrap().root);
    tell(&mut world, &seal(height, root, |_| ()));
    let agency = |item: &mut proto::IssueItem| item.agency = "91350100M000100Y43".to_owned();
    tell(&mut world, &issue("R3").numbered(77).with(agency));
    tell(&mut world, &lock("R1", "insurer"));
    tell(&mut world, &lock("R1", "employer"));
    tell(
        &mut world,
        &book("R1", "insurer", "V1", 20_00).with(|book| book.keep_lock = true),
    );
    tell(&mut world, &unbook("R1", "insurer", "V1"));
    tell(&mut world, &lock("R2", "insurer"));
    tell(&mut world, &unlock("R2", "insurer"));
    tell(&mut world, &book("R2", "employer", "V1", 60_00));
    tell(&mut world, &reverse("R3"));
    tell(
        &mut world,
        &add_key("hospital", KeyPurpose::Sign, &signing_key("hospital", 90)),
    );
    tell(&mut world, &revoke_key("hospital", 4));
    tell(
        &mut world,
        &update_endpoints("employer", &["/dns4/node.example.cn/tcp/26600"]),
    );
    tell(
        &mut world,
        &set_parameters(|parameters| parameters.heartbeat_ms = 5_000),
    );
    tell(&mut world, &suspend("insurer"));
    tell(&mut world, &resume("insurer"));
    tell(&mut world, &suspend("clinic"));
    (world, encoded, outcomes)
}

#[test]
fn transactions() {
    let (world, encoded, _) = story();
    let mut vectors = Vectors::default();
    for (place, (name, bytes)) in encoded.into_iter().enumerate() {
        let transaction = Transaction::decode(bytes.clone().into(), &world.chain_id).unwrap();
        vectors.add(&format!("{place:02} {name}"), bytes);
        vectors.add(&format!("{place:02} {name} id"), transaction.id());
    }
    vectors.check(&expect_file!["golden/transactions.txt"]);
}

#[test]
fn every_action_has_a_vector() {
    let (_, encoded, _) = story();
    let told: BTreeSet<&str> = encoded.into_iter().map(|(name, _)| name).collect();
    // The fields of the message's `oneof`, from the compiled `.proto` files.
    let files = prost_types::FileDescriptorSet::decode(piaolian_proto::FILE_DESCRIPTOR_SET);
    let actions: BTreeSet<String> = files
        .unwrap()
        .file
        .iter()
        .flat_map(|file| &file.message_type)
        .filter(|message| message.name() == "TransactionBody")
        .flat_map(|message| &message.field)
        .filter(|field| field.oneof_index.is_some())
        .map(|field| field.type_name().rsplit('.').next().unwrap().to_owned())
        .collect();
    assert_eq!(
        told.into_iter().map(str::to_owned).collect::<BTreeSet<_>>(),
        actions
    );
}

#[test]
fn outcomes() {
    let (_, encoded, outcomes) = story();
    let mut vectors = Vectors::default();
    for (place, (outcome, (name, _))) in outcomes.iter().zip(encoded).enumerate() {
        vectors.add(&format!("{place:02} {name}"), outcome.encode_to_vec());
    }
    vectors.check(&expect_file!["golden/outcomes.txt"]);
}

#[test]
fn storage_keys_and_records() {
    let (world, ..) = story();
    let mut vectors = Vectors::default();
    for table in Table::ALL {
        for (key, value) in world.state.table(table) {
            let name = format!(
                "{table:?} {}",
                hex::encode([&[table.prefix()], &key[..]].concat())
            );
            vectors.add(&name, value);
        }
    }
    vectors.add("root over committed entries", world.state.root());
    vectors.check(&expect_file!["golden/state.txt"]);
}

#[test]
fn the_story_fills_every_table() {
    let (world, ..) = story();
    for table in Table::ALL {
        assert!(!world.state.table(table).is_empty(), "{table:?}");
    }
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
    expect_file!["golden/rules.txt"].assert_eq(&text);
}
