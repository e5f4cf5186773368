//! Decoding: bytes that are not a transaction.

use bytes::Bytes;
use piaolian_contracts::{
    Refused, Transaction,
    transaction::{BODY_BYTES_MAX, TRANSACTION_BYTES_MAX},
};
use piaolian_proto::v1 as proto;
use prost::Message;

use crate::world::{
    World, altered, decode,
    requests::{Request, book, issue, issue_all, item, lock, reverse, unbook, unlock},
};

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
        ("body.operator", |body| body.operator = "张三".to_owned()),
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
fn no_text_of_a_transaction_carries_an_identity_number_on_chain() {
    use proto::transaction_body::Action;

    const NUMBER: &str = "990100199003070019";
    let mut world = World::new();
    world.accept(issue("R1"));
    let red = |alter: fn(&mut proto::ReverseReceipt)| Box::new(reverse("R1").with(alter));
    let requests: [(&str, Box<dyn Request>); 8] = [
        (
            "lock_receipt.claim_number",
            Box::new(lock("R1", "insurer").with(|lock| lock.claim_number = NUMBER.to_owned())),
        ),
        (
            "unlock_receipt.reason",
            Box::new(unlock("R1", "insurer").with(|unlock| {
                unlock.reason = format!("claim of {NUMBER} withdrawn");
            })),
        ),
        (
            "book_receipt.voucher_number",
            Box::new(book("R1", "insurer", NUMBER, 1)),
        ),
        (
            "book_receipt.reviewer",
            Box::new(book("R1", "insurer", "V1", 1).with(|book| book.reviewer = NUMBER.to_owned())),
        ),
        (
            "unbook_receipt.voucher_number",
            Box::new(unbook("R1", "insurer", NUMBER)),
        ),
        (
            "issue_receipts.items[0].business_number",
            Box::new(issue(&format!("MZ-{NUMBER}"))),
        ),
        (
            "reverse_receipt.business_number",
            red(|red| red.business_number = NUMBER.to_owned()),
        ),
        (
            "reverse_receipt.reason",
            red(|red| red.reason = format!("{NUMBER} 已退费")),
        ),
    ];
    for (field, request) in requests {
        let bytes = world.sign(&request);
        let expected = Refused::IdentityNumber {
            field: format!("body.{field}"),
        };
        assert_eq!(world.check(bytes).unwrap_err(), expected);
        assert_eq!(expected.code(), 1014);
        assert!(!expected.to_string().contains(NUMBER), "it is not repeated");
    }
    let bytes = altered(&mut world, |body| body.operator = NUMBER.to_owned());
    world.refuse_bytes(bytes, "IdentityNumber");
    let bytes = altered(&mut world, |body| {
        body.action = Some(Action::RevokeKey(proto::RevokeKey {
            key_id: 2,
            reason: NUMBER.to_owned(),
        }));
    });
    world.refuse_bytes(bytes, "IdentityNumber");
}

#[test]
fn malformed_items_say_which() {
    let mut world = World::new();
    let cases: [(&str, fn(&mut proto::IssueItem)); 13] = [
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
        ("attachment_hash", |item| {
            item.attachment_hash = vec![1; 31].into()
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
fn an_attachment_is_named_by_32_bytes_or_not_at_all() {
    let mut world = World::new();
    world.accept(issue("R1"));
    for bytes in [0, 1, 31, 32, 33, 64] {
        let attach = move |red: &mut proto::ReverseReceipt| {
            red.attachment_hash = vec![1; bytes].into();
        };
        let encoded = world.sign(&reverse("R1").with(attach));
        match world.check(encoded) {
            Ok(_) => assert!([0, 32].contains(&bytes), "{bytes}"),
            Err(Refused::Malformed { field, .. }) => {
                assert!(![0, 32].contains(&bytes), "{bytes}");
                assert_eq!(field, "body.reverse_receipt.attachment_hash");
            }
            Err(other) => panic!("{other}"),
        }
    }
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
            // Altered bytes that still decode do not verify.
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
