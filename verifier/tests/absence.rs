//! Proofs that a receipt does not exist.

use piaolian_contracts::{receipts::RECEIPTS, state_tree::ProofError};
use piaolian_proto::v1::ReceiptProof;
use piaolian_verifier::{EvidenceError, ProofFile, ProofFileError};

use crate::story::{never_issued, story};

#[test]
fn a_receipt_that_nobody_issued_is_proven_absent() {
    let story = story();
    let file = ProofFile::from(story.chain.proof_of_absence(&never_issued()));
    let proven = file.verify(&story.chain.trust()).unwrap();
    assert_eq!((proven.id, proven.receipt), (never_issued(), None));
}

#[test]
fn an_existing_receipt_is_never_proven_absent() {
    let story = story();
    let trust = story.chain.trust();
    let refused = |proof: ReceiptProof| ProofFile::from(proof).verify(&trust).unwrap_err();
    let withheld = |path: &ReceiptProof| {
        let mut proof = path.clone();
        proof.evidence.as_mut().unwrap().value = None;
        proof
    };
    let bare = withheld(&story.chain.proof_of_absence(&story.receipt));
    assert_eq!(
        refused(bare),
        ProofFileError::Evidence(EvidenceError::OtherValue)
    );
    // A proof that another receipt is absent does not prove that this one is.
    let mut renamed = story.chain.proof_of_absence(&never_issued());
    renamed.evidence.as_mut().unwrap().key = RECEIPTS.state_key(&story.receipt).into();
    let error = refused(renamed);
    assert!(
        matches!(
            error,
            ProofFileError::Evidence(EvidenceError::Proof(
                ProofError::EntryOffPath | ProofError::WrongRoot
            ))
        ),
        "{error}"
    );
}

#[test]
fn a_proof_of_absence_has_no_other_parts() {
    let story = story();
    let more = ReceiptProof {
        issuer: story.chain.proof(&story.receipt).issuer,
        ..story.chain.proof_of_absence(&never_issued())
    };
    let refused = ProofFile::from(more).verify(&story.chain.trust());
    assert_eq!(refused, Err(ProofFileError::MoreThanAbsence));
}
