//! Evidence across changes of the validators.

use piaolian_contracts::chain::{CertificateError, Height};
use piaolian_proto::v1::StateEvidence;
use piaolian_verifier::{EvidenceError, Trust, verify_evidence};

use crate::{
    chain::{EMPLOYER, FINANCE, HOSPITAL, INSURER},
    story::{Story, story, validators_from, vote_for},
};

/// The validator set shrinks to three validators, then to two. Returns the last height of each set before the present
/// one.
pub fn change_twice(story: &mut Story) -> [Height; 2] {
    let chain = &mut story.chain;
    let first = chain.height().get() + 4;
    let proposals = [
        validators_from(chain, first, &[FINANCE, INSURER, EMPLOYER]),
        validators_from(chain, first + 3, &[INSURER, EMPLOYER]),
    ];
    chain.block(&proposals.map(|act| (FINANCE, act)));
    let voters = [HOSPITAL, INSURER, EMPLOYER];
    let votes = [1, 2].map(|proposal| voters.map(|voter| (voter, vote_for(proposal))));
    chain.block(votes.as_flattened());
    chain.run_to(first + 3);
    [first - 1, first + 2].map(Height::new)
}

/// Evidence across two changes of validators, and the trust that it begins with.
fn handed_over() -> (Trust, StateEvidence) {
    let mut story = story();
    let trust = story.chain.trust();
    let before = change_twice(&mut story);
    let chain = &story.chain;
    let evidence = StateEvidence {
        handovers: before.map(|height| chain.certified(height)).to_vec(),
        ..chain.evidence(&story.receipt)
    };
    (trust, evidence)
}

#[test]
fn evidence_is_verified_across_changes_of_the_validators() {
    let (founding, evidence) = handed_over();
    let shown = verify_evidence(&founding, &evidence).unwrap();
    assert!(shown.value.is_some());
    assert_eq!(evidence.handovers.len(), 2);
}

#[test]
fn every_handover_is_certified_by_the_earlier_validators() {
    let (founding, evidence) = handed_over();
    let refused = |alter: fn(&mut StateEvidence)| {
        let mut altered = evidence.clone();
        alter(&mut altered);
        verify_evidence(&founding, &altered).unwrap_err()
    };
    for without in [
        |evidence: &mut StateEvidence| drop(evidence.handovers.remove(0)),
        |evidence: &mut StateEvidence| drop(evidence.handovers.remove(1)),
        |evidence: &mut StateEvidence| evidence.handovers.swap(0, 1),
    ] {
        let error = refused(without);
        assert!(
            matches!(error, EvidenceError::OtherValidators(_)),
            "{error}"
        );
    }
    let few = refused(|evidence| {
        let certificate = evidence.handovers[0].certificate.as_mut().unwrap();
        certificate.signatures.truncate(2);
    });
    assert!(
        matches!(
            few,
            EvidenceError::Certificate(CertificateError::NoQuorum { .. })
        ),
        "{few}"
    );
    let many = refused(|evidence| {
        evidence.handovers = vec![evidence.handovers[0].clone(); 1_001];
    });
    assert!(matches!(many, EvidenceError::Malformed(_)), "{many}");
}

/// Validators that left can no longer certify a header.
#[test]
fn former_validators_certify_nothing() {
    let mut story = story();
    let trust = story.chain.trust();
    let old = story.chain.network.genesis.validators().clone();
    let [first, _] = change_twice(&mut story);
    let chain = &story.chain;
    let all = [FINANCE, HOSPITAL, INSURER, EMPLOYER];
    let handover = chain.certified_by(&chain.made(first).header, &all);
    let after = &chain.made(first.next()).header;
    let evidence = StateEvidence {
        header: Some(chain.certified_as(after, &old, &all, 0)),
        handovers: vec![handover],
        ..chain.evidence(&story.receipt)
    };
    let refused = verify_evidence(&trust, &evidence).unwrap_err();
    assert_eq!(
        refused,
        EvidenceError::Certificate(CertificateError::OtherValidators)
    );
}

#[test]
fn headers_of_handovers_ascend() {
    let (founding, mut evidence) = handed_over();
    let first = evidence.handovers[0].clone();
    evidence.handovers.insert(1, first);
    let refused = verify_evidence(&founding, &evidence).unwrap_err();
    assert!(
        matches!(refused, EvidenceError::OtherValidators(_)),
        "{refused}"
    );
}

#[test]
fn a_header_without_a_change_is_no_handover() {
    let story = story();
    let chain = &story.chain;
    let twice = StateEvidence {
        handovers: vec![chain.certified(chain.height())],
        ..chain.evidence(&story.receipt)
    };
    assert_eq!(
        verify_evidence(&chain.trust(), &twice),
        Err(EvidenceError::NoHandover(chain.height()))
    );
}
