//! Validates a block that another node built: all its contents must follow from its parent.
//!
//! ```text
//!   opened block ── known? ── from the future? ── execute, compare the header
//!        │             │             │                 │ all as claimed ──► stored, Valid
//!        │             │             └► Early: asked   └ anything else ───► Invalid
//!        │             └► the verdict    again later
//!        └ synced: a certificate is there, so no clock; Invalid is this node's own fault
//! ```
//!
//! The validity depends on the block and its parent alone, never on this node's clock.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use piaolian_base::clock;
use piaolian_contracts::{
    AdmitError, BlockContext, Refused,
    admission::AdmissionChecks,
    chain::{Address, Hash, Header, Height},
    execute::{Applied, BlockExecutor, Context},
    state::StateReader,
    transaction::{Envelope, Transaction, Verified, verify_batch},
    types::BlockTime,
};

use super::{
    Announcement, Fault, OpenedBlock, ProposalOutcome, ReceivedBlock, SyncOutcome, Validity,
    assemble::{Contents, ids},
    execution::Execution,
    state,
    writer::Writer,
};
use crate::store::Tip;

/// Reason why a block is invalid.
#[derive(Debug, thiserror::Error)]
enum InvalidBlock {
    #[error("transaction {0}: {1}")]
    Transaction(usize, Refused),
    #[error("more receipts than a block may issue")]
    TooManyReceipts,
    #[error("{0} differs")]
    Differs(&'static str),
    #[error("block time {time} is not above its parent's {parent}")]
    TimeNotAbove { time: BlockTime, parent: BlockTime },
}

/// Reason why validation ended without an execution.
enum Stop {
    InvalidBlock(InvalidBlock),
    Fault(Fault),
}

impl From<InvalidBlock> for Stop {
    fn from(invalid: InvalidBlock) -> Self {
        Self::InvalidBlock(invalid)
    }
}

fn fault(fault: impl Into<Fault>) -> Stop {
    Stop::Fault(fault.into())
}

impl Writer {
    /// Validates a proposed block, once. A valid block is on disk before this returns.
    pub(super) fn validate(&mut self, received: &ReceivedBlock) -> Result<ProposalOutcome, Fault> {
        let ReceivedBlock {
            announcement,
            signature,
            block,
        } = received;
        let tip = self.store.tip();
        if tip.height.next() != announcement.height {
            return Ok(ProposalOutcome::Stale);
        }
        if let Some(validity) = self.known_validity(announcement.height, &block.hash)? {
            return Ok(ProposalOutcome::Validated(validity));
        }
        if let Some(early) = self.early(block.header.time)? {
            return Ok(ProposalOutcome::Early(early));
        }
        match self.execute(&tip, block) {
            Ok(execution) => {
                self.keep(execution, &announcement.proposal(Some(*signature)))?;
                Ok(ProposalOutcome::Validated(Validity::Valid))
            }
            Err(Stop::InvalidBlock(invalid)) => {
                let validity = self.note_invalid(announcement.height, block.hash, &invalid);
                Ok(ProposalOutcome::Validated(validity))
            }
            Err(Stop::Fault(fault)) => Err(fault),
        }
    }

    /// Validates a synced block with a verified certificate. An earlier finding that it is invalid does not count,
    /// because a quorum found it valid.
    pub(super) fn validate_synced(
        &mut self,
        height: Height,
        round: u32,
        proposer: Address,
        block: &OpenedBlock,
    ) -> Result<SyncOutcome, Fault> {
        let tip = self.store.tip();
        if tip.height.next() != height {
            return Ok(SyncOutcome::Stale);
        }
        if block.header.height != height {
            return Ok(SyncOutcome::NotTheBlock);
        }
        let hash = block.hash;
        if self.known_validity(height, &hash)? == Some(Validity::Valid) {
            return Ok(SyncOutcome::Valid(hash));
        }
        match self.execute(&tip, block) {
            Ok(execution) => {
                let announcement = Announcement {
                    height,
                    round,
                    proposer,
                    block_bytes: block.bytes.len() as u64,
                    block_hash: hash,
                };
                // A synced block has a certificate in place of its proposer's signature.
                self.keep(execution, &announcement.proposal(None))?;
                Ok(SyncOutcome::Valid(hash))
            }
            Err(Stop::InvalidBlock(invalid)) => {
                Err(Fault::DecidedInvalid(hash, invalid.to_string()))
            }
            Err(Stop::Fault(fault)) => Err(fault),
        }
    }

    /// Executes a decided block whose execution is no longer cached.
    pub(super) fn execute_again(&mut self, tip: &Tip, hash: &Hash) -> Result<Execution, Fault> {
        let bytes = self.store.body(hash)?.ok_or(Fault::BodyMissing(*hash))?;
        let invalid = |reason: String| Fault::DecidedInvalid(*hash, reason);
        let block = OpenedBlock::open(bytes, &self.chain_id)
            .map_err(|not_the_block| invalid(not_the_block.to_string()))?;
        self.execute(tip, &block).map_err(|stop| match stop {
            Stop::InvalidBlock(reason) => invalid(reason.to_string()),
            Stop::Fault(fault) => fault,
        })
    }

    fn known_validity(&self, height: Height, hash: &Hash) -> Result<Option<Validity>, Fault> {
        if let Some(validity) = self.executions.validity(hash) {
            return Ok(Some(validity));
        }
        let stored = self.store.proposals(height)?;
        let stored = stored.iter().any(|known| known.block_hash == *hash);
        Ok(stored.then_some(Validity::Valid))
    }

    fn keep(
        &mut self,
        execution: Execution,
        proposal: &crate::store::Proposal,
    ) -> Result<(), Fault> {
        self.store.save_body(proposal, &execution.block)?;
        self.executions.insert(proposal.block_hash, execution);
        Ok(())
    }

    /// Notes that a block is invalid. It is not stored, because this node never votes for it.
    fn note_invalid(&mut self, height: Height, hash: Hash, invalid: &InvalidBlock) -> Validity {
        tracing::warn!(%height, block = %hash, reason = %invalid, "invalid block");
        let reason = invalid.to_string();
        self.executions
            .note_invalid(height.get(), hash, reason.clone());
        Validity::Invalid(reason)
    }

    /// Returns the wait until a block time is within the allowed drift of this node's clock. Only a time ahead of the
    /// clock is early. A block of a slow proposer has a time in the past and is still valid.
    fn early(&self, time: BlockTime) -> Result<Option<Duration>, Fault> {
        let drift_ms = state::parameters(&self.store)?.clock_drift_ms_max();
        let allowed = clock::now().after_ms(drift_ms);
        let ahead_ms = time.as_ms().saturating_sub(allowed.as_ms());
        Ok((ahead_ms > 0).then(|| Duration::from_millis(ahead_ms)))
    }

    /// Executes a block on the tip and compares the result with its header.
    fn execute(&self, tip: &Tip, block: &OpenedBlock) -> Result<Execution, Stop> {
        let header = &block.header;
        self.check_parent(tip, header)?;
        let view = self.store.state();
        let moment = BlockContext {
            height: header.height,
            time: header.time,
        };
        let transactions = self.verify_all(&view, &moment, &block.envelopes)?;
        let mut executor =
            BlockExecutor::begin(&view, self.context(tip, header.time)).map_err(fault)?;
        for (index, verified) in transactions.iter().enumerate() {
            match executor.apply(verified).map_err(fault)? {
                Applied::Included(_) => {}
                Applied::Inadmissible(refused) => {
                    return Err(InvalidBlock::Transaction(index, refused).into());
                }
                Applied::Full => return Err(InvalidBlock::TooManyReceipts.into()),
            }
        }
        let mut executed = executor.finish().map_err(fault)?;
        let changes = std::mem::take(&mut executed.changes);
        let state = self.store.prepare(changes).map_err(fault)?;
        let contents = Contents {
            height: header.height,
            time: header.time,
            proposer: header.proposer,
            transactions: &transactions,
            executed: &executed,
            state: &state,
        };
        let expected = self.header(tip, &contents);
        compare(header, &expected)?;
        Ok(Execution {
            header: header.clone(),
            block: block.bytes.clone(),
            transactions: ids(&transactions),
            outcomes: executed.outcomes,
            state,
        })
    }

    fn check_parent(&self, tip: &Tip, header: &Header) -> Result<(), Stop> {
        if header.parent_hash != tip.block_hash {
            return Err(InvalidBlock::Differs("parent hash").into());
        }
        if header.time <= tip.time {
            return Err(InvalidBlock::TimeNotAbove {
                time: header.time,
                parent: tip.time,
            }
            .into());
        }
        if state::validators(&self.store)
            .map_err(fault)?
            .by_address(&header.proposer)
            .is_none()
        {
            return Err(InvalidBlock::Differs("proposer").into());
        }
        Ok(())
    }

    /// Verifies the transactions. Transactions in this node's pool are verified already, so they are not decoded again.
    fn verify_all(
        &self,
        state: &dyn StateReader,
        moment: &BlockContext,
        envelopes: &[Envelope],
    ) -> Result<Vec<Verified>, Stop> {
        let mut gate = AdmissionChecks::open(state).map_err(fault)?;
        let mut verified = BTreeMap::new();
        let (mut places, mut unknown) = (Vec::new(), Vec::new());
        for (index, envelope) in envelopes.iter().enumerate() {
            let known = self.mempool.get(envelope.id());
            let known = known.filter(|known| known.transaction().encoded() == envelope.encoded());
            if let Some(known) = known {
                verified.insert(index, known);
                continue;
            }
            let refuse = |refused| Stop::from(InvalidBlock::Transaction(index, refused));
            let transaction =
                Transaction::from_envelope(envelope.clone(), &self.chain_id).map_err(refuse)?;
            let key = gate
                .admit(moment, &transaction)
                .map_err(|error| match error {
                    AdmitError::Refused(refused) => refuse(refused),
                    AdmitError::Fault(trouble) => fault(trouble),
                })?;
            places.push(index);
            unknown.push((Arc::new(transaction), key));
        }
        for (index, checked) in places.into_iter().zip(verify_batch(unknown)) {
            let checked = checked.map_err(|refused| InvalidBlock::Transaction(index, refused))?;
            verified.insert(index, checked);
        }
        Ok(verified.into_values().collect())
    }

    /// Returns the context for executing a block on the tip.
    pub(super) fn context(&self, tip: &Tip, time: BlockTime) -> Context {
        Context {
            chain_id: self.chain_id.clone(),
            height: tip.height.next(),
            time,
            parent_time: tip.time,
        }
    }
}

/// Names the first field in which a header differs from the expected one.
fn compare(header: &Header, expected: &Header) -> Result<(), InvalidBlock> {
    let fields = [
        ("chain id", header.chain_id == expected.chain_id),
        ("height", header.height == expected.height),
        (
            "outcomes root",
            header.outcomes_root == expected.outcomes_root,
        ),
        ("state root", header.state_root == expected.state_root),
        ("history root", header.history_root == expected.history_root),
        (
            "validators hash",
            header.validators_hash == expected.validators_hash,
        ),
        (
            "next validators hash",
            header.next_validators_hash == expected.next_validators_hash,
        ),
        (
            "protocol version",
            header.protocol_version == expected.protocol_version,
        ),
    ];
    match fields.into_iter().find(|(_, same)| !same) {
        Some((field, _)) => Err(InvalidBlock::Differs(field)),
        None if header == expected => Ok(()),
        None => Err(InvalidBlock::Differs("header")),
    }
}

#[cfg(test)]
mod tests;
