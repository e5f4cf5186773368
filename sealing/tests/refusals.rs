//! What does not open, and why.

use piaolian_contracts::{
    chain::PublicKey,
    organisations::{KeyId, KeyPurpose},
};
use piaolian_genesis::{KeyPair, sample};
use piaolian_proto::v1::SealedDetails;
use piaolian_sealing::{KEYS_MAX, Reader, SEALED_BYTES_MAX, Sealed, SealingError, Secret};
use prost::Message;

use crate::people::{chain, context, finance, hospital, insurer, rng, sealed};

const DETAILS: &[u8] = b"details";

#[test]
fn nobody_else_opens_them() {
    let chain = chain("piaolian-test");
    let sealed = sealed(&chain, DETAILS);
    let context = context(&chain, 1);
    let insurer = insurer();
    let refused = sealed.key_for(&context, &insurer.secret()).unwrap_err();
    let (organisation, key_id) = (insurer.organisation, insurer.key_id);
    assert_eq!(
        refused,
        SealingError::NotForReader {
            organisation,
            key_id
        }
    );
}

/// The name of a reader with another key: one that was rotated away, or an impostor's.
#[test]
fn a_wrong_key_opens_nothing() {
    let chain = chain("piaolian-test");
    let sealed = sealed(&chain, DETAILS);
    let context = context(&chain, 1);
    let hospital = hospital();
    let other = sample::founder(1, 8);
    let (_, pair) = other.key(KeyPurpose::Encrypt).unwrap();
    let impostor = Secret::new(hospital.organisation, hospital.key_id, pair.secret());
    assert_eq!(
        sealed.key_for(&context, &impostor).unwrap_err(),
        SealingError::WrongKey
    );
    let next_id = KeyId::parse("key_id", hospital.key_id.get() + 1).unwrap();
    let rotated = Secret::new(hospital.organisation, next_id, pair.secret());
    assert!(matches!(
        sealed.key_for(&context, &rotated).unwrap_err(),
        SealingError::NotForReader { .. }
    ));
}

#[test]
fn what_was_sealed_for_one_receipt_or_chain_opens_for_no_other() {
    let (ours, theirs) = (chain("piaolian-test"), chain("piaolian-other"));
    let sealed = sealed(&ours, DETAILS);
    let right = context(&ours, 1);
    let secret = hospital().secret();
    let key = sealed.key_for(&right, &secret).unwrap();
    for wrong in [context(&ours, 2), context(&theirs, 1)] {
        let refused = sealed.key_for(&wrong, &secret).unwrap_err();
        assert_eq!(refused, SealingError::WrongKey);
        let refused = sealed.open(&wrong, &key).unwrap_err();
        assert_eq!(refused, SealingError::Tampered);
    }
}

/// Two receipts of the same readers, their attachments or their wrapped keys exchanged.
#[test]
fn swapped_attachments_and_keys_are_refused() {
    let chain = chain("piaolian-test");
    let hospital = hospital();
    let (first, second) = (context(&chain, 1), context(&chain, 2));
    let readers = [hospital.reader()];
    let one = Sealed::new(&first, DETAILS, &readers, &mut rng(1)).unwrap();
    let two = Sealed::new(&second, b"others", &readers, &mut rng(2)).unwrap();
    let secret = hospital.secret();
    assert_eq!(
        two.key_for(&first, &secret).unwrap_err(),
        SealingError::WrongKey
    );
    let key = one.key_for(&first, &secret).unwrap();
    assert_eq!(two.open(&first, &key).unwrap_err(), SealingError::Tampered);
    assert_eq!(two.open(&second, &key).unwrap_err(), SealingError::Tampered);
    let mut mixed = SealedDetails::decode(one.encode()).unwrap();
    mixed.keys = two.keys().to_vec();
    let mixed = Sealed::decode(mixed.encode_to_vec().into()).unwrap();
    assert_eq!(
        mixed.key_for(&first, &secret).unwrap_err(),
        SealingError::WrongKey
    );
}

/// Each bit of all of it.
#[test]
fn whatever_is_altered_does_not_open() {
    let chain = chain("piaolian-test");
    let encoded = sealed(&chain, DETAILS).encode();
    let context = context(&chain, 1);
    let readers = [hospital().secret(), finance().secret()];
    let mut opened = 0;
    for place in 0..encoded.len() {
        for bit in 0..8 {
            let mut altered = encoded.to_vec();
            altered[place] ^= 1 << bit;
            let Ok(sealed) = Sealed::decode(altered.into()) else {
                continue;
            };
            let open = |secret: &Secret| {
                let key = sealed.key_for(&context, secret)?;
                sealed.open(&context, &key)
            };
            // What was altered in one reader's wrapped key is the other's no more than before.
            let readable = readers.iter().filter(|secret| open(secret).is_ok()).count();
            assert!(readable < readers.len(), "byte {place}, bit {bit}");
            opened += usize::from(readable > 0);
        }
    }
    let wrapped = 2 * (32 + 48 + 18 + 1);
    assert!(opened <= wrapped * 8, "{opened}");
    println!("{} alterations, none opened by both", encoded.len() * 8);
}

#[test]
fn other_forms_are_refused() {
    let chain = chain("piaolian-test");
    let genuine = SealedDetails::decode(sealed(&chain, DETAILS).encode()).unwrap();
    let alterations: [(&str, fn(&mut SealedDetails)); 10] = [
        ("version", |sealed| sealed.version = 2),
        ("ciphertext", |sealed| {
            sealed.ciphertext = vec![0; 16].into()
        }),
        ("ciphertext", |sealed| {
            sealed.ciphertext = vec![0; 100].into()
        }),
        ("keys", |sealed| sealed.keys.clear()),
        ("keys", |sealed| sealed.keys.swap(0, 1)),
        ("keys", |sealed| {
            sealed.keys = vec![sealed.keys[0].clone(); 2]
        }),
        ("keys", |sealed| {
            sealed.keys = vec![sealed.keys[0].clone(); KEYS_MAX + 1]
        }),
        ("keys.organisation", |sealed| {
            sealed.keys[0].organisation = "0".to_owned()
        }),
        ("keys.encapsulated", |sealed| {
            sealed.keys[0].encapsulated = vec![1; 31].into()
        }),
        ("keys.wrapped", |sealed| {
            sealed.keys[1].wrapped = vec![1; 49].into()
        }),
    ];
    for (field, alter) in alterations {
        let mut altered = genuine.clone();
        alter(&mut altered);
        let refused = Sealed::decode(altered.encode_to_vec().into()).unwrap_err();
        assert_eq!(refused.field(), field, "{refused}");
    }
    let mut longer = genuine.encode_to_vec();
    longer.extend_from_slice(b"\x28\x01");
    for bytes in [longer, vec![0; SEALED_BYTES_MAX + 1], b"\xff".to_vec()] {
        assert_eq!(Sealed::decode(bytes.into()).unwrap_err().field(), "sealed");
    }
}

#[test]
fn details_are_sealed_for_seal_keys_alone() {
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
        let refused = Sealed::new(&context, DETAILS, &[reader], &mut rng(1)).unwrap_err();
        assert!(
            matches!(refused, SealingError::UnfitKey { .. }),
            "{refused}"
        );
    }
    let none = Sealed::new(&context, DETAILS, &[], &mut rng(1)).unwrap_err();
    assert!(matches!(none, SealingError::Malformed(_)), "{none}");
    let twice = [hospital.reader(), hospital.reader()];
    let twice = Sealed::new(&context, DETAILS, &twice, &mut rng(1)).unwrap_err();
    assert!(matches!(twice, SealingError::Malformed(_)), "{twice}");
    let long = vec![0; (9 << 20) + 1];
    let long = Sealed::new(&context, &long, &[hospital.reader()], &mut rng(1)).unwrap_err();
    assert_eq!(long, SealingError::TooLong((9 << 20) + 1));
}

fn hospital_secret() -> zeroize::Zeroizing<[u8; 32]> {
    zeroize::Zeroizing::new([3; 32])
}
