use bytes::Bytes;
use expect_test::expect;
use piaolian_proto::v1::ReceiptDetails;
use proptest::{prelude::*, sample::Index};
use prost::Message;
use rand::RngExt;

use super::*;
use crate::{Details, issue::Draft};

fn details() -> Details {
    Draft::of_document(&outpatient(), &hospital_rules())
        .unwrap()
        .prepare(&mut rng())
        .details
}

#[test]
fn the_commitment_to_a_sample_is_frozen() {
    // A golden vector needs a fixed salt. Real ones are random.
    let draft = Draft::read(&sample("inpatient-01-every-channel"), &hospital_rules()).unwrap();
    let mut message = draft.prepare(&mut rng()).details.message().clone();
    message.salt = Bytes::from_static(&[0x5a; 32]);
    let details = Details::decode(message.encode_to_vec().into()).unwrap();
    expect!["1801 23afd40e14eac1303aa1f8025c3d2d20f8f557475900eeedc4f9147d3c38881c"].assert_eq(
        &format!("{} {}", details.encoded().len(), details.commitment()),
    );
}

#[test]
fn the_commitment_is_the_hash_that_the_proto_file_describes() {
    use sha2::{Digest, Sha256};
    let details = details();
    let mut hasher = Sha256::new();
    hasher.update("piaolian/details/v1");
    hasher.update(&details.message().salt);
    hasher.update(details.encoded());
    assert_eq!(details.commitment().as_bytes()[..], hasher.finalize()[..]);
}

#[test]
fn preparing_a_receipt_twice_gives_unrelated_commitments() {
    let draft = Draft::of_document(&outpatient(), &hospital_rules()).unwrap();
    let mut rng = rng();
    let (first, second) = (draft.prepare(&mut rng), draft.prepare(&mut rng));
    assert_ne!(
        first.item.details_commitment,
        second.item.details_commitment
    );
    assert_ne!(first.item.check_code_hash, second.item.check_code_hash);
    assert!(draft.is_of(&first.details) && draft.is_of(&second.details));
}

#[test]
fn another_receipt_with_the_same_business_number_is_recognised() {
    let earlier = details();
    let mut document = outpatient();
    document.main.set("Remark", "altered");
    let draft = Draft::of_document(&document, &hospital_rules()).unwrap();
    assert_eq!(draft.business_number(), earlier.business_number());
    assert!(!draft.is_of(&earlier));
}

#[test]
fn a_missing_check_code_is_generated() {
    let mut document = outpatient();
    document.main.set("RandomNumber", "qfmejx");
    let given = Draft::of_document(&document, &hospital_rules()).unwrap();
    assert_eq!(given.prepare(&mut rng()).details.check_code(), "qfmejx");
    assert!(!given.is_of(&details()));
    assert_eq!(details().check_code().len(), 6);
}

#[test]
fn the_check_code_on_chain_is_salted() {
    use piaolian_contracts::receipts::CheckCodeHash;
    let prepared = Draft::of_document(&outpatient(), &hospital_rules())
        .unwrap()
        .prepare(&mut rng());
    let salt = prepared.item.check_code_salt[..].try_into().unwrap();
    let on_chain = CheckCodeHash::hash_of(&salt, prepared.details.check_code());
    assert_eq!(prepared.item.check_code_hash[..], on_chain.as_bytes()[..]);
}

#[test]
fn item_and_debug_output_contain_no_personal_data() {
    let draft = Draft::of_document(&outpatient(), &hospital_rules()).unwrap();
    let prepared = draft.prepare(&mut rng());
    let on_chain = prepared.item.encode_to_vec();
    let payer = prepared.details.message().payer_party.clone().unwrap();
    for secret in [
        payer.name.as_str(),
        payer.code.as_str(),
        prepared.details.check_code(),
    ] {
        let found = on_chain
            .windows(secret.len())
            .any(|window| window == secret.as_bytes());
        assert!(!found, "{secret}");
        assert!(
            !format!("{draft:?} {prepared:?}").contains(secret),
            "{secret}"
        );
    }
}

#[test]
fn an_altered_fee_list_does_not_match_the_commitment() {
    let details = details();
    let mut message = details.message().clone();
    message.items[0].name.push('x');
    let altered = Details::decode(message.encode_to_vec().into()).unwrap();
    assert_ne!(altered.commitment(), details.commitment());
}

#[test]
fn details_without_a_salt_are_rejected() {
    let mut message = details().message().clone();
    message.salt = Bytes::new();
    assert_eq!(
        Details::decode(message.encode_to_vec().into())
            .unwrap_err()
            .codes(),
        [9220]
    );
    let empty = ReceiptDetails {
        salt: vec![0; 32].into(),
        ..ReceiptDetails::default()
    };
    assert!(Details::decode(empty.encode_to_vec().into()).is_err());
}

#[test]
fn unknown_parts_in_a_message_must_be_xml() {
    let mut message = details().message().clone();
    for (signature, accepted) in [
        ("<EInvoiceSignature/>", true),
        ("<a/><b/>", false),
        (" <a/>", false),
        ("</EInvoice>", false),
        ("text", false),
    ] {
        message.signatures = vec![signature.to_owned()];
        let decoded = Details::decode(message.encode_to_vec().into());
        assert_eq!(decoded.is_ok(), accepted, "{signature}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_decoding_panic(bytes in prop::collection::vec(any::<u8>(), 0..1_024)) {
        let _ = Details::decode(bytes.into());
    }

    #[test]
    fn damaged_details_are_refused_or_another_commitment(
        place in any::<Index>(), flip in 1..=255_u8,
    ) {
        let details = details();
        let mut bytes = details.encoded().to_vec();
        let place = place.index(bytes.len());
        bytes[place] ^= flip;
        if let Ok(damaged) = Details::decode(bytes.into()) {
            prop_assert_ne!(damaged.commitment(), details.commitment());
        }
    }
}

#[test]
fn salts_are_random() {
    let mut rng = rng();
    let salts: std::collections::BTreeSet<[u8; 32]> = (0..100).map(|_| rng.random()).collect();
    assert_eq!(salts.len(), 100);
}
