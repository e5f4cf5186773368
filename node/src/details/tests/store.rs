use std::{fs, os::unix::fs::PermissionsExt};

use piaolian_contracts::chain::Hash;

use super::*;
use crate::details::{
    DetailsStore,
    issue::Draft,
    store::{Kept, StoreError},
};

fn kept(seed: u64) -> Kept {
    let document = generated(Kind::Outpatient, seed).document;
    Draft::of_document(&document, &hospital_rules())
        .unwrap()
        .prepare(&mut rng())
        .into()
}

#[test]
fn what_was_kept_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("details");
    let kept = kept(1);
    let commitment = kept.details.commitment();
    {
        let store = DetailsStore::open(&folder).unwrap();
        store.keep([&kept]).unwrap();
    }
    let store = DetailsStore::open(&folder).unwrap();
    assert_eq!(
        store.by_commitment(&commitment).unwrap(),
        Some(kept.clone())
    );
    assert_eq!(
        store.of_business(kept.details.business_number()).unwrap(),
        [kept]
    );
    assert_eq!(store.by_commitment(&Hash::ZERO).unwrap(), None);
}

#[test]
fn nothing_that_was_prepared_is_ever_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let store = DetailsStore::open(&folder.path().join("details")).unwrap();
    // The same business prepared twice: a block may accept either.
    let (first, second) = (kept(1), kept(2));
    store.keep([&first]).unwrap();
    store.keep([&second]).unwrap();
    let mut found = store.of_business(first.details.business_number()).unwrap();
    let mut expected = vec![first, second];
    for list in [&mut found, &mut expected] {
        list.sort_by_key(|kept| kept.details.commitment());
    }
    assert_eq!(found, expected);
}

#[test]
fn a_business_number_is_not_taken_for_a_longer_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = DetailsStore::open(&folder.path().join("details")).unwrap();
    let kept = kept(1);
    store.keep([&kept]).unwrap();
    let number = kept.details.business_number();
    assert_eq!(store.of_business(&number[..number.len() - 1]).unwrap(), []);
    assert_eq!(store.of_business(&format!("{number}0")).unwrap(), []);
}

#[test]
fn the_folder_is_closed_to_others_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("details");
    drop(DetailsStore::open(&folder).unwrap());
    let mode = fs::metadata(&folder).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o750)).unwrap();
    let refused = DetailsStore::open(&folder);
    assert!(matches!(
        refused,
        Err(StoreError::OpenToOthers { mode: 0o750, .. })
    ));
}
