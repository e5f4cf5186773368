//! Proof files: put together here, checked anywhere.
//!
//! ```text
//!   store at one height ──records, proofs──► ReceiptProof ◄──header, certificate, handovers── chain
//!                                                └──► the verifier: needs no node, and so is not the node's
//! ```

use std::sync::Arc;

use bytes::Bytes;
use piaolian_contracts::{
    chain::{
        Hash, Height,
        block::transaction_leaf,
        header::HEADER_BYTES_MAX,
        merkle::{self, PATH_HASHES_MAX},
    },
    organisations::ORGANISATIONS,
    parameters::PARAMETERS,
    payments::NOTICES,
    receipts::{ISSUANCES, RECEIPTS, Receipt},
    state_tree::PROOF_BYTES_MAX,
    storage::{Key, Record, Records},
    transaction::{Envelope, TRANSACTION_BYTES_MAX},
    types::ReceiptId,
    upgrades::{Upgrade, upgrades_below},
};
use piaolian_ledger::{ChainView, DecodedBlock, Proven};
use piaolian_proto::v1::{
    CertifiedHeader, EventEvidence, GetReceiptProofRequest, GetReceiptProofResponse, Outcome,
    ReceiptProof, SealEvidence, StateEntry, StateEvidence,
};
use piaolian_verifier::{
    CERTIFIED_HEADER_BYTES_MAX, EVENTS_MAX, FILE_VERSION, HANDOVERS_MAX, OUTCOME_BYTES_MAX,
};
use prost::Message;

use super::{Queries, chain::certified_header, notices::notice_of, receipts::seal_path};
use crate::{
    api_error::ApiError,
    error::{ServiceError, ServiceFault},
};

/// Most bytes of all events of one proof together. The first event is included however long it is.
const EVENTS_BYTES: usize = 2 << 20;

/// Longest event, bytes: transaction, outcome, its block's header and three paths.
const EVENT_BYTES_MAX: usize =
    TRANSACTION_BYTES_MAX + OUTCOME_BYTES_MAX + HEADER_BYTES_MAX + 3 * PATH_HASHES_MAX * 34 + 64;

/// Longest record that a proof shows, bytes: a receipt's, of 177,130.
const RECORD_BYTES_MAX: usize = 174 << 10;

/// Entries of a proof: receipt, issuer, parameters, issuance, bureau, notice.
const ENTRIES: usize = 6;

/// Longest answer with a proof, bytes: one with the most handovers that evidence can have, each of 128 validators. On a
/// chain with few changes an answer has some 10 kB.
pub(crate) const ANSWER_BYTES_MAX: usize = (HANDOVERS_MAX + 1) * (CERTIFIED_HEADER_BYTES_MAX + 8)
    + ENTRIES * (RECORD_BYTES_MAX + PROOF_BYTES_MAX + 16)
    + PATH_HASHES_MAX * 34
    + EVENTS_BYTES
    + EVENT_BYTES_MAX
    + (1 << 10);

/// Proves entries of the state after one block.
struct Proving<'a> {
    chain: &'a ChainView,
    height: Height,
}

impl Queries {
    /// Returns a proof file of a receipt, or of its absence.
    ///
    /// # Errors
    /// When the request is malformed, no block is committed yet, the validators changed more
    /// often than evidence can show, or the store cannot be read.
    pub fn get_receipt_proof(
        &self,
        request: &GetReceiptProofRequest,
    ) -> Result<GetReceiptProofResponse, ServiceError> {
        let id = ReceiptId::parse("receipt", request.receipt.clone())?;
        let mut proof = of_receipt(self.ledger.view(), &id)?;
        let mut more_events = false;
        if request.with_events {
            let at = proof
                .evidence
                .as_ref()
                .and_then(|evidence| evidence.header.as_ref());
            let height = height_of(at)?;
            (proof.events, more_events) = event_evidence(self.ledger.view(), &id, height)?;
        }
        Ok(GetReceiptProofResponse {
            proof: Some(proof),
            more_events,
        })
    }
}

/// Returns a proof file of a receipt, or of its absence, without events.
///
/// # Errors
/// When no block is committed yet, the validators changed more often than evidence can show, the height left the undo
/// window meanwhile, or the store cannot be read.
pub(super) fn of_receipt(chain: &ChainView, id: &ReceiptId) -> Result<ReceiptProof, ServiceError> {
    let key = RECEIPTS.state_key(id);
    let proven = chain.prove(&key)?;
    let at = Proving {
        chain,
        height: proven.height,
    };
    let receipt = proven.value.as_deref().map(Receipt::decode).transpose();
    let receipt = receipt.map_err(|_| damaged(id))?;
    let evidence = StateEvidence {
        header: Some(certified_header(chain, &chain.state(), at.height)?),
        handovers: handovers(chain, at.height)?,
        key: key.into(),
        value: proven.value.map(Into::into),
        proof: Some((&proven.proof).into()),
    };
    let bare = ReceiptProof {
        version: FILE_VERSION,
        receipt: Some((*id).into()),
        evidence: Some(evidence),
        ..ReceiptProof::default()
    };
    let Some(receipt) = receipt else {
        return Ok(bare);
    };
    Ok(ReceiptProof {
        issuer: Some(at.entry(ORGANISATIONS, &receipt.issuer)?),
        parameters: Some(at.entry(PARAMETERS, &())?),
        seal: at.seal(&receipt)?,
        notice: at.notice(&receipt)?,
        ..bare
    })
}

/// Returns evidence of the events of a receipt up to `height`, oldest first, and whether there are more.
fn event_evidence(
    chain: &ChainView,
    id: &ReceiptId,
    height: Height,
) -> Result<(Vec<EventEvidence>, bool), ServiceError> {
    let found = chain.history(&id.key(), None, EVENTS_MAX + 1)?;
    let mut read: Option<ProvenBlock> = None;
    let (mut events, mut bytes) = (Vec::new(), 0);
    for (at, occurrence) in found {
        if at > height {
            break; // later than the header that is shown
        }
        let block = match read.take() {
            Some(block) if block.block.height() == at => block,
            _ => ProvenBlock::read(chain, at, height)?,
        };
        let event = block.event(occurrence.transaction, occurrence.item)?;
        bytes += event.encoded_len();
        if events.len() == EVENTS_MAX || (bytes > EVENTS_BYTES && !events.is_empty()) {
            return Ok((events, true));
        }
        events.push(event);
        read = Some(block);
    }
    Ok((events, false))
}

/// Returns the last header of each validator set before that of `height`, ascending.
fn handovers(chain: &ChainView, height: Height) -> Result<Vec<CertifiedHeader>, ServiceError> {
    let state = chain.state();
    let history = upgrades_below(&state, height, HANDOVERS_MAX + 1)?;
    require_founding(&history)?;
    let mut handovers = Vec::new();
    for (after, before) in history.iter().zip(history.iter().skip(1)) {
        if after.validators == before.validators {
            continue; // a protocol version alone
        }
        if let Some(last) = after.height.previous() {
            handovers.push(certified_header(chain, &state, last)?);
        }
    }
    handovers.reverse();
    Ok(handovers)
}

impl Proving<'_> {
    /// Returns the evidence of the seal over what the receipt's block issued; `None` while it is not sealed.
    fn seal(&self, receipt: &Receipt) -> Result<Option<SealEvidence>, ServiceError> {
        let (issuance, entry) = self.record(ISSUANCES, &receipt.issued_height)?;
        let Some(seal) = issuance.seal else {
            return Ok(None);
        };
        let path = seal_path(self.chain, &self.chain.state(), receipt)?;
        Ok(Some(SealEvidence {
            issuance: Some(entry),
            path: path.into_iter().map(Into::into).collect(),
            bureau: Some(self.entry(ORGANISATIONS, &seal.organisation)?),
        }))
    }

    /// Returns the notice whose payment issued the receipt, if there is one. A notice is paid once, and its receipt is
    /// issued in the same block, so the notice is the same at every height at which the receipt exists.
    fn notice(&self, receipt: &Receipt) -> Result<Option<StateEntry>, ServiceError> {
        let notice = notice_of(&self.chain.state(), receipt)?;
        notice
            .map(|notice| self.entry(NOTICES, &notice.decision_number))
            .transpose()
    }

    fn entry<K: Key, V: Record>(
        &self,
        records: Records<K, V>,
        key: &K,
    ) -> Result<StateEntry, ServiceError> {
        self.record(records, key).map(|(_, entry)| entry)
    }

    /// Returns a record that must exist, with its proof.
    fn record<K: Key, V: Record>(
        &self,
        records: Records<K, V>,
        key: &K,
    ) -> Result<(V, StateEntry), ServiceError> {
        let proven = self.chain.prove_at(&records.state_key(key), self.height)?;
        let proven = require_in_time(proven)?;
        let absent = || damaged(&format!("table {:02x}", records.table().prefix()));
        let value = proven.value.ok_or_else(absent)?;
        let record = V::decode(&value).map_err(|error| damaged(&error))?;
        let entry = StateEntry {
            value: value.into(),
            proof: Some((&proven.proof).into()),
        };
        Ok((record, entry))
    }
}

/// Returns the proven entry. Fails if the store could not prove it, because more blocks were committed since the first
/// entry was read than the store can undo.
fn require_in_time(proven: Option<Proven>) -> Result<Proven, ApiError> {
    proven.ok_or(ApiError::ProofOutdated)
}

/// A block whose transactions are shown under a later header.
struct ProvenBlock {
    block: Arc<DecodedBlock>,
    history_path: Vec<Bytes>,
    leaves: Vec<[u8; 96]>,
    outcomes: Vec<Vec<u8>>,
}

impl ProvenBlock {
    /// Reads the block of `height`, with the path that proves it under the header of `under`.
    fn read(chain: &ChainView, height: Height, under: Height) -> Result<Self, ServiceError> {
        let block = chain
            .decoded_block(height)?
            .ok_or_else(|| damaged(&height))?;
        let earlier = under.get().saturating_sub(1);
        let history = chain.history_path(height, earlier)?;
        let chain_id = &block.block().header.chain_id;
        let leaf = |encoded: &Bytes| {
            let envelope = Envelope::open(encoded.clone(), chain_id);
            envelope.map(|envelope| transaction_leaf(envelope.id(), envelope.signature()))
        };
        let leaves = block
            .block()
            .transactions
            .iter()
            .map(leaf)
            .collect::<Result<_, _>>();
        Ok(Self {
            history_path: path(history.unwrap_or_default()),
            leaves: leaves.map_err(|_| damaged(&height))?,
            outcomes: block
                .outcomes()
                .iter()
                .map(Outcome::encode_to_vec)
                .collect(),
            block,
        })
    }

    fn event(&self, index: u32, item: u32) -> Result<EventEvidence, ServiceError> {
        let lost = || damaged(&self.block.height());
        let block = self.block.block();
        let place = index as usize;
        let transaction = block.transactions.get(place).ok_or_else(lost)?;
        let outcome = self.outcomes.get(place).ok_or_else(lost)?;
        Ok(EventEvidence {
            header: block.header.encode().into(),
            history_path: self.history_path.clone(),
            index,
            count: u32::try_from(self.leaves.len()).expect("a block has at most 4 MiB"),
            transaction: transaction.clone(),
            transaction_path: path(merkle::path(&self.leaves, place).ok_or_else(lost)?),
            outcome: outcome.clone().into(),
            outcome_path: path(merkle::path(&self.outcomes, place).ok_or_else(lost)?),
            item,
        })
    }
}

fn path(hashes: Vec<Hash>) -> Vec<Bytes> {
    hashes.into_iter().map(Into::into).collect()
}

fn height_of(certified: Option<&CertifiedHeader>) -> Result<Height, ServiceFault> {
    let certificate = certified.and_then(|certified| certified.certificate.as_ref());
    let height = certificate.map(|certificate| Height::new(certificate.height));
    height.ok_or_else(|| damaged(&"a certificate"))
}

fn damaged(what: &impl ToString) -> ServiceFault {
    ServiceFault::Damaged(what.to_string())
}

/// Fails unless the history begins with the founding validators: every verifier would refuse other evidence.
fn require_founding(history: &[Upgrade]) -> Result<(), ApiError> {
    // The founding's entry is that of height 1.
    if history
        .last()
        .is_some_and(|first| first.height == Height::GENESIS.next())
    {
        return Ok(());
    }
    Err(ApiError::NotFound {
        what: format!(
            "evidence from the founding validators on, since there were more than {HANDOVERS_MAX} changes"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_error::Kind;

    #[test]
    fn a_proof_of_a_height_that_the_store_cannot_undo_is_outdated() {
        let error = ServiceError::from(require_in_time(None).err().unwrap());
        assert_eq!(error.details()[0].code, 9534);
        assert_eq!(error.kind(), Kind::Outdated);
    }
}
