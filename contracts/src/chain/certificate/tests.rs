//! Certificates of four validators, whole and altered.

use ed25519_dalek::{Signer, SigningKey};

use super::*;
use crate::{
    chain::{header::PROTOCOL_VERSION, key::PublicKey, validators::Validator},
    types::BlockTime,
};

struct Fixture {
    chain_id: ChainId,
    keys: Vec<SigningKey>,
    validators: ValidatorSet,
    header: Header,
}

fn public(key: &SigningKey) -> PublicKey {
    PublicKey::ed25519(key.verifying_key().to_bytes())
}

fn fixture() -> Fixture {
    let mut keys: Vec<_> = (1..=4).map(|n| SigningKey::from_bytes(&[n; 32])).collect();
    keys.sort_by_key(|key| public(key).address());
    let organisation = "91350100M000100Y43".parse().unwrap();
    let members = keys
        .iter()
        .map(|key| Validator::new(organisation, public(key), 1).unwrap())
        .collect();
    let validators = ValidatorSet::new(members).unwrap();
    let chain_id: ChainId = "piaolian-test".parse().unwrap();
    let header = Header {
        chain_id: chain_id.clone(),
        height: Height::new(9),
        time: BlockTime::from_ms(9),
        proposer: public(&keys[0]).address(),
        parent_hash: Hash::ZERO,
        transactions_root: Hash::ZERO,
        outcomes_root: Hash::ZERO,
        state_root: Hash::ZERO,
        history_root: Hash::ZERO,
        validators_hash: validators.hash(),
        next_validators_hash: validators.hash(),
        protocol_version: PROTOCOL_VERSION,
    };
    Fixture {
        chain_id,
        keys,
        validators,
        header,
    }
}

impl Fixture {
    fn certificate(&self, signers: &[usize]) -> CommitCertificate {
        let hash = self.header.hash();
        let sign = |signer: &usize| {
            let key = &self.keys[*signer];
            let address = public(key).address();
            let message = vote_sign_bytes(
                &self.chain_id,
                VoteType::Precommit,
                self.header.height,
                1,
                Some(&hash),
                &address,
            );
            (address, Signature::new(key.sign(&message).to_bytes()))
        };
        CommitCertificate {
            height: self.header.height,
            round: 1,
            block_hash: hash,
            signatures: signers.iter().map(sign).collect(),
        }
    }

    fn verify(&self, certificate: &CommitCertificate) -> Result<(), CertificateError> {
        verify(
            &self.chain_id,
            &self.header.hash(),
            certificate,
            &self.validators,
        )
    }
}

#[test]
fn three_of_four_certify_and_two_do_not() {
    let fixture = fixture();
    assert_eq!(fixture.verify(&fixture.certificate(&[0, 1, 2])), Ok(()));
    assert_eq!(fixture.verify(&fixture.certificate(&[0, 1, 2, 3])), Ok(()));
    assert_eq!(
        fixture.verify(&fixture.certificate(&[0, 3])),
        Err(CertificateError::NoQuorum {
            signed: 2,
            total: 4
        })
    );
}

#[test]
fn a_signer_counts_once() {
    let fixture = fixture();
    for signers in [&[0, 0, 1][..], &[1, 0, 2]] {
        assert_eq!(
            fixture.verify(&fixture.certificate(signers)),
            Err(CertificateError::NotSorted)
        );
    }
}

#[test]
fn altered_certificates_fail() {
    let fixture = fixture();
    let good = fixture.certificate(&[0, 1, 2]);

    let mut other = good.clone();
    other.block_hash = Hash::ZERO;
    assert!(matches!(
        fixture.verify(&other),
        Err(CertificateError::OtherBlock { .. })
    ));

    let mut other = good.clone();
    other.round = 2;
    assert!(matches!(
        fixture.verify(&other),
        Err(CertificateError::BadSignature(_))
    ));

    let mut other = good.clone();
    other.signatures[2].0 = Address::new([0xff; 20]);
    assert!(matches!(
        fixture.verify(&other),
        Err(CertificateError::UnknownValidator(_))
    ));

    let stranger = verify(
        &"other-chain".parse().unwrap(),
        &fixture.header.hash(),
        &good,
        &fixture.validators,
    );
    assert!(matches!(stranger, Err(CertificateError::BadSignature(_))));
}

#[test]
fn a_certified_header_is_checked_whole() {
    let fixture = fixture();
    let certified = proto::CertifiedHeader {
        header: fixture.header.encode().into(),
        certificate: Some((&fixture.certificate(&[0, 1, 2])).into()),
        validators: Some((&fixture.validators).into()),
    };
    let verify = |certified| verify_certified_header(&fixture.chain_id, certified);
    assert_eq!(verify(&certified), Ok(fixture.header.clone()));

    let mut other = certified.clone();
    other.certificate.as_mut().unwrap().height = 8;
    assert!(matches!(
        verify(&other),
        Err(CertificateError::OtherHeight { .. })
    ));

    let mut other = certified.clone();
    other.validators.as_mut().unwrap().validators.pop();
    assert_eq!(verify(&other), Err(CertificateError::OtherValidators));

    let mut other = certified.clone();
    other.certificate = None;
    assert!(matches!(
        verify(&other),
        Err(CertificateError::Malformed(_))
    ));
}
