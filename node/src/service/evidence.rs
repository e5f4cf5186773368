//! Evidence of what the ledger's state holds, made here and verified anywhere.
//!
//! ```text
//!   founding validators ──► certificate ──► header ──► state_root ──proof──► key: value, or none
//! ```
//!
//! [`verify`] needs no node: the chain's id and the hash of its validators, both from
//! the founding document, are all that it trusts.

use piaolian_contracts::{
    chain::{CertificateError, ChainId, Hash, Header, certificate::verify_certified_header},
    malformed::Malformed,
    proof::{ProofError, StateProof, hashing::value_hash},
    state::Table,
    types::ReceiptId,
};
use piaolian_proto::v1::{GetReceiptProofRequest, GetReceiptProofResponse, StateEvidence};

use super::{Service, error::ServiceError};

impl Service {
    /// Evidence of a receipt's record, or of its absence.
    ///
    /// # Errors
    /// When the request is malformed, no block is committed yet, or the store cannot be read.
    pub fn receipt_proof(
        &self,
        request: GetReceiptProofRequest,
    ) -> Result<GetReceiptProofResponse, ServiceError> {
        let id = ReceiptId::parse("receipt", request.receipt)?;
        Ok(GetReceiptProofResponse {
            evidence: Some(self.receipt_evidence(&id)?),
        })
    }

    pub(super) fn receipt_evidence(&self, id: &ReceiptId) -> Result<StateEvidence, ServiceError> {
        let key = receipt_key(id);
        let proven = self.ledger.store().prove(&key)?;
        Ok(StateEvidence {
            header: Some(self.certified_header(&self.state(), proven.height)?),
            key: key.into(),
            value: proven.value.map(Into::into),
            proof: Some((&proven.proof).into()),
        })
    }
}

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
#[derive(Debug, thiserror::Error)]
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
    let present = |field: &'static str| move || Malformed::new(field, "must be present");
    let certified = evidence.header.as_ref().ok_or_else(present("header"))?;
    let header = verify_certified_header(&trust.chain_id, certified)?;
    if header.validators_hash != trust.validators_hash {
        return Err(EvidenceError::OtherValidators(header.validators_hash));
    }
    let proof = evidence.proof.clone().ok_or_else(present("proof"))?;
    let proof = StateProof::try_from(proof)?;
    let proven = proof.verify(&header.state_root, &evidence.key)?;
    if proven
        != evidence
            .value
            .as_deref()
            .map(|value| Hash::from(value_hash(value)))
    {
        return Err(EvidenceError::OtherValue);
    }
    Ok(Shown {
        header,
        key: evidence.key.to_vec(),
        value: evidence.value.as_ref().map(|value| value.to_vec()),
    })
}
