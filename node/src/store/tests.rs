//! The store as its users see it: found, propose, commit, read, reopen.

use std::{collections::BTreeMap, path::Path};

use piaolian_contracts::{
    chain::{
        Address, BlockTime, CommitCertificate, Hash, Header, Height, Signature,
        header::PROTOCOL_VERSION, mmr,
    },
    proof::hashing::value_hash,
    state::{self, Change, StateReader},
};
use piaolian_proto::v1 as proto;
use tempfile::TempDir;

use super::{
    Commit, Identity, Occurrence, Proposal, StateUpdate, Store, StoreError, UNDO_HEIGHTS,
    columns::{ALL, BODIES, BUCKETS, META, META_FORMAT, META_TIP, PAGES, STATE, UNDO},
    database::{Batch, Database, Table},
};

const RECEIPT: [u8; 18] = *b"000101200000000001";

fn identity() -> Identity {
    Identity {
        chain_id: "piaolian-test".parse().unwrap(),
        genesis_hash: Hash::sha256(&[b"genesis"]),
    }
}

fn put(key: &str, value: &str) -> Change {
    Change {
        key: key.into(),
        value: Some(value.into()),
    }
}

fn delete(key: &str) -> Change {
    Change {
        key: key.into(),
        value: None,
    }
}

/// A receipt's state key.
fn receipt(number: u64) -> String {
    format!("\u{5}00010120{number:010}")
}

fn found(path: &Path) -> Store {
    let changes = (0..100)
        .map(|number| put(&receipt(number), "issued"))
        .collect();
    Store::create(path, &identity(), BlockTime::from_ms(1), changes).unwrap()
}

fn open(path: &Path) -> Result<Store, StoreError> {
    Store::open(path, &identity())
}

/// A block over `store`'s tip.
struct Draft {
    header: Header,
    transactions: Vec<Hash>,
    outcomes: Vec<proto::Outcome>,
    history: Vec<Occurrence>,
    state: Option<StateUpdate>,
}

impl Draft {
    fn new(store: &Store, changes: Vec<Change>) -> Self {
        let tip = store.tip();
        let state = store.prepare(changes).unwrap();
        let height = tip.height.next();
        let id = Hash::sha256(&[b"transaction", &height.get().to_be_bytes()]);
        let header = Header {
            chain_id: store.identity().chain_id.clone(),
            height,
            time: tip.time.after_ms(1),
            proposer: Address::new([1; 20]),
            parent_hash: tip.block_hash,
            transactions_root: Hash::ZERO,
            outcomes_root: Hash::ZERO,
            state_root: state.root(),
            history_root: tip.peaks.root(),
            validators_hash: Hash::ZERO,
            next_validators_hash: Hash::ZERO,
            protocol_version: PROTOCOL_VERSION,
        };
        let outcome = proto::Outcome {
            transaction_id: id.into(),
            code: 7,
            ..Default::default()
        };
        let occurrence = Occurrence {
            receipt: RECEIPT,
            transaction: 0,
            item: 3,
        };
        Self {
            header,
            transactions: vec![id],
            outcomes: vec![outcome],
            history: vec![occurrence],
            state: Some(state),
        }
    }

    fn hash(&self) -> Hash {
        self.header.hash()
    }

    fn body(&self) -> Vec<u8> {
        // Above the size from which bodies lie in blob files.
        self.hash().as_bytes().repeat(1000)
    }

    fn proposal(&self, round: u32) -> Proposal {
        Proposal {
            height: self.header.height,
            round,
            block_hash: self.hash(),
            proposer: self.header.proposer,
            valid: true,
            parts_signature: Some(Signature::new([9; 64])),
        }
    }

    fn certificate(&self) -> CommitCertificate {
        CommitCertificate {
            height: self.header.height,
            round: 1,
            block_hash: self.hash(),
            signatures: vec![(Address::new([1; 20]), Signature::new([2; 64]))],
        }
    }

    fn save(&self, store: &Store) -> bool {
        store.save_body(&self.proposal(0), &self.body()).unwrap()
    }

    fn commit(&mut self, store: &Store) -> Result<(), StoreError> {
        let commit = Commit {
            header: &self.header,
            certificate: &self.certificate(),
            transactions: &self.transactions,
            outcomes: &self.outcomes,
            history: &self.history,
            state: self.state.take().unwrap(),
        };
        let tip = store.commit(commit)?;
        assert_eq!(tip, store.tip());
        Ok(())
    }
}

/// Commits a block with `changes`.
fn block(store: &Store, changes: Vec<Change>) -> Header {
    let mut draft = Draft::new(store, changes);
    assert!(draft.save(store));
    draft.commit(store).unwrap();
    draft.header
}

type Dump = BTreeMap<(&'static str, Vec<u8>), Vec<u8>>;

/// The rows of the state and its tree in a closed store.
fn dump(path: &Path) -> Dump {
    fn column<K, V>(database: &Database, table: &Table<K, V>, rows: &mut Dump) {
        let mut cursor = database.cursor(table);
        cursor.seek_to_first();
        while let Some((key, value)) = cursor.item() {
            rows.insert((table.name(), key.to_vec()), value.to_vec());
            cursor.next();
        }
    }
    let database = Database::open(path, &ALL).unwrap();
    let mut rows = Dump::new();
    column(&database, &STATE, &mut rows);
    column(&database, &PAGES, &mut rows);
    column(&database, &BUCKETS, &mut rows);
    rows
}

#[test]
fn a_founded_store_opens_at_height_0_with_its_state() {
    let folder = TempDir::new().unwrap();
    let root = found(folder.path()).tip().state_root;
    let store = open(folder.path()).unwrap();
    let tip = store.tip();
    assert_eq!(
        (tip.height, tip.block_hash),
        (Height::GENESIS, identity().genesis_hash)
    );
    assert_eq!((tip.state_root, tip.time), (root, BlockTime::from_ms(1)));
    assert_eq!(store.committed(Height::GENESIS).unwrap(), None);
}

#[test]
fn a_block_takes_two_synced_writes() {
    let folder = TempDir::new().unwrap();
    let store = found(folder.path());
    let before = store.synced_writes();
    let mut draft = Draft::new(&store, vec![put(&receipt(1), "booked")]);
    assert!(draft.save(&store));
    assert!(!draft.save(&store), "what is there is not written again");
    draft.commit(&store).unwrap();
    assert_eq!(store.synced_writes() - before, 2);
}

#[test]
fn a_committed_block_is_found_by_all_its_names() {
    let folder = TempDir::new().unwrap();
    let store = found(folder.path());
    let mut draft = Draft::new(&store, vec![put(&receipt(1), "booked")]);
    draft.save(&store);
    draft.commit(&store).unwrap();
    drop(store);

    let store = open(folder.path()).unwrap();
    let height = Height::new(1);
    let committed = store.committed(height).unwrap().unwrap();
    assert_eq!(committed.header, draft.header);
    assert_eq!(committed.block_hash, draft.hash());
    assert_eq!(committed.certificate, draft.certificate());
    assert_eq!(store.header(height).unwrap().unwrap(), draft.header);
    assert_eq!(
        store.certificate(height).unwrap().unwrap(),
        draft.certificate()
    );
    assert_eq!(store.block(height).unwrap().unwrap(), draft.body());
    assert_eq!(store.body(&draft.hash()).unwrap().unwrap(), draft.body());
    assert_eq!(store.height_of(&draft.hash()).unwrap(), Some(height));
    assert_eq!(store.outcomes(height).unwrap().unwrap(), draft.outcomes);
    let location = store.location(&draft.transactions[0]).unwrap().unwrap();
    assert_eq!((location.height, location.index), (height, 0));
    assert_eq!(
        store.history(&RECEIPT, None, 10).unwrap(),
        [(height, draft.history[0])]
    );

    assert_eq!(store.committed(Height::new(2)).unwrap(), None);
    assert_eq!(store.block(Height::new(2)).unwrap(), None);
    assert_eq!(store.outcomes(Height::new(2)).unwrap(), None);
    assert_eq!(store.height_of(&Hash::ZERO).unwrap(), None);
    assert_eq!(store.location(&Hash::ZERO).unwrap(), None);
    assert!(
        store
            .history(b"000101200000000002", None, 10)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_history_is_read_page_by_page() {
    let folder = TempDir::new().unwrap();
    let store = found(folder.path());
    for _ in 0..5 {
        block(&store, vec![]);
    }
    let all = store.history(&RECEIPT, None, 100).unwrap();
    let heights: Vec<_> = all.iter().map(|(height, _)| height.get()).collect();
    assert_eq!(heights, [1, 2, 3, 4, 5]);
    let first = store.history(&RECEIPT, None, 2).unwrap();
    assert_eq!(first, all[..2]);
    assert_eq!(
        store.history(&RECEIPT, first.last().copied(), 2).unwrap(),
        all[2..4]
    );
    assert!(
        store
            .history(&RECEIPT, all.last().copied(), 2)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_view_keeps_its_version_while_blocks_are_committed() {
    let folder = TempDir::new().unwrap();
    let store = found(folder.path());
    block(
        &store,
        vec![put(&receipt(1), "locked"), put("\u{82}business", "derived")],
    );
    let view = store.state();
    block(
        &store,
        vec![
            delete(&receipt(1)),
            put(&receipt(500), "issued"),
            delete("\u{82}business"),
        ],
    );

    let get = |view: &dyn StateReader, number| {
        view.get(state::Table::Receipts, receipt(number)[1..].as_bytes())
            .unwrap()
    };
    assert_eq!(view.tip().height, Height::new(1));
    assert_eq!(get(&view, 1).as_deref(), Some(&b"locked"[..]));
    assert_eq!(get(&view, 500), None);
    let now = store.state();
    assert_eq!(now.tip(), &store.tip());
    assert_eq!(get(&now, 1), None);
    assert_eq!(get(&now, 500).as_deref(), Some(&b"issued"[..]));
}

#[test]
fn a_floor_stays_within_its_table() {
    let folder = TempDir::new().unwrap();
    let store = found(folder.path());
    block(
        &store,
        vec![
            put("\u{4}b", "range"),
            put("\u{4}", "empty key"),
            put("\u{82}a", "other"),
        ],
    );
    let view = store.state();
    let floor = |table, key: &str| {
        let found = view.floor(table, key.as_bytes()).unwrap();
        found.map(|(key, value)| {
            (
                String::from_utf8(key).unwrap(),
                String::from_utf8(value).unwrap(),
            )
        })
    };
    let entry = |key: &str, value: &str| Some((key.to_owned(), value.to_owned()));
    assert_eq!(floor(state::Table::Ranges, "b"), entry("b", "range"));
    assert_eq!(floor(state::Table::Ranges, "bb"), entry("b", "range"));
    assert_eq!(floor(state::Table::Ranges, "a"), entry("", "empty key"));
    assert_eq!(floor(state::Table::Ranges, ""), entry("", "empty key"));
    assert_eq!(floor(state::Table::Organisations, "z"), None);
    assert_eq!(floor(state::Table::Segments, "z"), None);
}

#[test]
fn derived_tables_are_stored_and_not_proven() {
    let folder = TempDir::new().unwrap();
    let store = found(folder.path());
    let update = store
        .prepare(vec![put("\u{82}business", "derived")])
        .unwrap();
    assert_eq!(update.root(), store.tip().state_root);
}

#[test]
fn every_value_is_proven_at_the_tip_and_64_heights_back() {
    let folder = TempDir::new().unwrap();
    let store = found(folder.path());
    let mut states = vec![(store.tip().state_root, "issued".to_owned())];
    for height in 1..=UNDO_HEIGHTS + 3 {
        let value = format!("value {height}");
        let mut changes = vec![put(&receipt(7), &value)];
        // Receipts come and go around it, so that buckets split and merge.
        changes.extend((0..40).map(|number| put(&receipt(height * 1000 + number), &value)));
        changes.extend(
            (0..30)
                .filter(|_| height > 1)
                .map(|number| delete(&receipt((height - 1) * 1000 + number))),
        );
        states.push((block(&store, changes).state_root, value));
    }
    drop(store);
    let store = open(folder.path()).unwrap();
    let tip = UNDO_HEIGHTS + 3;
    for height in 3..=tip {
        let (root, value) = &states[usize::try_from(height).unwrap()];
        let proven = store
            .prove_at(receipt(7).as_bytes(), Height::new(height))
            .unwrap()
            .unwrap();
        assert_eq!((proven.height.get(), &proven.state_root), (height, root));
        assert_eq!(proven.value.as_deref(), Some(value.as_bytes()));
        let hash = proven.proof.verify(root, receipt(7).as_bytes()).unwrap();
        assert_eq!(hash, Some(value_hash(value.as_bytes()).into()));
        // One of this block, and one that only the next block brings.
        for (number, present) in [(height * 1000 + 35, true), ((height + 1) * 1000, false)] {
            let key = receipt(number);
            let proven = store
                .prove_at(key.as_bytes(), Height::new(height))
                .unwrap()
                .unwrap();
            assert_eq!(proven.value.is_some(), present);
            let hash = proven.proof.verify(root, key.as_bytes()).unwrap();
            assert_eq!(hash.is_some(), present);
        }
    }
    let proven = store.prove(receipt(7).as_bytes()).unwrap();
    assert_eq!(
        Some(&proven),
        store
            .prove_at(receipt(7).as_bytes(), Height::new(tip))
            .unwrap()
            .as_ref()
    );
    assert_eq!(
        store
            .prove_at(receipt(7).as_bytes(), Height::new(2))
            .unwrap(),
        None
    );
    assert_eq!(
        store
            .prove_at(receipt(7).as_bytes(), Height::new(tip + 1))
            .unwrap(),
        None
    );
    let undo = store.database().scan(&UNDO, &[], None, 1000).unwrap();
    assert_eq!(undo.len() as u64, UNDO_HEIGHTS, "the undo log is bounded");
}

#[test]
fn every_header_is_proven_in_the_range() {
    let folder = TempDir::new().unwrap();
    let store = found(folder.path());
    let headers: Vec<_> = (0..9).map(|_| block(&store, vec![])).collect();
    for (height, header) in (1..).map(Height::new).zip(&headers[..8]) {
        let path = store.history_path(height, 8).unwrap().unwrap();
        assert!(mmr::verify(
            &headers[8].history_root,
            &header.hash(),
            height,
            8,
            &path
        ));
    }
    assert_eq!(store.history_path(Height::new(9), 8).unwrap(), None);
    assert_eq!(store.history_path(Height::new(1), 10).unwrap(), None);
}

#[test]
fn undecided_proposals_are_listed_until_their_height_is_decided() {
    let folder = TempDir::new().unwrap();
    let store = found(folder.path());
    let mut decided = Draft::new(&store, vec![put(&receipt(1), "locked")]);
    let other = Draft::new(&store, vec![put(&receipt(2), "locked")]);
    let invalid = Proposal {
        valid: false,
        parts_signature: None,
        ..other.proposal(1)
    };
    assert!(decided.save(&store));
    assert!(store.save_body(&invalid, &other.body()).unwrap());
    assert!(
        store.save_body(&decided.proposal(2), &[]).unwrap(),
        "its body is there already"
    );
    drop(store);

    let store = open(folder.path()).unwrap();
    let expected = [decided.proposal(0), invalid, decided.proposal(2)];
    assert_eq!(store.proposals(Height::new(1)).unwrap(), expected);
    assert_eq!(
        store.body(&decided.hash()).unwrap().unwrap(),
        decided.body()
    );
    assert_eq!(store.body(&other.hash()).unwrap().unwrap(), other.body());

    decided.state = Some(store.prepare(vec![put(&receipt(1), "locked")]).unwrap());
    decided.commit(&store).unwrap();
    assert!(store.proposals(Height::new(1)).unwrap().is_empty());
    assert_eq!(store.body(&other.hash()).unwrap(), None);
    assert_eq!(
        store.body(&decided.hash()).unwrap().unwrap(),
        decided.body()
    );
    assert!(
        !store.save_body(&other.proposal(3), &other.body()).unwrap(),
        "its height is decided"
    );
    assert_eq!(store.body(&other.hash()).unwrap(), None);
}

#[test]
fn what_does_not_follow_the_tip_is_not_committed() {
    let folder = TempDir::new().unwrap();
    let store = found(folder.path());
    block(&store, vec![put(&receipt(1), "locked")]);
    let tip = store.tip();
    let mutations: [(&str, fn(&mut Draft)); 5] = [
        ("height", |draft| draft.header.height = Height::new(3)),
        ("parent hash", |draft| draft.header.parent_hash = Hash::ZERO),
        ("history root", |draft| {
            draft.header.history_root = Hash::ZERO;
        }),
        ("state root", |draft| draft.header.state_root = Hash::ZERO),
        ("number of outcomes", |draft| draft.outcomes.clear()),
    ];
    for (expected, mutate) in mutations {
        let mut draft = Draft::new(&store, vec![put(&receipt(1), "booked")]);
        mutate(&mut draft);
        draft.save(&store);
        match draft.commit(&store) {
            Err(StoreError::DoesNotFollow { field, .. }) => assert_eq!(field, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
    let mut unsaved = Draft::new(&store, vec![put(&receipt(1), "unsaved")]);
    assert!(matches!(
        unsaved.commit(&store),
        Err(StoreError::NoBody { .. })
    ));
    assert_eq!(store.tip(), tip);
    // None of it is in the way of the block that does follow.
    block(&store, vec![put(&receipt(1), "booked at last")]);
}

#[test]
fn an_update_prepared_before_another_block_is_stale() {
    let folder = TempDir::new().unwrap();
    let store = found(folder.path());
    // Both leave the root as it is, so that nothing but the version tells them apart.
    let stale = store.prepare(vec![put("\u{82}a", "1")]).unwrap();
    block(&store, vec![put("\u{82}b", "1")]);
    let mut draft = Draft::new(&store, vec![put("\u{82}c", "1")]);
    draft.state = Some(stale);
    draft.save(&store);
    assert!(matches!(draft.commit(&store), Err(StoreError::StaleUpdate)));
}

#[test]
fn two_changes_of_one_key_are_refused() {
    let folder = TempDir::new().unwrap();
    let store = found(folder.path());
    let changes = vec![
        put(&receipt(1), "a"),
        put(&receipt(2), "b"),
        delete(&receipt(1)),
    ];
    let refused = store.prepare(changes);
    assert!(
        matches!(refused, Err(StoreError::DuplicateChange(key)) if key == hex::encode(receipt(1)))
    );
}

#[test]
fn a_prepared_and_abandoned_update_leaves_no_trace() {
    let folder = TempDir::new().unwrap();
    let store = found(folder.path());
    let abandoned = Draft::new(
        &store,
        (0..300).map(|number| delete(&receipt(number))).collect(),
    );
    drop(abandoned);
    let tip = store.tip();
    drop(store);
    let before = dump(folder.path());
    let store = open(folder.path()).unwrap();
    assert_eq!(store.tip(), tip);
    drop(store);
    assert_eq!(dump(folder.path()), before);
}

#[test]
fn a_store_of_another_chain_is_refused() {
    let folder = TempDir::new().unwrap();
    drop(found(folder.path()));
    for other in [
        Identity {
            chain_id: "other".parse().unwrap(),
            ..identity()
        },
        Identity {
            genesis_hash: Hash::ZERO,
            ..identity()
        },
    ] {
        let refused = Store::open(folder.path(), &other);
        assert!(matches!(refused, Err(StoreError::OtherChain { .. })));
    }
    let again = Store::create(folder.path(), &identity(), BlockTime::from_ms(1), vec![]);
    assert!(matches!(again, Err(StoreError::AlreadyFounded { .. })));
}

#[test]
fn a_store_without_a_chain_says_so() {
    let folder = TempDir::new().unwrap();
    assert!(matches!(
        open(folder.path()),
        Err(StoreError::NotFounded(_))
    ));
    found(folder.path());
}

#[test]
fn a_store_is_opened_once_at_a_time() {
    let folder = TempDir::new().unwrap();
    let store = found(folder.path());
    assert!(matches!(open(folder.path()), Err(StoreError::InUse(_))));
    drop(store);
    assert!(open(folder.path()).is_ok());
}

/// Writes to the columns of a closed store behind its back.
fn tamper(path: &Path, write: impl FnOnce(&mut Batch<'_>)) {
    let database = Database::open(path, &ALL).unwrap();
    let mut batch = database.batch();
    write(&mut batch);
    batch.commit("damage").unwrap();
}

#[test]
fn another_format_is_refused() {
    let folder = TempDir::new().unwrap();
    drop(found(folder.path()));
    tamper(folder.path(), |batch| {
        batch.put_raw(&META, META_FORMAT, &99_u32.to_be_bytes());
    });
    let refused = open(folder.path());
    assert!(matches!(
        refused,
        Err(StoreError::OtherFormat { found: 99, .. })
    ));
}

#[test]
fn damage_is_a_fault_that_names_column_and_key() {
    let damages: [(&str, fn(&mut Batch<'_>)); 4] = [
        ("meta", |batch| batch.put_raw(&META, META_TIP, b"?")),
        ("pages", |batch| batch.put_raw(&PAGES, &[0, 0], b"?")),
        ("pages", |batch| batch.put_raw(&PAGES, &[0xff, 0, 3], b"?")),
        ("pages", |batch| {
            batch.put_raw(&PAGES, &[0x80, 0, 1], &[0, 1]);
        }),
    ];
    for (column, damage) in damages {
        let folder = TempDir::new().unwrap();
        drop(found(folder.path()));
        tamper(folder.path(), damage);
        let fault = open(folder.path()).unwrap_err().to_string();
        assert!(
            fault.starts_with(&format!("column {column} is damaged at key ")),
            "{fault}"
        );
    }
}

#[test]
fn a_tree_that_is_not_the_tips_is_refused() {
    let folder = TempDir::new().unwrap();
    drop(found(folder.path()));
    tamper(folder.path(), |batch| batch.delete_raw(&PAGES, &[0, 0]));
    let refused = open(folder.path());
    assert!(matches!(refused, Err(StoreError::WrongRoot { .. })));
}

#[test]
fn missing_buckets_and_bodies_are_faults() {
    let folder = TempDir::new().unwrap();
    let store = found(folder.path());
    let header = block(&store, vec![]);
    let buckets = store.database().scan(&BUCKETS, &[], None, 100).unwrap();
    drop(store);
    tamper(folder.path(), |batch| {
        for (place, _) in &buckets {
            batch.delete(&BUCKETS, place);
        }
        batch.delete(&BODIES, &header.hash());
    });
    let store = open(folder.path()).unwrap();
    let fault = store.prove(receipt(1).as_bytes()).unwrap_err().to_string();
    assert!(fault.starts_with("column buckets is damaged"), "{fault}");
    assert!(store.prepare(vec![put(&receipt(1), "x")]).is_err());
    let fault = store.block(Height::new(1)).unwrap_err().to_string();
    assert!(fault.starts_with("column bodies is damaged"), "{fault}");
}
