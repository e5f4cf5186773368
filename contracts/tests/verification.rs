//! Verification: single and in batches.

use std::sync::Arc;

use ed25519_dalek::SigningKey;
use piaolian_contracts::{Transaction, chain::PublicKey, organisations::KeyPurpose, verify_batch};
use prost::Message;

use crate::world::{World, decode, requests::issue};

#[test]
fn a_batch_verifies_exactly_what_single_verification_does() {
    let mut world = World::new();
    let key = world.member("hospital").public_key(KeyPurpose::Sign);
    let good: Vec<Arc<Transaction>> = (0..300)
        .map(|n| {
            let bytes = world.sign(&issue(&format!("R{n}")));
            Arc::new(Transaction::decode(bytes, &world.chain_id).unwrap())
        })
        .collect();
    let results = verify_batch(good.iter().map(|t| (t.clone(), key)).collect());
    assert!(results.iter().all(Result::is_ok));

    let other = PublicKey::ed25519(SigningKey::from_bytes(&[5; 32]).verifying_key().to_bytes());
    let pairs: Vec<_> = (0..)
        .zip(&good)
        .map(|(n, t)| (t.clone(), if n % 97 == 13 { other } else { key }))
        .collect();
    for (place, result) in verify_batch(pairs.clone()).iter().enumerate() {
        let (transaction, key) = &pairs[place];
        let single = transaction.clone().verify(key);
        assert_eq!(result.is_ok(), single.is_ok(), "{place}");
        assert_eq!(result.is_ok(), place % 97 != 13);
        if let Ok(verified) = result {
            assert_eq!(verified.transaction().id(), transaction.id());
        }
    }
    assert!(verify_batch(vec![]).is_empty());
}

#[test]
fn edge_cases_of_zip_215_agree_in_batches_and_alone() {
    // Keys and nonces of small order, canonical and not: every combination has a
    // valid signature with s = 0 under the cofactored equation.
    let encodings = small_order_encodings();
    let mut world = World::new();
    let encoded = world.sign(&issue("R1"));
    let mut pairs = Vec::new();
    for key in &encodings {
        for nonce in &encodings {
            let mut envelope = decode(&encoded);
            envelope.signature = [&nonce[..], &[0; 32]].concat().into();
            let bytes = envelope.encode_to_vec().into();
            let transaction = Transaction::decode(bytes, &world.chain_id).unwrap();
            pairs.push((Arc::new(transaction), PublicKey::ed25519(*key)));
        }
    }
    assert_eq!(pairs.len(), 14 * 14);
    for (transaction, key) in &pairs {
        assert!(transaction.clone().verify(key).is_ok(), "{key}");
        assert!(key.check().is_err(), "{key} must never be registered");
    }
    assert!(verify_batch(pairs).iter().all(Result::is_ok));
}

/// The 14 encodings of the 8 points of small order that ZIP-215 accepts.
fn small_order_encodings() -> Vec<[u8; 32]> {
    let canonical = curve25519_dalek::constants::EIGHT_TORSION.map(|point| point.compress().0);
    let mut encodings = canonical.to_vec();
    // x = 0 with the sign set, and y + p for y of 0 and 1.
    let mut minus_one = [0xff; 32];
    (minus_one[0], minus_one[31]) = (0xec, 0x7f);
    let mut one = [0; 32];
    one[0] = 1;
    let mut p = [0xff; 32];
    (p[0], p[31]) = (0xed, 0x7f);
    let mut p_and_one = p;
    p_and_one[0] = 0xee;
    for (bytes, sign) in [
        (one, 0x80),
        (minus_one, 0x80),
        (p, 0),
        (p, 0x80),
        (p_and_one, 0),
        (p_and_one, 0x80),
    ] {
        let mut encoding = bytes;
        encoding[31] |= sign;
        encodings.push(encoding);
    }
    encodings
}
