//! Proposes, validates, commits and recovers blocks: the only writer of the store.
//!
//! ```text
//!             consensus                               clients, peers
//!   propose │ validate │ commit                          │ submit
//!           ▼                                            ▼
//!   ┌──── writer (one thread) ─────┐            ┌── admission (one thread) ──┐
//!   │ assemble ─► execute ─► cache │ candidates │ decode ─► admit ─► verify  │
//!   │ judge    ─► execute ─► cache │◄───────────┤            ─► mempool      │
//!   │ commit   ─► cache ─► store   │──settle───►│                            │
//!   └──────────────┬───────────────┘            └────────────────────────────┘
//!                  ▼
//!         store: body (synced, before the vote), commit batch (synced, before the answer)
//! ```
//!
//! A block is executed once on each node: what execution gave is cached by block
//! hash, and committing only writes it.
//!
//! Two kinds of trouble never mix: a *verdict* (the block or transaction is
//! wrong) is an answer; a [`Fault`] (this machine is in trouble) stops the node.

mod admission;
mod announcement;
mod assemble;
mod commit;
mod execution;
mod judge;
#[cfg(test)]
mod judge_tests;
mod members;
mod mempool;
mod received;
mod relay;
mod state;
mod store;
mod versions;
mod writer;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use piaolian_base::metrics::Metrics;
use piaolian_contracts::{
    chain::{Address, ChainId, CommitCertificate, Hash, Height, Signature, ValidatorSet},
    parameters::Parameters,
};
use tokio::sync::{mpsc, oneshot, watch};

pub use admission::{Admission, SubmitError, Submitted};
pub use announcement::Announcement;
pub use members::LedgerMember;
pub use mempool::{CommittedOutcome, Mempool, Origin, PoolError};
pub use received::{NotTheBlock, OpenedBlock, Received};
pub use relay::Relay;
pub use store::{
    CommittedBlock, HISTORY_PAGE_MAX, Identity, Location, Occurrence, Proposal, Proven, StateView,
    Store, StoreError, Tip, UNDO_HEIGHTS,
};
pub use writer::{Fault, ProposerKey};

/// A block that this node proposes.
#[derive(Clone, Debug)]
pub struct Proposed {
    /// What is signed about it.
    pub announcement: Announcement,
    /// The proposer's signature over that.
    pub signature: Signature,
    /// The encoded block.
    pub block: Bytes,
}

/// How long building a block may take.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Once it is begun.
    pub time: Duration,
    /// However late it is begun.
    pub until: Instant,
}

impl Budget {
    /// When it is over if building begins now.
    fn deadline(&self) -> Instant {
        self.until.min(Instant::now() + self.time)
    }
}

/// What this node thinks of a block: the same whenever it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It follows from its parent exactly.
    Valid,
    /// It does not; the reason is for the log.
    Invalid(String),
}

/// What came of a block that a proposer streamed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It was judged, now or before.
    Judged(Verdict),
    /// Its time is ahead of this node's clock: it is to be asked again after this long.
    Early(Duration),
    /// That height is not the one above the tip.
    Stale,
}

/// What came of a block that sync brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncVerdict {
    /// It is the block of that height with this hash, and follows from its parent.
    Valid(Hash),
    /// The bytes are no block of that height, or not what its header commits to.
    NotTheBlock,
    /// That height is not the one above the tip.
    Stale,
}

/// Why the ledger does not answer.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The node is stopping; the fault that stops it is reported by the supervisor.
    #[error("the ledger has stopped")]
    Stopped,
    /// Reading failed: trouble of this machine.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A handle on the ledger's writer.
#[derive(Clone)]
pub struct Ledger {
    chain_id: ChainId,
    store: Store,
    commands: mpsc::Sender<writer::Command>,
    tips: watch::Receiver<Tip>,
    member_changes: watch::Receiver<Height>,
    mempool: Arc<Mempool>,
    metrics: Metrics,
}

/// Commands that may wait for the writer; consensus sends one at a time.
const COMMANDS_MAX: usize = 64;

impl Ledger {
    /// Starts the writer on its own thread, which ends with its last handle. Of the
    /// `proposers` keys it uses the one that the validator set of a height has.
    /// `faults` hears of the fault that stops it.
    #[must_use]
    pub fn start(
        chain_id: ChainId,
        store: Store,
        mempool: Arc<Mempool>,
        proposers: impl IntoIterator<Item = ProposerKey>,
        metrics: Metrics,
        faults: mpsc::Sender<Fault>,
    ) -> Self {
        let (commands, received) = mpsc::channel(COMMANDS_MAX);
        let (announce, tips) = watch::channel(store.tip());
        let (changed, member_changes) = watch::channel(store.tip().height);
        writer::spawn(
            writer::Writer {
                chain_id: chain_id.clone(),
                store: store.clone(),
                mempool: mempool.clone(),
                proposers: proposers.into_iter().collect(),
                executions: execution::Executions::default(),
                tips: announce,
                member_changes: changed,
                metrics: metrics.clone(),
            },
            received,
            faults,
        );
        Self {
            chain_id,
            store,
            commands,
            tips,
            member_changes,
            mempool,
            metrics,
        }
    }

    /// The chain this ledger keeps.
    #[must_use]
    pub const fn chain_id(&self) -> &ChainId {
        &self.chain_id
    }

    /// Read access to what is committed.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// What waits for a block.
    #[must_use]
    pub const fn mempool(&self) -> &Arc<Mempool> {
        &self.mempool
    }

    /// The latest committed block, as it changes.
    #[must_use]
    pub fn tips(&self) -> watch::Receiver<Tip> {
        self.tips.clone()
    }

    /// The last height that changed an organisation, and so perhaps who may connect.
    #[must_use]
    pub fn member_changes(&self) -> watch::Receiver<Height> {
        self.member_changes.clone()
    }

    /// Who belongs to the network as of the block above the tip, and the height
    /// from which the life of a key changes that by itself.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn members(&self) -> Result<(Vec<LedgerMember>, Option<Height>), LedgerError> {
        Ok(members::members(&self.store)?)
    }

    /// The latest committed block.
    #[must_use]
    pub fn tip(&self) -> Tip {
        self.store.tip()
    }

    /// The validators of the next block.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn validators(&self) -> Result<ValidatorSet, LedgerError> {
        Ok(state::validators(&self.store)?)
    }

    /// Whether this program knows the protocol version of the next block.
    ///
    /// # Errors
    /// When it does not, or the state cannot be read.
    pub fn check_version(&self) -> Result<(), LedgerError> {
        Ok(versions::check(&self.store)?)
    }

    /// Says in the log when a version that this program does not know is set for a
    /// height to come.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn warn_of_unknown_version(&self) -> Result<(), LedgerError> {
        Ok(versions::warn_of_unknown(&self.store)?)
    }

    /// The parameters that the next block is executed with.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn parameters(&self) -> Result<Parameters, LedgerError> {
        Ok(state::parameters(&self.store)?)
    }

    /// The blocks of an undecided height that were judged, with their verdicts.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn undecided(&self, height: Height) -> Result<Vec<Proposal>, LedgerError> {
        Ok(self.store.proposals(height).map_err(Fault::from)?)
    }

    /// An undecided block with its proposer's signature, to be streamed again.
    /// `None` when it is not here, or came by sync and so without that signature.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn stored_proposal(&self, hash: &Hash) -> Result<Option<Proposed>, LedgerError> {
        Ok(state::stored_proposal(&self.store, hash)?)
    }

    /// Builds the block of a round on the tip, or finds the one already built for it.
    ///
    /// # Errors
    /// When the ledger has stopped.
    pub async fn propose(
        &self,
        height: Height,
        round: u32,
        budget: Budget,
    ) -> Result<Proposed, LedgerError> {
        self.ask(|reply| writer::Command::Propose {
            height,
            round,
            budget,
            reply,
        })
        .await
    }

    /// Judges a proposed block; a valid one is kept with its verdict.
    ///
    /// # Errors
    /// When the ledger has stopped.
    pub async fn judge(&self, received: Arc<Received>) -> Result<Judgement, LedgerError> {
        self.ask(|reply| writer::Command::Judge { received, reply })
            .await
    }

    /// Judges a block that sync brought with a certificate, which is verified and names
    /// the block's hash: for this node to find it invalid is a fault that stops it.
    ///
    /// # Errors
    /// When the ledger has stopped.
    pub async fn judge_synced(
        &self,
        height: Height,
        round: u32,
        proposer: Address,
        block: OpenedBlock,
    ) -> Result<SyncVerdict, LedgerError> {
        self.ask(|reply| writer::Command::JudgeSynced {
            height,
            round,
            proposer,
            block,
            reply,
        })
        .await
    }

    /// Commits the certified block: returns once it is on disk.
    ///
    /// # Errors
    /// When the ledger has stopped.
    pub async fn commit(&self, certificate: CommitCertificate) -> Result<(), LedgerError> {
        let decided = Instant::now();
        self.ask(|reply| writer::Command::Commit { certificate, reply })
            .await?;
        self.metrics.commit_took(decided.elapsed());
        Ok(())
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<T>) -> writer::Command,
    ) -> Result<T, LedgerError> {
        let (reply, answer) = oneshot::channel();
        self.commands
            .send(command(reply))
            .await
            .map_err(|_| LedgerError::Stopped)?;
        answer.await.map_err(|_| LedgerError::Stopped)
    }
}
