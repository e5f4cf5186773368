//! The commit certificate: proof, to anyone, that a block was decided.
//!
//! ```text
//!   CertifiedHeader
//!     header ──hash──► block_hash ◄── precommits of > 2/3 of the power
//!       └ validators_hash ◄──hash── validators
//! ```

use piaolian_proto::v1 as proto;

use super::{
    address::Address,
    hash::Hash,
    header::Header,
    ids::{ChainId, Height},
    sign_bytes::{VoteType, vote_sign_bytes},
    signature::Signature,
    validators::{VALIDATORS_MAX, ValidatorSet},
};
use crate::malformed::Malformed;

/// Precommits of more than two thirds of the voting power for one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitCertificate {
    /// The height decided.
    pub height: Height,
    /// The round in which it was decided.
    pub round: u32,
    /// The block decided.
    pub block_hash: Hash,
    /// The validators that precommitted, with their signatures, sorted by address.
    pub signatures: Vec<(Address, Signature)>,
}

/// The reason why a certificate proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// It is for another block.
    #[error("the certificate is for block {certified}, not {expected}")]
    OtherBlock {
        /// The block that the certificate names.
        certified: Hash,
        /// The block in question.
        expected: Hash,
    },
    /// It is for another height than the header's.
    #[error("the certificate is for height {certified}, not {expected}")]
    OtherHeight {
        /// The height that the certificate names.
        certified: Height,
        /// The header's.
        expected: Height,
    },
    /// The header belongs to another chain.
    #[error("the header is of chain {0}")]
    OtherChain(ChainId),
    /// The header names another validator set.
    #[error("the header names another validator set")]
    OtherValidators,
    /// The signatures are not in ascending order of address, or an address occurs twice.
    #[error("the signatures are not sorted by address")]
    NotSorted,
    /// A signer is not a validator.
    #[error("{0} is no validator of this height")]
    UnknownValidator(Address),
    /// A signature does not hold.
    #[error("the signature of validator {0} is not valid")]
    BadSignature(Address),
    /// The signers have too little power.
    #[error("power {signed} of {total} signed, which is not more than two thirds")]
    NoQuorum {
        /// The power that signed.
        signed: u64,
        /// The power of all validators.
        total: u64,
    },
    /// The message is malformed.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

/// Verifies that more than two thirds of the power of `validators` precommitted
/// the block `block_hash` on `chain_id`.
///
/// The caller checks that `validators` is the set of that height: see
/// [`verify_certified_header`].
///
/// # Errors
/// The first thing found wrong.
pub fn verify(
    chain_id: &ChainId,
    block_hash: &Hash,
    certificate: &CommitCertificate,
    validators: &ValidatorSet,
) -> Result<(), CertificateError> {
    if certificate.block_hash != *block_hash {
        return Err(CertificateError::OtherBlock {
            certified: certificate.block_hash,
            expected: *block_hash,
        });
    }
    let signed = power_of_signers(certificate, validators)?;
    if !validators.is_quorum(signed) {
        return Err(CertificateError::NoQuorum {
            signed,
            total: validators.total_power(),
        });
    }
    for (address, signature) in &certificate.signatures {
        let validator = validators
            .by_address(address)
            .ok_or(CertificateError::UnknownValidator(*address))?;
        let message = vote_sign_bytes(
            chain_id,
            VoteType::Precommit,
            certificate.height,
            certificate.round,
            Some(block_hash),
            address,
        );
        validator
            .public_key()
            .verify(&message, signature)
            .map_err(|_| CertificateError::BadSignature(*address))?;
    }
    Ok(())
}

/// Returns the power of all named signers. Each must be a validator, and none may be named twice.
fn power_of_signers(
    certificate: &CommitCertificate,
    validators: &ValidatorSet,
) -> Result<u64, CertificateError> {
    let mut previous = None;
    let mut power = 0_u64;
    for (address, _) in &certificate.signatures {
        if previous.is_some_and(|previous| previous >= *address) {
            return Err(CertificateError::NotSorted);
        }
        previous = Some(*address);
        let validator = validators
            .by_address(address)
            .ok_or(CertificateError::UnknownValidator(*address))?;
        power = power.saturating_add(validator.power());
    }
    Ok(power)
}

/// Verifies a header with its certificate and validator set, and returns the header. A caller who knows that
/// `validators_hash` belongs to the chain may then trust its roots.
///
/// # Errors
/// The first thing found wrong.
pub fn verify_certified_header(
    chain_id: &ChainId,
    certified: &proto::CertifiedHeader,
) -> Result<Header, CertificateError> {
    let header = Header::decode(&certified.header)?;
    if header.chain_id != *chain_id {
        return Err(CertificateError::OtherChain(header.chain_id));
    }
    let certificate = certified.certificate.as_ref();
    let certificate = CommitCertificate::try_from(certificate.ok_or_else(missing("certificate"))?)?;
    let validators = certified.validators.clone();
    let validators = ValidatorSet::try_from(validators.ok_or_else(missing("validators"))?)?;
    if certificate.height != header.height {
        return Err(CertificateError::OtherHeight {
            certified: certificate.height,
            expected: header.height,
        });
    }
    if validators.hash() != header.validators_hash {
        return Err(CertificateError::OtherValidators);
    }
    verify(chain_id, &header.hash(), &certificate, &validators)?;
    Ok(header)
}

fn missing(field: &'static str) -> impl FnOnce() -> Malformed {
    move || Malformed::new(field, "must be present")
}

impl From<&CommitCertificate> for proto::CommitCertificate {
    fn from(certificate: &CommitCertificate) -> Self {
        let signatures = certificate.signatures.iter();
        Self {
            height: certificate.height.get(),
            round: certificate.round,
            block_hash: certificate.block_hash.into(),
            signatures: signatures
                .map(|(address, signature)| proto::CommitSignature {
                    address: (*address).into(),
                    signature: (*signature).into(),
                })
                .collect(),
        }
    }
}

impl TryFrom<&proto::CommitCertificate> for CommitCertificate {
    type Error = Malformed;

    fn try_from(certificate: &proto::CommitCertificate) -> Result<Self, Malformed> {
        if certificate.signatures.len() > VALIDATORS_MAX {
            return Err(Malformed::new("signatures", "must be at most 128"));
        }
        let parse = |signature: &proto::CommitSignature| {
            Ok((
                Address::parse("signatures.address", &signature.address)?,
                Signature::parse("signatures.signature", &signature.signature)?,
            ))
        };
        Ok(Self {
            height: Height::new(certificate.height),
            round: certificate.round,
            block_hash: Hash::parse("block_hash", &certificate.block_hash)?,
            signatures: certificate
                .signatures
                .iter()
                .map(parse)
                .collect::<Result<_, Malformed>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
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
}
