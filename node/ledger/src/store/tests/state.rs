//! Tests of the state: views, proofs, updates.

use std::{collections::BTreeMap, path::Path, thread};

use piaolian_contracts::{
    chain::Height,
    state::{self, StateReader},
    state_tree::hashing::value_hash,
};
use tempfile::TempDir;

use super::{Draft, block, delete, found, open, put, receipt};
use crate::store::{
    StoreError, UNDO_HEIGHTS,
    columns::{ALL, BUCKETS, PAGES, STATE, UNDO},
    database::{Column, Database},
};

type Dump = BTreeMap<(&'static str, Vec<u8>), Vec<u8>>;

/// Reads the rows of the state and its tree from a closed store.
fn dump(path: &Path) -> Dump {
    fn read<K, V>(database: &Database, column: &Column<K, V>, rows: &mut Dump) {
        let mut cursor = database.cursor(column);
        cursor.seek_to_first();
        while let Some((key, value)) = cursor.item() {
            rows.insert((column.name(), key.to_vec()), value.to_vec());
            cursor.next();
        }
    }
    let database = Database::open(path, &ALL).unwrap();
    let mut rows = Dump::new();
    read(&database, &STATE, &mut rows);
    read(&database, &PAGES, &mut rows);
    read(&database, &BUCKETS, &mut rows);
    rows
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
        view.get(state::Table::Receipts, &receipt(number).as_bytes()[1..])
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
        // Other receipts are added and deleted, so that buckets split and merge.
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
        // One added by this block, and one added only by the next.
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
fn an_update_prepared_before_another_block_is_stale() {
    let folder = TempDir::new().unwrap();
    let store = found(folder.path());
    // Both leave the root unchanged, so that only the version distinguishes them.
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
fn a_proof_matches_its_root_while_blocks_are_committed() {
    let folder = TempDir::new().unwrap();
    let store = found(folder.path());
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for height in 1..=50_u64 {
                let value = height.to_string();
                block(
                    &store,
                    (0..60)
                        .map(|number| put(&receipt(height + number), &value))
                        .collect(),
                );
            }
        });
        while !writer.is_finished() {
            let key = receipt(50);
            let proven = store.prove(key.as_bytes()).unwrap();
            let said = proven
                .proof
                .verify(&proven.state_root, key.as_bytes())
                .unwrap();
            assert_eq!(said, Some(value_hash(&proven.value.unwrap()).into()));
            let view = store.state();
            let seen = view
                .get(state::Table::Receipts, &key.as_bytes()[1..])
                .unwrap()
                .unwrap();
            let height = view.tip().height.to_string();
            assert!(
                seen == height.as_bytes() || height == "0",
                "the view is its tip's"
            );
        }
    });
}
