//! Evidence of what the ledger's state holds: made here, verified anywhere.
//!
//! ```text
//!   store ──record, proof──► StateEvidence ◄──header, certificate── chain
//!                                 └──► verify: needs no node, and so is not the node's
//! ```

pub use piaolian_contracts::evidence::{EvidenceError, Shown, Trust, receipt_key, verify};
use piaolian_contracts::types::ReceiptId;
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
