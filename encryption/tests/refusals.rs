//! Decryption that fails, and malformed messages.

use piaolian_contracts::{
    chain::PublicKey,
    organisations::{KeyId, KeyPurpose},
};
use piaolian_encryption::{
    ENCRYPTED_BYTES_MAX, EncryptedDetails, EncryptionError, KEYS_MAX, Reader, Secret,
};
use piaolian_genesis::KeyPair;
use piaolian_proto::v1 as proto;
use piaolian_test_kit::sample;
use prost::Message;

use crate::people::{chain, context, encrypted, finance, hospital, insurer, rng};

const DETAILS: &[u8] = b"details";

#[test]
fn only_readers_decrypt() {
    let chain = chain("piaolian-test");
    let encrypted = encrypted(&chain, DETAILS);
    let context = context(&chain, 1);
    let insurer = insurer();
    let refused = encrypted.key_for(&context, &insurer.secret()).unwrap_err();
    let (organisation, key_id) = (insurer.organisation, insurer.key_id);
    assert_eq!(
        refused,
        EncryptionError::NotForReader {
            organisation,
            key_id
        }
    );
}

/// A reader's number with another secret: a key that was rotated, or an impostor's.
#[test]
fn a_wrong_key_decrypts_nothing() {
    let chain = chain("piaolian-test");
    let encrypted = encrypted(&chain, DETAILS);
    let context = context(&chain, 1);
    let hospital = hospital();
    let other = sample::founder(1, 8);
    let (_, pair) = other.key(KeyPurpose::Encrypt).unwrap();
    let impostor = Secret::new(hospital.organisation, hospital.key_id, pair.secret());
    assert_eq!(
        encrypted.key_for(&context, &impostor).unwrap_err(),
        EncryptionError::WrongKey
    );
    let next_id = KeyId::parse("key_id", hospital.key_id.get() + 1).unwrap();
    let rotated = Secret::new(hospital.organisation, next_id, pair.secret());
    assert!(matches!(
        encrypted.key_for(&context, &rotated).unwrap_err(),
        EncryptionError::NotForReader { .. }
    ));
}

#[test]
fn details_are_bound_to_their_receipt_and_chain() {
    let (ours, theirs) = (chain("piaolian-test"), chain("piaolian-other"));
    let encrypted = encrypted(&ours, DETAILS);
    let right = context(&ours, 1);
    let secret = hospital().secret();
    let key = encrypted.key_for(&right, &secret).unwrap();
    for wrong in [context(&ours, 2), context(&theirs, 1)] {
        let refused = encrypted.key_for(&wrong, &secret).unwrap_err();
        assert_eq!(refused, EncryptionError::WrongKey);
        let refused = encrypted.decrypt(&wrong, &key).unwrap_err();
        assert_eq!(refused, EncryptionError::Tampered);
    }
}

/// The attachments or wrapped keys of two receipts with the same readers are exchanged.
#[test]
fn swapped_attachments_and_keys_are_refused() {
    let chain = chain("piaolian-test");
    let hospital = hospital();
    let (first, second) = (context(&chain, 1), context(&chain, 2));
    let readers = [hospital.reader()];
    let one = EncryptedDetails::new(&first, DETAILS, &readers, &mut rng(1)).unwrap();
    let two = EncryptedDetails::new(&second, b"others", &readers, &mut rng(2)).unwrap();
    let secret = hospital.secret();
    assert_eq!(
        two.key_for(&first, &secret).unwrap_err(),
        EncryptionError::WrongKey
    );
    let key = one.key_for(&first, &secret).unwrap();
    assert_eq!(
        two.decrypt(&first, &key).unwrap_err(),
        EncryptionError::Tampered
    );
    assert_eq!(
        two.decrypt(&second, &key).unwrap_err(),
        EncryptionError::Tampered
    );
    let mut mixed = proto::EncryptedDetails::decode(one.encode()).unwrap();
    mixed.keys = two.keys().to_vec();
    let mixed = EncryptedDetails::decode(mixed.encode_to_vec().into()).unwrap();
    assert_eq!(
        mixed.key_for(&first, &secret).unwrap_err(),
        EncryptionError::WrongKey
    );
}

/// Each bit of the message.
#[test]
fn an_altered_message_is_not_decrypted() {
    let chain = chain("piaolian-test");
    let encoded = encrypted(&chain, DETAILS).encode();
    let context = context(&chain, 1);
    let readers = [hospital().secret(), finance().secret()];
    let mut opened = 0;
    for place in 0..encoded.len() {
        for bit in 0..8 {
            let mut altered = encoded.to_vec();
            altered[place] ^= 1 << bit;
            let Ok(encrypted) = EncryptedDetails::decode(altered.into()) else {
                continue;
            };
            let decrypt = |secret: &Secret| {
                let key = encrypted.key_for(&context, secret)?;
                encrypted.decrypt(&context, &key)
            };
            // An alteration in one reader's wrapped key leaves the other reader's alone.
            let readable = readers
                .iter()
                .filter(|secret| decrypt(secret).is_ok())
                .count();
            assert!(readable < readers.len(), "byte {place}, bit {bit}");
            opened += usize::from(readable > 0);
        }
    }
    let wrapped = 2 * (32 + 48 + 18 + 1);
    assert!(opened <= wrapped * 8, "{opened}");
    println!(
        "{} alterations, none decrypted by both readers",
        encoded.len() * 8
    );
}

#[test]
fn malformed_messages_are_rejected() {
    let chain = chain("piaolian-test");
    let genuine = proto::EncryptedDetails::decode(encrypted(&chain, DETAILS).encode()).unwrap();
    let alterations: [(&str, fn(&mut proto::EncryptedDetails)); 10] = [
        ("version", |encrypted| encrypted.version = 2),
        ("ciphertext", |encrypted| {
            encrypted.ciphertext = vec![0; 16].into()
        }),
        ("ciphertext", |encrypted| {
            encrypted.ciphertext = vec![0; 100].into()
        }),
        ("keys", |encrypted| encrypted.keys.clear()),
        ("keys", |encrypted| encrypted.keys.swap(0, 1)),
        ("keys", |encrypted| {
            encrypted.keys = vec![encrypted.keys[0].clone(); 2]
        }),
        ("keys", |encrypted| {
            encrypted.keys = vec![encrypted.keys[0].clone(); KEYS_MAX + 1]
        }),
        ("keys.organisation", |encrypted| {
            encrypted.keys[0].organisation = "0".to_owned()
        }),
        ("keys.encapsulated", |encrypted| {
            encrypted.keys[0].encapsulated = vec![1; 31].into()
        }),
        ("keys.wrapped", |encrypted| {
            encrypted.keys[1].wrapped = vec![1; 49].into()
        }),
    ];
    for (field, alter) in alterations {
        let mut altered = genuine.clone();
        alter(&mut altered);
        let refused = EncryptedDetails::decode(altered.encode_to_vec().into()).unwrap_err();
        assert_eq!(refused.field(), field, "{refused}");
    }
    let mut longer = genuine.encode_to_vec();
    longer.extend_from_slice(b"\x28\x01");
    for bytes in [longer, vec![0; ENCRYPTED_BYTES_MAX + 1], b"\xff".to_vec()] {
        assert_eq!(
            EncryptedDetails::decode(bytes.into()).unwrap_err().field(),
            "encrypted"
        );
    }
}

#[test]
fn details_are_encrypted_for_encryption_keys_alone() {
    let chain = chain("piaolian-test");
    let context = context(&chain, 1);
    let hospital = hospital();
    let signing = KeyPair::from_secret(KeyPurpose::Sign, hospital_secret());
    let zero = PublicKey::new(piaolian_contracts::chain::KeyAlgorithm::X25519, [0; 32]);
    for public_key in [signing.public_key(), &zero] {
        let reader = Reader {
            public_key,
            ..hospital.reader()
        };
        let refused = EncryptedDetails::new(&context, DETAILS, &[reader], &mut rng(1)).unwrap_err();
        assert!(
            matches!(refused, EncryptionError::UnfitKey { .. }),
            "{refused}"
        );
    }
    let none = EncryptedDetails::new(&context, DETAILS, &[], &mut rng(1)).unwrap_err();
    assert!(matches!(none, EncryptionError::Malformed(_)), "{none}");
    let twice = [hospital.reader(), hospital.reader()];
    let twice = EncryptedDetails::new(&context, DETAILS, &twice, &mut rng(1)).unwrap_err();
    assert!(matches!(twice, EncryptionError::Malformed(_)), "{twice}");
    let long = vec![0; (9 << 20) + 1];
    let long =
        EncryptedDetails::new(&context, &long, &[hospital.reader()], &mut rng(1)).unwrap_err();
    assert_eq!(long, EncryptionError::TooLong((9 << 20) + 1));
}

fn hospital_secret() -> zeroize::Zeroizing<[u8; 32]> {
    zeroize::Zeroizing::new([3; 32])
}
