use std::{fs, os::unix::fs::PermissionsExt, path::Path, sync::Arc};

use piaolian_contracts::chain::Hash;
use piaolian_details::{generate::Kind, issue::Draft};

use crate::{
    details_store::{DetailsStore, ReceiptEncryptor, StoreError, StoredReceipt},
    local_db::LocalDbError,
    samples::{generated, hospital_rules, rng},
    vault::{
        DecryptionError,
        tests::{finance, hospital, vault},
    },
};

fn kept(seed: u64) -> StoredReceipt {
    let document = generated(Kind::Outpatient, seed).document;
    let draft = Draft::of_document(&document, &hospital_rules()).unwrap();
    let hospital = hospital(1);
    let encryptor = ReceiptEncryptor {
        vault: &vault([&hospital]),
        readers: &[hospital.public(), finance().public()],
    };
    let (item, kept) = encryptor.issue(draft.prepare(&mut rng())).unwrap();
    assert_eq!(item.attachment_hash, &kept.encrypted.hash().as_bytes()[..]);
    kept
}

fn open(folder: &Path) -> DetailsStore {
    DetailsStore::open(folder, Arc::new(vault([&hospital(1)]))).unwrap()
}

#[test]
fn stored_receipts_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("details");
    let kept = kept(1);
    let commitment = kept.details.commitment();
    open(&folder).keep([&kept]).unwrap();
    let store = open(&folder);
    assert_eq!(
        store.by_commitment(&commitment).unwrap(),
        Some(kept.clone())
    );
    assert_eq!(
        store.of_business(kept.details.business_number()).unwrap(),
        [kept.clone()]
    );
    assert_eq!(
        store.attachment(&kept.encrypted.hash()).unwrap(),
        Some(kept.encrypted.encode())
    );
    assert_eq!(store.by_commitment(&Hash::ZERO).unwrap(), None);
    assert_eq!(store.attachment(&commitment).unwrap(), None);
}

#[test]
fn stored_receipts_are_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("details"));
    // The same business is prepared twice: a block may accept either request.
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
fn a_business_number_does_not_match_a_longer_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("details"));
    let kept = kept(1);
    store.keep([&kept]).unwrap();
    let number = kept.details.business_number();
    assert_eq!(store.of_business(&number[..number.len() - 1]).unwrap(), []);
    assert_eq!(store.of_business(&format!("{number}0")).unwrap(), []);
}

#[test]
fn the_folder_is_private_or_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("details");
    drop(open(&folder));
    let mode = fs::metadata(&folder).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o750)).unwrap();
    let refused = DetailsStore::open(&folder, Arc::new(vault([&hospital(1)])));
    assert!(matches!(
        refused,
        Err(StoreError::LocalDb(LocalDbError::OpenToOthers(open))) if open.mode == 0o750
    ));
}

#[test]
fn stored_details_name_nobody_and_need_the_keys() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("details");
    let kept = kept(1);
    open(&folder).keep([&kept]).unwrap();
    let payer = kept.details.message().payer_party.clone().unwrap();
    assert!(!payer.name.is_empty());
    let mut files = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap_or_default();
        files += 1;
        let name = payer.name.as_bytes();
        assert!(!bytes.windows(name.len()).any(|window| window == name));
    }
    assert!(files > 0);

    let other = Arc::new(vault([&hospital(2)]));
    let store = DetailsStore::open(&folder, other).unwrap();
    let read = store.by_commitment(&kept.details.commitment());
    assert!(matches!(
        read,
        Err(StoreError::Encrypted {
            source: DecryptionError::NoKey,
            ..
        })
    ));
    // The attachment for others needs no key.
    assert!(store.attachment(&kept.encrypted.hash()).unwrap().is_some());
}

#[test]
fn after_a_rotation_the_newest_key_decrypts_and_the_earlier_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("details");
    let kept: Vec<_> = (1..=5).map(kept).collect();
    open(&folder).keep(&kept).unwrap();
    let both = Arc::new(vault([&hospital(3), &hospital(1)]));
    let newest = hospital(3).public();
    {
        let store = DetailsStore::open(&folder, both).unwrap();
        assert_eq!(store.rotate_to(&newest).unwrap(), kept.len());
        assert_eq!(store.rotate_to(&newest).unwrap(), 0);
    }
    let alone = Arc::new(vault([&hospital(3)]));
    let store = DetailsStore::open(&folder, alone).unwrap();
    for kept in &kept {
        let commitment = kept.details.commitment();
        assert_eq!(
            store.by_commitment(&commitment).unwrap().as_ref(),
            Some(kept)
        );
        let attached = store.attachment(&kept.encrypted.hash()).unwrap();
        assert_eq!(attached, Some(kept.encrypted.encode()));
    }
    drop(store);
    let refused = open(&folder).by_commitment(&kept[0].details.commitment());
    assert!(matches!(refused, Err(StoreError::Encrypted { .. })));
}
