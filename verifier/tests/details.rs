//! Details that are shown with a receipt.

use bytes::Bytes;
use piaolian_proto::v1::{ReceiptDetails, ReceiptProof};
use piaolian_verifier::{DetailsError, ProofFile, ProofFileError, details};
use prost::Message;

use crate::story::{Story, details as details_of, story};

fn shown(story: &Story, details: Bytes) -> Result<ReceiptDetails, ProofFileError> {
    let proof = ReceiptProof {
        details,
        ..story.chain.proof(&story.receipt)
    };
    let proven = ProofFile::from(proof).verify(&story.chain.trust())?;
    Ok(proven.receipt.unwrap().details.unwrap())
}

#[test]
fn the_committed_details_are_shown() {
    let story = story();
    let details = shown(&story, story.details.clone()).unwrap();
    assert_eq!(details, details_of(&story.chain, "B-2"));
}

/// The real case: 15,263.14 yuan became 105,263.14 (docs/DOMAIN.md §3).
#[test]
fn an_altered_amount_or_fee_list_is_detected() {
    let story = story();
    let genuine = details_of(&story.chain, "B-2");
    let alterations: [fn(&mut ReceiptDetails); 4] = [
        |details| details.main.as_mut().unwrap().total_fen = 10_526_314,
        |details| details.items[0].amount_fen += 1,
        |details| details.items[0].name = "手术费".to_owned(),
        |details| details.salt = vec![8; 32].into(),
    ];
    for alter in alterations {
        let mut altered = genuine.clone();
        alter(&mut altered);
        assert_eq!(
            shown(&story, altered.encode_to_vec().into()),
            Err(DetailsError::OtherCommitment.into())
        );
    }
    let other = details_of(&story.chain, "B-3").encode_to_vec();
    assert_eq!(
        shown(&story, other.into()),
        Err(DetailsError::OtherCommitment.into())
    );
    let unsalted = ReceiptDetails {
        salt: Bytes::new(),
        ..genuine
    };
    for bytes in [unsalted.encode_to_vec(), b"\xff".to_vec()] {
        assert_eq!(
            shown(&story, bytes.into()),
            Err(DetailsError::NotDetails.into())
        );
    }
}

/// An issuer commits to one value and writes another in clear.
#[test]
fn details_that_contradict_the_ledger_are_rejected() {
    let story = story();
    let receipt = story.chain.receipt(&story.receipt);
    let contradictions: [(&str, fn(&mut ReceiptDetails)); 8] = [
        ("total", |details| main(details).total_fen += 1),
        ("issue date", |details| main(details).issue_date += 1),
        ("issue time", |details| main(details).issue_time += 1),
        ("receipt code", |details| {
            main(details).receipt_code = "99060226".to_owned()
        }),
        ("receipt number", |details| {
            main(details).receipt_number = Some(1)
        }),
        ("check code", |details| {
            main(details).check_code = "qfmejx".to_owned()
        }),
        ("business number", |details| {
            main(details).business_number = "B-3".to_owned()
        }),
        ("invoicing party", |details| {
            details.invoicing_party.as_mut().unwrap().code = "91350100M000100Y43".to_owned();
        }),
    ];
    for (field, alter) in contradictions {
        let mut other = details_of(&story.chain, "B-2");
        alter(&mut other);
        let encoded = Bytes::from(other.encode_to_vec());
        let mut receipt = receipt.clone();
        receipt.details_commitment = details::commitment(&other.salt, &encoded);
        assert_eq!(
            details::open(encoded, &receipt, None),
            Err(DetailsError::Differs(field))
        );
    }
    let mut other = details_of(&story.chain, "B-2");
    other.extension.as_mut().unwrap().fund_pay_fen = Some(1);
    let encoded = Bytes::from(other.encode_to_vec());
    let mut receipt = receipt;
    receipt.details_commitment = details::commitment(&other.salt, &encoded);
    assert_eq!(
        details::open(encoded, &receipt, None),
        Err(DetailsError::Differs("settlement"))
    );
}

fn main(details: &mut ReceiptDetails) -> &mut piaolian_proto::v1::DetailsMain {
    details.main.as_mut().unwrap()
}
