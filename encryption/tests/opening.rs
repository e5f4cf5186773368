//! Readers decrypt details.

use piaolian_encryption::{EncryptedDetails, PADDED_TO_BYTES};

use crate::people::{chain, context, encrypted, finance, hospital, insurer, rng};

const DETAILS: &[u8] = "张三 350102199001010018 检查费 100.00".as_bytes();

#[test]
fn each_reader_decrypts_the_details() {
    let chain = chain("piaolian-test");
    let encrypted = encrypted(&chain, DETAILS);
    let encrypted = EncryptedDetails::decode(encrypted.encode()).unwrap();
    let context = context(&chain, 1);
    for reader in [hospital(), finance()] {
        let key = encrypted.key_for(&context, &reader.secret()).unwrap();
        assert_eq!(
            encrypted.decrypt(&context, &key).unwrap().as_slice(),
            DETAILS
        );
    }
}

/// A grantee gets a wrapped key; the encrypted details stay unchanged.
#[test]
fn a_reader_shares_the_key_with_another() {
    let chain = chain("piaolian-test");
    let encrypted = encrypted(&chain, DETAILS);
    let context = context(&chain, 1);
    let key = encrypted.key_for(&context, &hospital().secret()).unwrap();
    let insurer = insurer();
    let granted = key.wrap(&context, &insurer.reader(), &mut rng(2)).unwrap();
    let key = insurer.secret().unwrap(&context, &granted).unwrap();
    assert_eq!(
        encrypted.decrypt(&context, &key).unwrap().as_slice(),
        DETAILS
    );
    assert_eq!(encrypted.keys().len(), 2);
}

#[test]
fn the_ciphertext_reveals_only_a_rough_length() {
    let chain = chain("piaolian-test");
    let encoded = encrypted(&chain, DETAILS).encode();
    for secret in ["张三", "350102199001010018", "检查费", "100.00"] {
        let shows = encoded
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        assert!(!shows, "{secret}");
    }
    let length = |details: usize| encrypted(&chain, &vec![7; details]).encode().len();
    assert_eq!(length(1), length(PADDED_TO_BYTES - 4));
    assert_eq!(length(PADDED_TO_BYTES - 3), length(2 * PADDED_TO_BYTES - 4));
    assert!(length(PADDED_TO_BYTES - 3) > length(1));
}

#[test]
fn empty_and_long_details_are_decrypted() {
    let chain = chain("piaolian-test");
    let context = context(&chain, 1);
    for length in [0, 1, 507, 508, 509, 100_000, 9 << 20] {
        let details = vec![7; length];
        let encrypted = encrypted(&chain, &details);
        let key = encrypted.key_for(&context, &hospital().secret()).unwrap();
        assert_eq!(*encrypted.decrypt(&context, &key).unwrap(), details);
    }
}

#[test]
fn two_encryptions_of_one_receipt_have_nothing_in_common() {
    let chain = chain("piaolian-test");
    let context = context(&chain, 1);
    let hospital = hospital();
    let encrypt = |seed| {
        EncryptedDetails::new(&context, DETAILS, &[hospital.reader()], &mut rng(seed)).unwrap()
    };
    assert_ne!(encrypt(1).hash(), encrypt(2).hash());
    assert_ne!(
        encrypt(1).keys()[0].encapsulated,
        encrypt(2).keys()[0].encapsulated
    );
}
