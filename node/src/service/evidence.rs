//! Evidence of what the ledger's state holds: made here, verified anywhere.
//!
//! ```text
//!   store ──record, proof──► StateEvidence ◄──header, certificate── chain
//!                                 └──► verify: needs no node, and so is not the node's
//! ```

pub use piaolian_contracts::evidence::{EvidenceError, Shown, Trust, receipt_key, verify};
use piaolian_contracts::{
    chain::Height,
    evidence::HANDOVERS_MAX,
    types::ReceiptId,
    upgrades::{Upgrade, upgrades_below},
};
use piaolian_proto::v1::{
    CertifiedHeader, GetReceiptProofRequest, GetReceiptProofResponse, StateEvidence,
};

use super::{Service, door::DoorError, error::ServiceError};

impl Service {
    /// Evidence of a receipt's record, or of its absence.
    ///
    /// # Errors
    /// When the request is malformed, no block is committed yet, the validators changed more
    /// often than evidence can show, or the store cannot be read.
    pub fn receipt_proof(
        &self,
        request: GetReceiptProofRequest,
    ) -> Result<GetReceiptProofResponse, ServiceError> {
        let id = ReceiptId::parse("receipt", request.receipt)?;
        Ok(GetReceiptProofResponse {
            evidence: Some(self.receipt_evidence(&id)?),
        })
    }

    /// The last header of each validator set before that of `height`, ascending.
    fn handovers(&self, height: Height) -> Result<Vec<CertifiedHeader>, ServiceError> {
        let state = self.state();
        let history = upgrades_below(&state, height, HANDOVERS_MAX + 1)?;
        require_founding(&history)?;
        let mut handovers = Vec::new();
        for (after, before) in history.iter().zip(history.iter().skip(1)) {
            if after.validators == before.validators {
                continue; // a protocol version alone
            }
            if let Some(last) = after.height.previous() {
                handovers.push(self.certified_header(&state, last)?);
            }
        }
        handovers.reverse();
        Ok(handovers)
    }

    pub(super) fn receipt_evidence(&self, id: &ReceiptId) -> Result<StateEvidence, ServiceError> {
        let key = receipt_key(id);
        let proven = self.ledger.store().prove(&key)?;
        Ok(StateEvidence {
            header: Some(self.certified_header(&self.state(), proven.height)?),
            handovers: self.handovers(proven.height)?,
            key: key.into(),
            value: proven.value.map(Into::into),
            proof: Some((&proven.proof).into()),
        })
    }
}

/// Evidence that does not begin with the founding validators would be refused by everybody.
fn require_founding(history: &[Upgrade]) -> Result<(), DoorError> {
    // The founding's entry is that of height 1.
    if history
        .last()
        .is_some_and(|first| first.height == Height::GENESIS.next())
    {
        return Ok(());
    }
    Err(DoorError::NotFound(format!(
        "evidence from the founding validators on, since there were more than {HANDOVERS_MAX} changes"
    )))
}
