//! Finance's seal.

use piaolian_contracts::{chain::Height, organisations::ORGANISATIONS, receipts::ISSUANCES};
use piaolian_proto::v1::{ReceiptProof, SealEvidence};
use piaolian_verifier::{EntryError, ProofFile, ProofFileError, SealError, ShownSeal};

use crate::{
    chain::{FINANCE, HOSPITAL},
    story::{Story, issue, story},
};

fn seal_of(story: &Story, proof: ReceiptProof) -> Result<Option<ShownSeal>, SealError> {
    match ProofFile::from(proof).verify(&story.chain.trust()) {
        Ok(proven) => Ok(proven.receipt.unwrap().seal),
        Err(ProofFileError::Seal(error)) => Err(error),
        Err(other) => panic!("{other}"),
    }
}

fn refused(story: &Story, alter: impl FnOnce(&mut SealEvidence)) -> SealError {
    let mut proof = story.chain.proof(&story.receipt);
    alter(proof.seal.as_mut().unwrap());
    seal_of(story, proof).unwrap_err()
}

#[test]
fn a_seal_is_shown_with_its_bureau() {
    let story = story();
    let seal = seal_of(&story, story.chain.proof(&story.receipt))
        .unwrap()
        .unwrap();
    assert_eq!(seal.bureau, story.chain.organisation(FINANCE));
    assert_eq!(seal.bureau_name, "样例省财政厅");
    assert_eq!(seal.receipts, 3);
}

#[test]
fn a_seal_covers_what_its_block_issued_and_nothing_else() {
    let mut story = story();
    let swapped = refused(&story, |seal| seal.path.swap(0, 1));
    assert_eq!(swapped, SealError::NotCovered);
    let act = issue(&story.chain, &["B-4"]);
    story.chain.block(&[(HOSPITAL, act)]);
    let height = story.chain.height();
    let other = story.chain.entry(ISSUANCES, &height);
    let another = refused(&story, |seal| seal.issuance = Some(other));
    assert!(
        matches!(another, SealError::Entry(EntryError::Proof { .. })),
        "{another}"
    );
}

#[test]
fn a_receipt_whose_block_is_not_sealed_shows_no_seal() {
    let mut story = story();
    let act = issue(&story.chain, &["B-4"]);
    let outcome = &story.chain.block(&[(HOSPITAL, act)])[0];
    story.receipt = outcome.items[0]
        .receipt
        .clone()
        .unwrap()
        .try_into()
        .unwrap();
    let proof = story.chain.proof(&story.receipt);
    assert_eq!(seal_of(&story, proof.clone()), Ok(None));
    let height = story.chain.height();
    let unsealed = SealEvidence {
        issuance: Some(story.chain.entry(ISSUANCES, &height)),
        path: Vec::new(),
        bureau: None,
    };
    let proof = ReceiptProof {
        seal: Some(unsealed),
        ..proof
    };
    assert_eq!(seal_of(&story, proof), Err(SealError::NotSealed));
}

#[test]
fn only_the_key_of_the_sealing_bureau_is_accepted() {
    let story = story();
    let hospital = story
        .chain
        .entry(ORGANISATIONS, &story.chain.organisation(HOSPITAL));
    let other = refused(&story, |seal| seal.bureau = Some(hospital));
    assert!(
        matches!(other, SealError::Entry(EntryError::Proof { .. })),
        "{other}"
    );
    let missing = refused(&story, |seal| seal.bureau = None);
    assert!(
        matches!(missing, SealError::Entry(EntryError::Malformed(_))),
        "{missing}"
    );
    let height = Height::new(2);
    let mut forged = story.chain.issuance(height);
    forged.count = 4;
    let forged = piaolian_contracts::storage::Record::encode(&forged);
    let altered = refused(&story, |seal| {
        seal.issuance.as_mut().unwrap().value = forged.into();
    });
    assert_eq!(
        altered,
        SealError::Entry(EntryError::OtherValue("seal.issuance"))
    );
}
