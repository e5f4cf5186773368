//! Builds a block on the tip.

use std::time::Instant;

use bytes::Bytes;
use ed25519_dalek::Signer as _;
use piaolian_base::clock;
use piaolian_contracts::{
    chain::{
        Address, Block, Header, Height, Signature,
        block::{BLOCK_BYTES_MAX, outcomes_root, transactions_root},
        header::HEADER_BYTES_MAX,
    },
    execute::{Applied, BlockExecutor, Executed},
    transaction::Verified,
    types::BlockTime,
};

use super::{
    Announcement, Budget, Fault, Proposed,
    execution::Execution,
    state,
    writer::{ProposerKey, Writer},
};
use crate::store::{Proposal, StateUpdate, Tip};

/// Bytes of a block that are available for transactions.
const TRANSACTION_BYTES_MAX: usize = BLOCK_BYTES_MAX - HEADER_BYTES_MAX - 8;

/// The contents of a block to which its header commits.
pub(super) struct Contents<'a> {
    pub(super) height: Height,
    pub(super) time: BlockTime,
    pub(super) proposer: Address,
    pub(super) transactions: &'a [Verified],
    pub(super) executed: &'a Executed,
    pub(super) state: &'a StateUpdate,
}

impl Writer {
    /// Returns this node's block of a round on the tip: the one built earlier, or a new one.
    pub(super) fn propose(
        &mut self,
        height: Height,
        round: u32,
        budget: Budget,
    ) -> Result<Proposed, Fault> {
        let tip = self.expect_next(height)?;
        let validators = state::validators(&self.store)?;
        let mut proposers = self.proposers.iter();
        let proposer = proposers
            .find(|held| validators.by_address(&held.address).is_some())
            .cloned()
            .ok_or(Fault::NotAValidator)?;
        if let Some(proposed) = self.already_proposed(height, round, &proposer)? {
            return Ok(proposed);
        }
        let execution = self.assemble(&tip, proposer.address, budget.deadline())?;
        let announcement = Announcement {
            height,
            round,
            proposer: proposer.address,
            block_bytes: execution.block.len() as u64,
            block_hash: execution.header.hash(),
        };
        let message = announcement.sign_bytes(&self.chain_id);
        let signature = Signature::new(proposer.key.sign(&message).to_bytes());
        self.store
            .save_body(&announcement.proposal(Some(signature)), &execution.block)?;
        let block = execution.block.clone();
        self.executions.insert(announcement.block_hash, execution);
        Ok(Proposed {
            announcement,
            signature,
            block,
        })
    }

    /// Returns the block that was built for this round earlier, also before a restart.
    fn already_proposed(
        &self,
        height: Height,
        round: u32,
        proposer: &ProposerKey,
    ) -> Result<Option<Proposed>, Fault> {
        let built = self
            .store
            .proposals(height)?
            .into_iter()
            .find(|proposal| proposal.round == round && proposal.proposer == proposer.address);
        built.map_or(Ok(None), |proposal| {
            state::signed_body(&self.store, &proposal)
        })
    }

    fn assemble(
        &self,
        tip: &Tip,
        proposer: Address,
        deadline: Instant,
    ) -> Result<Execution, Fault> {
        let time = clock::now().max(tip.time.after_ms(1));
        let view = self.store.state();
        let mut executor = BlockExecutor::begin(&view, self.context(tip, time))?;
        let mut transactions = Vec::new();
        for verified in self.mempool.candidates(TRANSACTION_BYTES_MAX) {
            if Instant::now() >= deadline {
                break;
            }
            match executor.apply(&verified)? {
                Applied::Included(_) => transactions.push(verified),
                Applied::Inadmissible(refused) => {
                    let id = *verified.transaction().id();
                    tracing::debug!(transaction = %id, %refused, "transaction dropped: it can no longer enter a block");
                    self.mempool.remove(&id);
                }
                Applied::Full => break,
            }
        }
        let mut executed = executor.finish()?;
        let state = self.store.prepare(std::mem::take(&mut executed.changes))?;
        let contents = Contents {
            height: tip.height.next(),
            time,
            proposer,
            transactions: &transactions,
            executed: &executed,
            state: &state,
        };
        let header = self.header(tip, &contents);
        let encoded: Vec<Bytes> = transactions
            .iter()
            .map(|verified| verified.transaction().encoded().clone())
            .collect();
        let block = Block {
            header: header.clone(),
            transactions: encoded,
        }
        .encode();
        Ok(Execution {
            header,
            block,
            transactions: ids(&transactions),
            outcomes: executed.outcomes,
            state,
        })
    }

    /// Computes the header of a block with these contents on the tip.
    pub(super) fn header(&self, tip: &Tip, contents: &Contents<'_>) -> Header {
        let executed = contents.executed;
        Header {
            chain_id: self.chain_id.clone(),
            height: contents.height,
            time: contents.time,
            proposer: contents.proposer,
            parent_hash: tip.block_hash,
            transactions_root: transactions_root(contents.transactions.iter().map(|verified| {
                let transaction = verified.transaction();
                (transaction.id(), transaction.signature())
            })),
            outcomes_root: outcomes_root(&executed.outcomes),
            state_root: contents.state.root(),
            history_root: tip.peaks.root(),
            validators_hash: executed.validators_hash,
            next_validators_hash: executed.next_validators_hash,
            protocol_version: executed.protocol_version,
        }
    }
}

/// Returns the transactions' ids, in order.
pub(super) fn ids(transactions: &[Verified]) -> Vec<piaolian_contracts::chain::Hash> {
    transactions
        .iter()
        .map(|verified| *verified.transaction().id())
        .collect()
}

impl Announcement {
    /// Returns the store's record of the announced block.
    pub(super) fn proposal(&self, signature: Option<Signature>) -> Proposal {
        Proposal {
            height: self.height,
            round: self.round,
            block_hash: self.block_hash,
            proposer: self.proposer,
            parts_signature: signature,
        }
    }
}
