//! The ledger: admits transactions, proposes, validates and commits blocks, and alone writes the store.
//!
//! ```text
//!             consensus                               clients, peers
//!   propose │ validate │ commit                          │ submit
//!           ▼                                            ▼
//!   ┌──── writer (one thread) ─────┐            ┌── admission (one thread) ──┐
//!   │ assemble ─► execute ─► cache │ candidates │ decode ─► admit ─► verify  │
//!   │ validate ─► execute ─► cache │◄───────────┤            ─► mempool      │
//!   │ commit   ─► cache ─► store   │──outcomes─►│                            │
//!   └──────────────┬───────────────┘            └────────────────────────────┘
//!                  ▼
//!         store: body (synced before the vote), commit batch (synced before the answer) ──► ChainView: all readers
//! ```
//!
//! A node normally executes a block once: the result is cached by block hash, and committing only writes it. A decided
//! block whose result is no longer cached, for example after a restart, is executed again.
//!
//! The module `store` is private. [`Ledger::start`] takes the only [`Store`], which can write; all others get a
//! [`ChainView`], which can only read. The compiler therefore guarantees a single writer.
//!
//! Invalidity and faults are different types. [`Validity`] and [`SubmitError`] are answers about a block or a
//! transaction; a [`Fault`] is a failure of this machine, which stops the node.

mod admission;
mod announcement;
mod assemble;
mod commit;
mod execution;
mod mempool;
mod peers;
mod received;
mod relay;
mod state;
mod store;
mod validate;
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
pub use mempool::{CommittedOutcome, Mempool, Origin, PoolError};
pub use peers::LedgerPeer;
pub use received::{NotTheBlock, OpenedBlock, ReceivedBlock};
pub use relay::Relay;
pub use store::{
    ChainIdentity, ChainView, CommittedBlock, DecodedBlock, HISTORY_PAGE_MAX, Location, Occurrence,
    Proposal, Proven, StateView, Store, StoreError, Tip, UNDO_HEIGHTS,
};
pub use writer::{Fault, ProposerKey};

/// A block proposed by this node.
#[derive(Clone, Debug)]
pub struct Proposed {
    /// The announcement.
    pub announcement: Announcement,
    /// The proposer's signature over the announcement.
    pub signature: Signature,
    /// The encoded block.
    pub block: Bytes,
}

/// Time limits for building a block.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Longest time once building has begun.
    pub time: Duration,
    /// Latest end, however late building begins.
    pub until: Instant,
}

impl Budget {
    /// Returns the end if building begins now.
    fn deadline(&self) -> Instant {
        self.until.min(Instant::now() + self.time)
    }
}

/// Whether a block is valid. It depends on the block and its parent only, so it never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Validity {
    /// The block follows from its parent exactly.
    Valid,
    /// It does not. The reason is for the log.
    Invalid(String),
}

/// Outcome of validating a proposed block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProposalOutcome {
    /// The block was validated, now or earlier.
    Validated(Validity),
    /// Its time is ahead of this node's clock. Try again after this time.
    Early(Duration),
    /// Its height is not the one above the tip.
    Stale,
}

/// Outcome of validating a synced block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncOutcome {
    /// The block is valid and has this hash.
    Valid(Hash),
    /// The bytes are not a block of the requested height.
    NotTheBlock,
    /// The requested height is not the one above the tip.
    Stale,
}

/// Reason why the ledger does not answer.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The node is stopping. The composition root reports the fault that stops it.
    #[error("the ledger has stopped")]
    Stopped,
    /// Reading failed: a fault of this machine.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A handle on the ledger's writer thread.
#[derive(Clone)]
pub struct Ledger {
    chain_id: ChainId,
    view: ChainView,
    commands: mpsc::Sender<writer::Command>,
    tips: watch::Receiver<Tip>,
    member_changes: watch::Receiver<Height>,
    mempool: Arc<Mempool>,
    metrics: Metrics,
}

/// Commands that may wait for the writer. Consensus sends one at a time.
const COMMANDS_MAX: usize = 64;

impl Ledger {
    /// Starts the writer thread, which ends when the last clone of the `Ledger` is dropped. To propose, the writer uses
    /// the key among `proposers` that is in the validator set of the height. A fault that stops the writer is sent to
    /// `faults`.
    pub fn start(
        chain_id: ChainId,
        store: Store,
        mempool: Arc<Mempool>,
        proposers: impl IntoIterator<Item = ProposerKey>,
        metrics: Metrics,
        faults: mpsc::Sender<Fault>,
    ) -> Self {
        let (commands, received) = mpsc::channel(COMMANDS_MAX);
        let view = ChainView::clone(&store);
        let (announce, tips) = watch::channel(store.tip());
        let (changed, member_changes) = watch::channel(store.tip().height);
        writer::spawn(
            writer::Writer {
                chain_id: chain_id.clone(),
                store,
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
            view,
            commands,
            tips,
            member_changes,
            mempool,
            metrics,
        }
    }

    /// Returns the chain's id.
    pub const fn chain_id(&self) -> &ChainId {
        &self.chain_id
    }

    /// Returns read access to the chain.
    pub const fn view(&self) -> &ChainView {
        &self.view
    }

    /// Returns the pool of waiting transactions.
    pub const fn mempool(&self) -> &Arc<Mempool> {
        &self.mempool
    }

    /// Watches the last committed block.
    pub fn tips(&self) -> watch::Receiver<Tip> {
        self.tips.clone()
    }

    /// Watches the last height that changed an organisation's record, and with it possibly the membership.
    pub fn member_changes(&self) -> watch::Receiver<Height> {
        self.member_changes.clone()
    }

    /// Returns the peers that may connect as of the block above the tip. Also returns the first later height at which a
    /// key's period begins or ends, because that changes the peers without a transaction.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn peers(&self) -> Result<(Vec<LedgerPeer>, Option<Height>), LedgerError> {
        Ok(peers::peers(&self.view)?)
    }

    /// Returns the last committed block.
    pub fn tip(&self) -> Tip {
        self.view.tip()
    }

    /// Returns the validators of the next block.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn validators(&self) -> Result<ValidatorSet, LedgerError> {
        Ok(state::validators(&self.view)?)
    }

    /// Checks that this program knows the protocol version of the next block.
    ///
    /// # Errors
    /// When it does not know the version, or the state cannot be read.
    pub fn check_version(&self) -> Result<(), LedgerError> {
        Ok(versions::check(&self.view)?)
    }

    /// Logs a warning for each coming protocol version that this program does not know.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn warn_of_unknown_version(&self) -> Result<(), LedgerError> {
        Ok(versions::warn_of_unknown(&self.view)?)
    }

    /// Returns the parameters of the next block.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn parameters(&self) -> Result<Parameters, LedgerError> {
        Ok(state::parameters(&self.view)?)
    }

    /// Returns the valid blocks of an undecided height.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn undecided(&self, height: Height) -> Result<Vec<Proposal>, LedgerError> {
        Ok(self.view.proposals(height).map_err(Fault::from)?)
    }

    /// Returns an undecided block with its proposer's signature, for streaming it again. `None` when this node does not
    /// have it, or received it by sync and therefore without that signature.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn stored_proposal(&self, hash: &Hash) -> Result<Option<Proposed>, LedgerError> {
        Ok(state::stored_proposal(&self.view, hash)?)
    }

    /// Returns this node's block of a round on the tip: the one built earlier, or a new one.
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

    /// Validates a proposed block. A valid one is stored before this returns.
    ///
    /// # Errors
    /// When the ledger has stopped.
    pub async fn validate(
        &self,
        received: Arc<ReceivedBlock>,
    ) -> Result<ProposalOutcome, LedgerError> {
        self.ask(|reply| writer::Command::Validate { received, reply })
            .await
    }

    /// Validates a synced block. The caller has verified its certificate, which names the block's hash. If this node
    /// finds the block invalid, the fault is its own, and it stops.
    ///
    /// # Errors
    /// When the ledger has stopped.
    pub async fn validate_synced(
        &self,
        height: Height,
        round: u32,
        proposer: Address,
        block: OpenedBlock,
    ) -> Result<SyncOutcome, LedgerError> {
        self.ask(|reply| writer::Command::ValidateSynced {
            height,
            round,
            proposer,
            block,
            reply,
        })
        .await
    }

    /// Commits the block that the certificate decides. Returns once it is on disk.
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
