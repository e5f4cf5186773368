//! The index of persons reveals nothing without its key.

use piaolian_encryption::{EncryptionError, IndexKey, RowName};

use crate::people::rng;

const NUMBER: &str = "35010219800101123X";

#[test]
fn tags_depend_on_person_and_key() {
    let (key, other) = (IndexKey::random(&mut rng(1)), IndexKey::random(&mut rng(2)));
    let tag = key.tag(NUMBER);
    assert_eq!(key.tag("35010219800101123x"), tag);
    assert_ne!(key.tag("350102198001011231"), tag);
    assert_ne!(other.tag(NUMBER), tag);
    assert_ne!(key.check(), other.check());
    let row = key.row(&tag, b"receipt");
    assert!(row.as_bytes().starts_with(tag.as_bytes()));
    assert_ne!(key.row(&tag, b"another"), row);
    assert_eq!(RowName::new(*row.as_bytes()), row);
}

#[test]
fn a_row_is_bound_to_its_key_and_name() {
    let key = IndexKey::random(&mut rng(1));
    let row = key.row(&key.tag(NUMBER), b"receipt");
    let encrypted = key.encrypt(&row, b"content", &mut rng(3));
    assert_eq!(
        key.decrypt(&row, &encrypted).unwrap().as_slice(),
        b"content"
    );
    assert_ne!(key.encrypt(&row, b"content", &mut rng(4)), encrypted);

    let tampered = |opened: Result<_, _>| assert_eq!(opened, Err(EncryptionError::Tampered));
    let moved = key.row(&key.tag(NUMBER), b"another");
    tampered(key.decrypt(&moved, &encrypted));
    tampered(IndexKey::random(&mut rng(2)).decrypt(&row, &encrypted));
    for at in 0..encrypted.len() {
        let mut altered = encrypted.clone();
        altered[at] ^= 1;
        tampered(key.decrypt(&row, &altered));
        tampered(key.decrypt(&row, &encrypted[..at]));
    }
}

#[test]
fn a_key_is_not_shown() {
    let key = IndexKey::random(&mut rng(1));
    assert_eq!(format!("{key:?}"), "IndexKey(…)");
}
