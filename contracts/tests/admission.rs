//! Admission: what never enters a block.

use std::sync::Arc;

use bytes::Bytes;
use ed25519_dalek::SigningKey;
use piaolian_contracts::{
    AdmitError, Refused, Transaction,
    admission::{CLIENT_IDS, ClientKey, Segment},
    admit,
    chain::{Hash, PublicKey},
    execute::Applied,
    organisations::KeyPurpose,
    state::Table,
    transaction::{BODY_BYTES_MAX, TRANSACTION_BYTES_MAX},
    verify_batch,
};
use piaolian_proto::v1 as proto;
use prost::Message;

use crate::world::{
    DAY_MS, HOUR_MS, World, decode,
    memory::Broken,
    people,
    requests::{issue, issue_all, item, lock, set_parameters, suspend},
};

/// Signs a body that was altered.
fn altered(world: &mut World, alter: impl FnOnce(&mut proto::TransactionBody)) -> Bytes {
    let mut body = world.body(&issue("R1"));
    alter(&mut body);
    let key = world
        .member("hospital")
        .key(KeyPurpose::Sign)
        .signing
        .clone();
    people::sign(&world.chain_id, &key, &body)
}

#[test]
fn a_transaction_of_another_chain_is_refused() {
    let mut world = World::new();
    let bytes = altered(&mut world, |body| {
        body.chain_id = "another-chain".to_owned()
    });
    world.refuse_bytes(bytes, "WrongChain");
    // A signature made for another chain does not hold here.
    let body = world.body(&issue("R1"));
    let key = world
        .member("hospital")
        .key(KeyPurpose::Sign)
        .signing
        .clone();
    let bytes = people::sign(&"another-chain".parse().unwrap(), &key, &body);
    world.refuse_bytes(bytes, "BadSignature");
}

#[test]
fn strangers_and_unknown_keys_are_refused() {
    let mut world = World::new();
    let stranger = world.member("hospital").id;
    world.know(people::Member::new("clinic"));
    let clinic = world.member("clinic").id.to_string();
    let bytes = altered(&mut world, |body| body.organisation = clinic);
    world.refuse_bytes(bytes, "UnknownOrganisation");
    let bytes = altered(&mut world, |body| body.key_id = 99);
    world.refuse_bytes(bytes, "UnknownKey");
    let other = world
        .member("insurer")
        .key(KeyPurpose::Sign)
        .signing
        .clone();
    let body = world.body(&issue("R1"));
    assert_eq!(body.organisation, stranger.to_string());
    let bytes = people::sign(&world.chain_id, &other, &body);
    world.refuse_bytes(bytes, "BadSignature");
}

#[test]
fn keys_of_every_other_purpose_are_refused() {
    let mut world = World::new();
    for (key_id, purpose) in [(1, "admin"), (3, "validate"), (4, "peer"), (5, "supervise")] {
        let bytes = altered(&mut world, |body| body.key_id = key_id);
        let refused = world.check(bytes).unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("key {key_id} has the purpose {purpose}; this needs sign")
        );
    }
}

#[test]
fn a_transaction_enters_before_its_end_alone() {
    let mut world = World::new();
    let now = world.next_moment().time.as_ms();
    for (valid_until, rule) in [
        (0, "Expired"),
        (now - 1, "Expired"),
        (now, "Expired"),
        (now + DAY_MS + 1, "ValidTooLong"),
        (u64::MAX, "ValidTooLong"),
    ] {
        let bytes = altered(&mut world, |body| body.valid_until_ms = valid_until);
        world.refuse_bytes(bytes, rule);
    }
    for valid_until in [now + 1, now + DAY_MS] {
        let bytes = altered(&mut world, |body| body.valid_until_ms = valid_until);
        assert!(world.check(bytes).is_ok());
    }
    world.accept(set_parameters(|p| p.validity_ms_max = 60_000));
    let now = world.next_moment().time.as_ms();
    let bytes = altered(&mut world, |body| body.valid_until_ms = now + 60_001);
    world.refuse_bytes(bytes, "ValidTooLong");
}

#[test]
fn the_same_request_again_is_answered_with_its_place() {
    let mut world = World::new();
    let (one, two) = (world.sign(&issue("R1")), world.sign(&issue("R2")));
    world.block(&[one.clone(), two.clone()]);
    let height = world.height;
    for (bytes, index) in [(one.clone(), 0), (two, 1)] {
        assert_eq!(
            world.check(bytes).unwrap_err(),
            Refused::Replayed { height, index }
        );
    }
    // Another signature over the same body is the same request.
    let mut other = decode(&one);
    let body = proto::TransactionBody::decode(other.body.clone()).unwrap();
    assert_eq!(body.client_id.len(), 16);
    other.signature = vec![1; 64].into();
    world.refuse_bytes(other.encode_to_vec().into(), "Replayed");
}

#[test]
fn a_client_id_with_another_body_is_a_conflict() {
    let mut world = World::new();
    world.accept(issue("R1"));
    let first = world.body(&issue("R2"));
    let key = world
        .member("hospital")
        .key(KeyPurpose::Sign)
        .signing
        .clone();
    let encoded = people::sign(&world.chain_id, &key, &first);
    world.block(&[encoded]);
    let height = world.height;
    let bytes = altered(&mut world, |body| {
        body.client_id = first.client_id.clone();
        body.operator = "somebody else".to_owned();
    });
    assert_eq!(
        world.check(bytes).unwrap_err(),
        Refused::ClientIdConflict { height, index: 0 }
    );
    // Another organisation may use it.
    let mut body = world.body(&lock("R1", "insurer"));
    body.client_id = first.client_id;
    let key = world
        .member("insurer")
        .key(KeyPurpose::Sign)
        .signing
        .clone();
    assert!(
        world
            .check(people::sign(&world.chain_id, &key, &body))
            .is_ok()
    );
}

#[test]
fn rejected_transactions_use_their_client_id_too() {
    let mut world = World::new();
    let bytes = world.sign(&issue("R1").by("insurer"));
    assert_ne!(
        world.block(std::slice::from_ref(&bytes)).outcomes[0].code,
        0
    );
    world.refuse_bytes(bytes, "Replayed");
}

#[test]
fn two_requests_with_one_client_id_do_not_share_a_block() {
    let mut world = World::new();
    let first = world.body(&issue("R1"));
    let key = world
        .member("hospital")
        .key(KeyPurpose::Sign)
        .signing
        .clone();
    let one = people::sign(&world.chain_id, &key, &first);
    let other = altered(&mut world, |body| {
        body.client_id = first.client_id.clone();
        body.operator = "somebody.else".to_owned();
    });
    let verified: Vec<_> = [one.clone(), one, other]
        .into_iter()
        .map(|bytes| world.check(bytes).unwrap())
        .collect();
    let height = world.next_moment().height;
    let mut executor = world.begin();
    assert!(matches!(
        executor.apply(&verified[0]),
        Ok(Applied::Included(_))
    ));
    assert_eq!(
        executor.apply(&verified[1]).unwrap(),
        Applied::Inadmissible(Refused::Replayed { height, index: 0 })
    );
    assert_eq!(
        executor.apply(&verified[2]).unwrap(),
        Applied::Inadmissible(Refused::ClientIdConflict { height, index: 0 })
    );
    assert_eq!(executor.finish().unwrap().outcomes.len(), 1);
}

#[test]
fn a_segment_is_a_running_hash_that_goes_when_its_hour_is_over() {
    let mut world = World::founded(&["finance", "hospital"]);
    let hour_of = |ms: u64| ms / HOUR_MS;
    let (one, two) = (world.sign(&suspend("hospital")), world.sign(&issue("R1")));
    let ids: Vec<Hash> = [&one, &two]
        .map(|bytes| {
            *Transaction::decode(bytes.clone(), &world.chain_id)
                .unwrap()
                .id()
        })
        .into();
    world.block(&[one, two]);
    let first = Hash::tagged("piaolian/segment/v1", &[&[0; 32], ids[0].as_bytes()]);
    let second = Hash::tagged(
        "piaolian/segment/v1",
        &[first.as_bytes(), ids[1].as_bytes()],
    );
    let expected = [&second.as_bytes()[..], &2_u64.to_be_bytes()].concat();

    let hour = hour_of(world.time.as_ms() + HOUR_MS).to_be_bytes().to_vec();
    assert_eq!(
        world.state.table(Table::Segments),
        [(hour, expected)].into()
    );
    assert_eq!(world.state.table(Table::ClientIds).len(), 2);

    // Valid until some minutes past an hour: over once the next hour begins.
    world.wait_ms(2 * HOUR_MS - 3_000).block(&[]);
    assert_eq!(world.state.table(Table::Segments).len(), 1);
    world.wait_ms(3_000).block(&[]);
    assert_eq!(world.state.table(Table::Segments).len(), 0);
    assert_eq!(world.state.table(Table::ClientIds).len(), 0);
    assert_eq!(world.state.table(Table::SegmentEntries).len(), 0);
}

#[test]
fn segments_go_however_late_the_next_block_is() {
    let mut world = World::new();
    let latest = world.next_moment().time.as_ms() + DAY_MS;
    let bytes = altered(&mut world, |body| body.valid_until_ms = latest);
    world.block(&[bytes]);
    assert_eq!(world.state.table(Table::Segments).len(), 2);
    world.wait_ms(400 * DAY_MS).block(&[]);
    for table in [Table::Segments, Table::ClientIds, Table::SegmentEntries] {
        assert_eq!(world.state.table(table).len(), 0, "{table:?}");
    }
}

#[test]
fn a_client_id_may_be_used_again_once_its_hour_is_over() {
    let mut world = World::new();
    let first = world.body(&issue("R1"));
    let key = world
        .member("hospital")
        .key(KeyPurpose::Sign)
        .signing
        .clone();
    let encoded = people::sign(&world.chain_id, &key, &first);
    world.block(&[encoded]);
    world.wait_ms(2 * HOUR_MS);
    let again = altered(&mut world, |body| {
        body.client_id = first.client_id.clone();
    });
    // The sweep of the same block must not take the new entry for the old one.
    world.block(std::slice::from_ref(&again));
    world.refuse_bytes(again, "Replayed");
    let organisation = world.member("hospital").id;
    let client_id =
        piaolian_contracts::transaction::ClientId::new(first.client_id[..].try_into().unwrap());
    let entry = CLIENT_IDS.get(&world.state, &ClientKey::new(&organisation, &client_id));
    assert_eq!(entry.unwrap().unwrap().height, world.height);
}

#[test]
fn entries_of_past_hours_are_swept_in_bounded_steps() {
    let mut world = World::new();
    let transactions: Vec<Bytes> = (0..4_500)
        .map(|n| world.sign(&issue(&format!("R{n}")).by("insurer")))
        .collect();
    for block in transactions.chunks(1_500) {
        world.block(block);
    }
    let entries = |world: &World| world.state.table(Table::ClientIds).len();
    assert_eq!(entries(&world), 4_501);
    world.wait_ms(3 * HOUR_MS).block(&[]);
    assert_eq!(world.state.table(Table::Segments).len(), 0);
    let left = entries(&world);
    assert!((1_400..=2_501).contains(&left), "{left}");
    // What is left counts as absent.
    let old = Transaction::decode(transactions[0].clone(), &world.chain_id).unwrap();
    assert!(
        CLIENT_IDS
            .get(&world.state, &ClientKey::of(&old))
            .unwrap()
            .is_some()
    );
    let mut body = proto::TransactionBody::decode(decode(&transactions[0]).body).unwrap();
    body.valid_until_ms = world.next_moment().time.as_ms() + HOUR_MS;
    let key = world
        .member("insurer")
        .key(KeyPurpose::Sign)
        .signing
        .clone();
    let again = people::sign(&world.chain_id, &key, &body);
    assert!(world.check(again).is_ok());
    world.block(&[]);
    world.block(&[]);
    assert_eq!(entries(&world), 0);
    assert_eq!(world.state.table(Table::SegmentEntries).len(), 0);
}

#[test]
fn a_segment_counts() {
    let segment = Segment {
        running_hash: Hash::ZERO,
        count: 0,
    };
    assert_eq!(segment.with(&Hash::ZERO).with(&Hash::ZERO).count, 2);
}

#[test]
fn malformed_transactions_say_where() {
    let mut world = World::new();
    let cases: [(&str, fn(&mut proto::TransactionBody)); 8] = [
        ("body.organisation", |body| {
            body.organisation = "91350100M000100Y44".to_owned()
        }),
        ("body.key_id", |body| body.key_id = 0),
        ("body.client_id", |body| body.client_id = vec![1; 15].into()),
        ("body.operator", |body| body.operator = "x".repeat(65)),
        ("body.operator", |body| body.operator = "a\u{7}".to_owned()),
        ("body.action", |body| body.action = None),
        ("body.issue_receipts.items", |body| {
            body.action = Some(proto::transaction_body::Action::IssueReceipts(
                proto::IssueReceipts { items: vec![] },
            ));
        }),
        ("body.suspend_organisation.reason", |body| {
            body.action = Some(proto::transaction_body::Action::SuspendOrganisation(
                proto::SuspendOrganisation {
                    organisation: "91350100M000100Y43".to_owned(),
                    reason: String::new(),
                },
            ));
        }),
    ];
    for (expected, alter) in cases {
        let bytes = altered(&mut world, alter);
        match world.check(bytes).unwrap_err() {
            Refused::Malformed { field, .. } => assert_eq!(field, expected),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn malformed_items_say_which() {
    let mut world = World::new();
    let cases: [(&str, fn(&mut proto::IssueItem)); 12] = [
        ("receipt_code", |item| {
            item.receipt_code = "3506012".to_owned()
        }),
        ("receipt_number", |item| {
            item.receipt_number = Some(10_000_000_000)
        }),
        ("check_code_salt", |item| {
            item.check_code_salt = vec![1; 15].into()
        }),
        ("check_code_hash", |item| {
            item.check_code_hash = vec![1; 33].into()
        }),
        ("issue_date", |item| item.issue_date = 2026_02_29),
        ("issue_time", |item| item.issue_time = 24_00_00),
        ("total_fen", |item| item.total_fen = -1),
        ("settlement.other_fen", |item| {
            item.settlement.as_mut().unwrap().other_fen = -1
        }),
        ("agency", |item| item.agency = "police".to_owned()),
        ("business_number", |item| {
            item.business_number = String::new()
        }),
        ("business_number", |item| {
            item.business_number = "visit 1".to_owned()
        }),
        ("details_commitment", |item| {
            item.details_commitment = Bytes::new()
        }),
    ];
    for (expected, alter) in cases {
        let mut items = vec![item("a"), item("b"), item("c")];
        alter(&mut items[1]);
        let bytes = world.sign(&issue_all(items));
        match world.check(bytes).unwrap_err() {
            Refused::Malformed { field, .. } => {
                assert_eq!(field, format!("body.issue_receipts.items[1].{expected}"));
            }
            other => panic!("{other}"),
        }
    }
    let too_many = world.sign(&issue_all(vec![item("a"); 1_001]));
    world.refuse_bytes(too_many, "Malformed");
}

#[test]
fn a_transaction_has_one_envelope() {
    let mut world = World::new();
    let encoded = world.sign(&issue("R1"));
    assert!(world.check(encoded.clone()).is_ok());
    let mut padded = encoded.to_vec();
    padded.extend_from_slice(&[0x78, 0x00]);
    world.refuse_bytes(padded.into(), "Malformed");
    // Signature first: the same fields under other bytes.
    let signature = encoded.len() - 66;
    let swapped = [&encoded[signature..], &encoded[..signature]].concat();
    world.refuse_bytes(swapped.into(), "Malformed");
    let mut short = decode(&encoded);
    short.signature.truncate(63);
    world.refuse_bytes(short.encode_to_vec().into(), "Malformed");
}

#[test]
fn no_bytes_crash_the_decoder() {
    let mut world = World::new();
    let encoded = world.sign(&issue("R1"));
    for length in 0..encoded.len() {
        assert!(Transaction::decode(encoded.slice(..length), &world.chain_id).is_err());
    }
    for place in 0..encoded.len() {
        for bit in 0..8 {
            let mut flipped = encoded.to_vec();
            flipped[place] ^= 1 << bit;
            // Whatever still decodes does not verify.
            assert!(
                world.check(flipped.into()).is_err(),
                "bit {bit} of byte {place}"
            );
        }
    }
    world.refuse_bytes(Bytes::new(), "Malformed");
}

#[test]
fn oversized_transactions_are_refused_before_decoding() {
    let mut world = World::new();
    world.refuse_bytes(vec![0x0a; TRANSACTION_BYTES_MAX + 1].into(), "TooLarge");
    let body = proto::Transaction {
        body: vec![0; BODY_BYTES_MAX + 1].into(),
        signature: Bytes::new(),
    };
    world.refuse_bytes(body.encode_to_vec().into(), "Malformed");
    let full = issue_all((0..1_000).map(|n| item(&format!("{n:064}"))).collect());
    let bytes = world.sign(&full);
    assert!(bytes.len() < BODY_BYTES_MAX / 2, "{}", bytes.len());
    assert!(world.check(bytes).is_ok());
}

#[test]
fn trouble_with_the_store_is_a_fault_and_no_verdict() {
    let mut world = World::new();
    let bytes = world.sign(&issue("R1"));
    let transaction = Transaction::decode(bytes, &world.chain_id).unwrap();
    for table in [Table::Organisations, Table::Parameters, Table::ClientIds] {
        let broken = Broken {
            state: &world.state,
            table,
        };
        let error = admit(&broken, &world.next_moment(), &transaction).unwrap_err();
        assert!(matches!(error, AdmitError::Fault(_)), "{table:?}");
    }
}

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
