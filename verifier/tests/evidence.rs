//! Evidence of one entry: only the ledger's value is accepted.

use bytes::Bytes;
use piaolian_contracts::{
    chain::{
        CertificateError, Hash, Height, PublicKey, Signature, Validator, ValidatorSet,
        header::HEADER_BYTES_MAX,
        validators::{POWER_MAX, VALIDATORS_MAX},
    },
    receipts::Receipt,
    state_tree::ProofError,
    storage::Record,
};
use piaolian_proto::v1::{CertifiedHeader, CommitCertificate, StateEvidence};
use piaolian_verifier::{CERTIFIED_HEADER_BYTES_MAX, EvidenceError, Trust, verify_evidence};
use prost::Message;

use crate::{
    chain::{EMPLOYER, FINANCE, HOSPITAL, INSURER},
    story::{book, never_issued, story},
};

#[test]
fn evidence_shows_a_receipt_or_its_absence() {
    let story = story();
    let (chain, trust) = (&story.chain, story.chain.trust());
    let shown = verify_evidence(&trust, &chain.evidence(&story.receipt)).unwrap();
    assert_eq!(
        Receipt::decode(&shown.value.unwrap()),
        Ok(chain.receipt(&story.receipt))
    );
    assert_eq!(shown.header.height, chain.height());
    let mut signers = [FINANCE, HOSPITAL, INSURER].map(|place| chain.organisation(place));
    let mut told = shown.signers.organisations.clone();
    signers.sort_unstable();
    told.sort_unstable();
    assert_eq!((told, shown.signers.validator_count), (signers.to_vec(), 4));
    let absent = verify_evidence(&trust, &chain.evidence(&never_issued())).unwrap();
    assert_eq!(absent.value, None);
}

#[test]
fn only_the_record_is_accepted() {
    let story = story();
    let trust = story.chain.trust();
    let refused = |evidence| verify_evidence(&trust, &evidence).unwrap_err();
    let present = story.chain.evidence(&story.receipt);
    let absent = story.chain.evidence(&never_issued());
    let mut unbooked = story.chain.receipt(&story.receipt);
    unbooked.bookings.clear();
    let values = [Some(unbooked.encode().into()), None];
    for value in values {
        let altered = StateEvidence {
            value,
            ..present.clone()
        };
        assert_eq!(refused(altered), EvidenceError::OtherValue);
    }
    // An empty record is not the absence of one.
    for value in [Bytes::from_static(b"a receipt"), Bytes::new()] {
        let invented = StateEvidence {
            value: Some(value),
            ..absent.clone()
        };
        assert_eq!(refused(invented), EvidenceError::OtherValue);
    }
}

#[test]
fn an_earlier_record_is_not_proven_by_a_newer_header() {
    let mut story = story();
    let old = story.chain.evidence(&story.receipt);
    story
        .chain
        .block(&[(EMPLOYER, book(&story.receipt, "V-9", 10_00))]);
    let trust = story.chain.trust();
    let mixed = StateEvidence {
        header: Some(story.chain.certified(story.chain.height())),
        ..old.clone()
    };
    assert_eq!(
        verify_evidence(&trust, &mixed),
        Err(EvidenceError::Proof(ProofError::WrongRoot))
    );
    assert!(
        verify_evidence(&trust, &old).is_ok(),
        "under its own header it still does"
    );
}

#[test]
fn only_the_trusted_chain_and_validators_certify() {
    let story = story();
    let trust = story.chain.trust();
    let present = story.chain.evidence(&story.receipt);
    let others = Trust {
        validators_hash: Hash::new([7; 32]),
        ..trust.clone()
    };
    assert_eq!(
        verify_evidence(&others, &present),
        Err(EvidenceError::OtherValidators(trust.validators_hash))
    );
    let another_chain = Trust {
        chain_id: "another-chain".parse().unwrap(),
        ..trust
    };
    assert!(matches!(
        verify_evidence(&another_chain, &present),
        Err(EvidenceError::Certificate(CertificateError::OtherChain(_)))
    ));
}

#[test]
fn too_few_repeated_foreign_and_overweighted_signers_certify_nothing() {
    let story = story();
    let (chain, trust) = (&story.chain, story.chain.trust());
    let header = &chain.made(chain.height()).header;
    let error = |certified| {
        let evidence = StateEvidence {
            header: Some(certified),
            ..chain.evidence(&story.receipt)
        };
        match verify_evidence(&trust, &evidence) {
            Err(EvidenceError::Certificate(error)) => error,
            other => panic!("{other:?}"),
        }
    };
    let two = chain.certified_by(header, &[FINANCE, HOSPITAL]);
    assert_eq!(
        error(two),
        CertificateError::NoQuorum {
            signed: 2,
            total: 4
        }
    );
    let repeated = chain.certified_by(header, &[FINANCE, HOSPITAL, HOSPITAL]);
    assert_eq!(error(repeated), CertificateError::NotSorted);

    let quorum = chain.certified(chain.height());
    let mut unsorted = quorum.clone();
    unsorted.certificate.as_mut().unwrap().signatures.swap(0, 1);
    assert_eq!(error(unsorted), CertificateError::NotSorted);

    let mut exchanged = quorum.clone();
    let signatures = &mut exchanged.certificate.as_mut().unwrap().signatures;
    let first = signatures[0].signature.clone();
    signatures[1].signature = first;
    assert!(matches!(
        error(exchanged),
        CertificateError::BadSignature(_)
    ));

    let mut stranger = quorum.clone();
    let signatures = &mut stranger.certificate.as_mut().unwrap().signatures;
    signatures[0].address = vec![0; 20].into();
    assert!(matches!(
        error(stranger),
        CertificateError::UnknownValidator(_)
    ));

    // A set in which two of them have more weight is not the one that the header names.
    let mut overweighed = chain.certified_by(header, &[FINANCE, HOSPITAL]);
    let finance = chain.organisation(FINANCE).to_string();
    for validator in &mut overweighed.validators.as_mut().unwrap().validators {
        validator.power = if validator.organisation == finance {
            100
        } else {
            1
        };
    }
    assert_eq!(error(overweighed), CertificateError::OtherValidators);

    // Votes of another round or height are not votes for this.
    for alter in [
        |certificate: &mut CommitCertificate| certificate.round += 1,
        |certificate: &mut CommitCertificate| certificate.height += 1,
    ] {
        let mut altered = quorum.clone();
        alter(altered.certificate.as_mut().unwrap());
        let error = error(altered);
        let is_refused = matches!(
            error,
            CertificateError::BadSignature(_) | CertificateError::OtherHeight { .. }
        );
        assert!(is_refused, "{error}");
    }
}

#[test]
fn incomplete_evidence_shows_nothing() {
    let story = story();
    let trust = story.chain.trust();
    let without: [fn(&mut StateEvidence); 4] = [
        |evidence| evidence.header = None,
        |evidence| evidence.header.as_mut().unwrap().certificate = None,
        |evidence| evidence.header.as_mut().unwrap().validators = None,
        |evidence| evidence.proof = None,
    ];
    for (place, remove) in without.into_iter().enumerate() {
        let mut evidence = story.chain.evidence(&story.receipt);
        remove(&mut evidence);
        assert!(verify_evidence(&trust, &evidence).is_err(), "{place}");
    }
}

#[test]
fn the_longest_certified_header_fits_its_bound() {
    let organisation = "91350100M000100Y43".parse().unwrap();
    let validators = (0..VALIDATORS_MAX).map(|place| {
        let key = [u8::try_from(place).unwrap(); 32];
        Validator::new(organisation, PublicKey::ed25519(key), POWER_MAX).unwrap()
    });
    let validators = ValidatorSet::new(validators.collect()).unwrap();
    let signatures = validators.validators().iter();
    let certificate = piaolian_contracts::chain::CommitCertificate {
        height: Height::new(u64::MAX),
        round: u32::MAX,
        block_hash: Hash::new([0xff; 32]),
        signatures: signatures
            .map(|validator| {
                (
                    *validator.address(),
                    Signature::new([0xff; Signature::BYTES]),
                )
            })
            .collect(),
    };
    let certified = CertifiedHeader {
        header: vec![0xff; HEADER_BYTES_MAX].into(),
        certificate: Some((&certificate).into()),
        validators: Some((&validators).into()),
    };
    let bytes = certified.encoded_len();
    assert!(
        (CERTIFIED_HEADER_BYTES_MAX - 128..=CERTIFIED_HEADER_BYTES_MAX).contains(&bytes),
        "{bytes}"
    );
}
