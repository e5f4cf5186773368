//! Evidence of what the ledger's state holds.
//!
//! ```text
//!   founding validators ──► handover … ──► certificate ──► header ──► state_root ──proof──► key: value, or none
//! ```
//!
//! The chain's id and the hash of its validators, both from the founding document, are
//! all that is trusted. Validators that came later are known by the header that
//! hands over to them.

use piaolian_contracts::{
    chain::{
        CertificateError, ChainId, Hash, Header, Height, ValidatorSet,
        certificate::verify_certified_header, header::HEADER_BYTES_MAX, validators::VALIDATORS_MAX,
    },
    malformed::{Malformed, required},
    proof::{ProofError, StateProof, hashing::value_hash},
    types::OrganisationId,
};
use piaolian_proto::v1::{CertifiedHeader, StateEvidence};

/// Most handovers that evidence may have, since the work of checking it is bounded: of 128
/// validators each has some 20 kB, of four some 1 kB.
///
/// A validator rotates its key without a vote, but to keys of higher numbers alone, of
/// which there are fewer than 128 (`KEYS_MAX`): seven validators together cannot bring a
/// chain beyond it. All else that changes validators is voted. Beyond it the node says
/// that it has no evidence.
pub const HANDOVERS_MAX: usize = 1_000;

/// Longest certified header, bytes: the header, fewer than 128 for the certificate's own fields
/// and for framing, and of each validator 90 for its signature and 62 for its entry in the set.
pub const CERTIFIED_HEADER_BYTES_MAX: usize = HEADER_BYTES_MAX + 128 + VALIDATORS_MAX * (90 + 62);

/// What a verifier trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// The chain.
    pub chain_id: ChainId,
    /// Hash of its validator set: the founding one, or any that is known to be the chain's.
    pub validators_hash: Hash,
}

/// Who certified a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signers {
    /// Whose validators signed, in the order of the certificate.
    pub organisations: Vec<OrganisationId>,
    /// Validators of that height.
    pub of: usize,
}

/// What evidence shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The certified header after whose block it was so.
    pub header: Header,
    /// Who certified it.
    pub signers: Signers,
    /// Table prefix and key.
    pub key: Vec<u8>,
    /// The record, or `None`: there is none.
    pub value: Option<Vec<u8>>,
}

/// Why evidence shows nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// A part is absent.
    #[error("the evidence is incomplete: {0}")]
    Malformed(#[from] Malformed),
    /// The header is not certified.
    #[error("the header is not certified: {0}")]
    Certificate(#[from] CertificateError),
    /// The header was certified by others than the trusted validators.
    #[error("the header was certified by another validator set, {0}")]
    OtherValidators(Hash),
    /// A handover is not above the one before, or the header not above the last.
    #[error("the headers are not in ascending order at height {0}")]
    OutOfOrder(Height),
    /// A handover after which the validators are the same.
    #[error("the header of height {0} hands over to nobody else")]
    NoHandover(Height),
    /// The proof does not lead to the header's state root.
    #[error("the proof does not hold: {0}")]
    Proof(#[from] ProofError),
    /// The proof is for another value, or for the absence of one that is given.
    #[error("the proof is not of this value")]
    OtherValue,
}

/// Verifies evidence; needs no node.
///
/// # Errors
/// The first thing found wrong. The evidence then shows nothing at all.
pub fn verify_evidence(trust: &Trust, evidence: &StateEvidence) -> Result<Shown, EvidenceError> {
    let header = verify_header(trust, evidence)?;
    let proof = StateProof::try_from(required("proof", evidence.proof.clone())?)?;
    let proven = proof.verify(&header.state_root, &evidence.key)?;
    let given = evidence.value.as_deref();
    if proven != given.map(|value| Hash::from(value_hash(value))) {
        return Err(EvidenceError::OtherValue);
    }
    let certified = required("header", evidence.header.as_ref())?;
    Ok(Shown {
        header,
        signers: signers(certified)?,
        key: evidence.key.to_vec(),
        value: given.map(<[u8]>::to_vec),
    })
}

/// Verifies the way from the trusted validators to those who certified the header.
fn verify_header(trust: &Trust, evidence: &StateEvidence) -> Result<Header, EvidenceError> {
    if evidence.handovers.len() > HANDOVERS_MAX {
        return Err(Malformed::new("handovers", "must be at most 1000").into());
    }
    let last = required("header", evidence.header.as_ref())?;
    let (mut trusted, mut below) = (trust.validators_hash, Height::GENESIS);
    for certified in &evidence.handovers {
        let header = verify_next(&trust.chain_id, certified, trusted, below)?;
        if header.next_validators_hash == header.validators_hash {
            return Err(EvidenceError::NoHandover(header.height));
        }
        (trusted, below) = (header.next_validators_hash, header.height);
    }
    verify_next(&trust.chain_id, last, trusted, below)
}

/// Who certified a header that was verified.
fn signers(certified: &CertifiedHeader) -> Result<Signers, Malformed> {
    let validators = required("validators", certified.validators.clone())?;
    let validators = ValidatorSet::try_from(validators)?;
    let certificate = required("certificate", certified.certificate.as_ref())?;
    let signed = validators.validators().iter().filter(|validator| {
        let address = validator.address().as_bytes();
        let mut signatures = certificate.signatures.iter();
        signatures.any(|signature| signature.address == address[..])
    });
    Ok(Signers {
        organisations: signed.map(|validator| *validator.organisation()).collect(),
        of: validators.validators().len(),
    })
}

fn verify_next(
    chain_id: &ChainId,
    certified: &CertifiedHeader,
    trusted: Hash,
    below: Height,
) -> Result<Header, EvidenceError> {
    let header = verify_certified_header(chain_id, certified)?;
    if header.validators_hash != trusted {
        return Err(EvidenceError::OtherValidators(header.validators_hash));
    }
    if header.height <= below {
        return Err(EvidenceError::OutOfOrder(header.height));
    }
    Ok(header)
}
