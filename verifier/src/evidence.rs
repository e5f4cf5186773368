//! Checks evidence of an entry of the ledger's state.
//!
//! ```text
//!   founding validators ──► handover … ──► certificate ──► header ──► state_root ──proof──► key: value, or none
//! ```
//!
//! The verifier trusts the chain's id and the hash of its validators, both from the founding document, and nothing
//! else. A handover header introduces later validators.

use piaolian_contracts::{
    chain::{
        CertificateError, ChainId, Hash, Header, Height, ValidatorSet,
        certificate::verify_certified_header, header::HEADER_BYTES_MAX, validators::VALIDATORS_MAX,
    },
    malformed::{Malformed, required},
    state_tree::{ProofError, StateProof, hashing::value_hash},
    types::OrganisationId,
};
use piaolian_proto::v1::{CertifiedHeader, StateEvidence};

/// Most handovers of evidence, which bounds the work of checking it. A handover has about 20 kB with 128 validators,
/// and 1 kB with four.
///
/// A validator may rotate its key without a vote, but only to keys with higher numbers, of which it has fewer than 128
/// (`KEYS_MAX`): seven validators together cannot exceed the bound. All other changes of validators need a vote. Beyond
/// the bound a node answers that it has no evidence.
pub const HANDOVERS_MAX: usize = 1_000;

/// Longest certified header, in bytes: the header, fewer than 128 bytes for the certificate's own fields and framing,
/// and for each validator 90 bytes of signature and 62 of its entry in the set.
pub const CERTIFIED_HEADER_BYTES_MAX: usize = HEADER_BYTES_MAX + 128 + VALIDATORS_MAX * (90 + 62);

/// The facts that a verifier trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// The chain.
    pub chain_id: ChainId,
    /// Hash of its validator set: the founding one, or another set known to be the chain's.
    pub validators_hash: Hash,
}

/// The signers of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signers {
    /// Organisations of the validators that signed, in the order of the certificate.
    pub organisations: Vec<OrganisationId>,
    /// Number of validators of that height.
    pub validator_count: usize,
}

/// A proven entry, or its absence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The certified header of the block after which the entry was there.
    pub header: Header,
    /// The signers of the header.
    pub signers: Signers,
    /// Table prefix and key.
    pub key: Vec<u8>,
    /// The record; `None`: there is none.
    pub value: Option<Vec<u8>>,
}

/// Reasons why evidence proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// A part is absent.
    #[error("the evidence is incomplete: {0}")]
    Malformed(#[from] Malformed),
    /// The header is not certified.
    #[error("the header is not certified: {0}")]
    Certificate(#[from] CertificateError),
    /// Other validators than the trusted ones certified the header.
    #[error("the header was certified by another validator set, {0}")]
    OtherValidators(Hash),
    /// A handover is not above the one before, or the header not above the last handover.
    #[error("the headers are not in ascending order at height {0}")]
    OutOfOrder(Height),
    /// A handover does not change the validators.
    #[error("the header of height {0} hands over to nobody else")]
    NoHandover(Height),
    /// The proof does not lead to the header's state root.
    #[error("the proof does not hold: {0}")]
    Proof(#[from] ProofError),
    /// The proof is for another value, or for its absence.
    #[error("the proof is not of this value")]
    OtherValue,
}

/// Verifies evidence without a node.
///
/// # Errors
/// The first flaw. The evidence then proves nothing at all.
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

/// Verifies the handovers from the trusted validators to the signers of the header.
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

/// Returns the signers of a verified header.
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
        validator_count: validators.validators().len(),
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
