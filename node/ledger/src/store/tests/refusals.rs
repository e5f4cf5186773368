//! Tests of stores that cannot be opened, and of damage.

use std::path::Path;

use piaolian_contracts::{
    chain::{Hash, Height},
    types::BlockTime,
};
use tempfile::TempDir;

use super::{block, found, identity, open, put, receipt};
use crate::store::{
    ChainIdentity, Store, StoreError,
    columns::{ALL, BODIES, BUCKETS, META, META_FORMAT, META_TIP, PAGES},
    database::{Batch, Database},
};

#[test]
fn a_store_of_another_chain_is_refused() {
    let folder = TempDir::new().unwrap();
    drop(found(folder.path()));
    for other in [
        ChainIdentity {
            chain_id: "other".parse().unwrap(),
            ..identity()
        },
        ChainIdentity {
            genesis_hash: Hash::ZERO,
            ..identity()
        },
    ] {
        let refused = Store::open(folder.path(), &other);
        assert!(matches!(refused, Err(StoreError::OtherChain { .. })));
    }
    let again = Store::create(folder.path(), &identity(), BlockTime::from_ms(1), vec![]);
    assert!(matches!(again, Err(StoreError::ChainExists { .. })));
}

#[test]
fn a_store_without_a_chain_is_reported() {
    let folder = TempDir::new().unwrap();
    assert!(matches!(open(folder.path()), Err(StoreError::NoChain(_))));
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

/// Writes to the columns of a closed store directly.
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
fn damage_is_a_fault_with_column_and_key() {
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
fn a_tree_whose_root_is_not_the_tips_is_refused() {
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
