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
mod tests;
