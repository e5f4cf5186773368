//! Evidence of what the ledger's state holds, verified with no node and no network.
//!
//! ```text
//!   founding validators ──► certificate ──► header ──► state_root ──proof──► key: value, or none
//! ```
//!
//! The chain's id and the hash of its validators, both from the founding document, are
//! all that [`verify`] trusts. `docs/PROTOCOL.md` gives the same steps in words, for a
//! verifier in any language.

use piaolian_proto::v1::StateEvidence;

use crate::{
    chain::{CertificateError, ChainId, Hash, Header, certificate::verify_certified_header},
    malformed::{Malformed, required},
    proof::{ProofError, StateProof, hashing::value_hash},
    state::Table,
    types::ReceiptId,
};

/// The key of a receipt's record in the state tree.
#[must_use]
pub fn receipt_key(id: &ReceiptId) -> Vec<u8> {
    [&[Table::Receipts.prefix()], &id.key()[..]].concat()
}

/// What a verifier trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// The chain.
    pub chain_id: ChainId,
    /// Hash of its validator set.
    pub validators_hash: Hash,
}

/// What evidence shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The certified header after whose block it was so.
    pub header: Header,
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
pub fn verify(trust: &Trust, evidence: &StateEvidence) -> Result<Shown, EvidenceError> {
    let certified = required("header", evidence.header.as_ref())?;
    let header = verify_certified_header(&trust.chain_id, certified)?;
    if header.validators_hash != trust.validators_hash {
        return Err(EvidenceError::OtherValidators(header.validators_hash));
    }
    let proof = StateProof::try_from(required("proof", evidence.proof.clone())?)?;
    let proven = proof.verify(&header.state_root, &evidence.key)?;
    let given = evidence.value.as_deref();
    if proven != given.map(|value| Hash::from(value_hash(value))) {
        return Err(EvidenceError::OtherValue);
    }
    Ok(Shown {
        header,
        key: evidence.key.to_vec(),
        value: given.map(<[u8]>::to_vec),
    })
}
