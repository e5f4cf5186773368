//! The writer thread: it alone executes blocks and writes the store.

use std::{sync::Arc, thread};

use ed25519_dalek::SigningKey;
use piaolian_base::metrics::Metrics;
use piaolian_contracts::{
    chain::{Address, ChainId, CommitCertificate, Hash, Height},
    upgrades::UnknownVersion,
};
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    Budget, Mempool, OpenedBlock, ProposalOutcome, Proposed, ReceivedBlock, SyncOutcome,
    execution::Executions,
};
use crate::store::{Store, StoreError, Tip};

/// A fault of this machine. The node reports it and stops. A fault never leads to a vote.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database cannot be read or written.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The state cannot be read.
    #[error("{0}")]
    State(#[from] piaolian_contracts::state::Fault),
    /// A quorum decided a block that this node found invalid: this node's
    /// software or state differs from the others'. Nothing was written.
    #[error("block {0} was decided, but this node found it invalid: {1}")]
    DecidedInvalid(Hash, String),
    /// A block was decided whose body this node does not have.
    #[error("block {0} was decided, but its body is not here")]
    BodyMissing(Hash),
    /// Consensus and ledger disagree on the height.
    #[error("consensus asked for height {asked}, but the tip is {tip}")]
    WrongHeight {
        /// The height of consensus.
        asked: u64,
        /// The last committed height.
        tip: u64,
    },
    /// Consensus asked this node to propose, but none of its keys is in the validator set of that height.
    #[error("consensus asked for a proposal, but no key of this node is a validator's")]
    NotAValidator,
    /// The next height has a protocol version that this program does not know.
    #[error(transparent)]
    UnknownVersion(#[from] UnknownVersion),
    /// The writer panicked.
    #[error("the ledger's thread panicked")]
    Panicked,
}

/// A task for the writer.
#[expect(
    clippy::large_enum_variant,
    reason = "few commands exist at a time, and each moves once through the channel"
)]
pub(super) enum Command {
    /// Build a block.
    Propose {
        height: Height,
        round: u32,
        budget: Budget,
        reply: oneshot::Sender<Proposed>,
    },
    /// Validate a proposed block.
    Validate {
        received: Arc<ReceivedBlock>,
        reply: oneshot::Sender<ProposalOutcome>,
    },
    /// Validate a synced block.
    ValidateSynced {
        height: Height,
        round: u32,
        proposer: Address,
        block: OpenedBlock,
        reply: oneshot::Sender<SyncOutcome>,
    },
    /// Commit a decided block.
    Commit {
        certificate: CommitCertificate,
        reply: oneshot::Sender<()>,
    },
}

/// A validator's key, which signs the announcement of a block.
#[derive(Clone)]
pub struct ProposerKey {
    pub(super) address: Address,
    pub(super) key: SigningKey,
}

impl ProposerKey {
    /// Combines a key with its address.
    pub const fn new(address: Address, key: SigningKey) -> Self {
        Self { address, key }
    }
}

/// State of the writer thread.
pub(super) struct Writer {
    pub(super) chain_id: ChainId,
    pub(super) store: Store,
    pub(super) mempool: Arc<Mempool>,
    pub(super) proposers: Vec<ProposerKey>,
    pub(super) executions: Executions,
    pub(super) tips: watch::Sender<Tip>,
    pub(super) member_changes: watch::Sender<Height>,
    pub(super) metrics: Metrics,
}

impl Writer {
    /// Executes one command. The receiver of the reply may be gone, because the engine has moved on.
    fn handle(&mut self, command: Command) -> Result<(), Fault> {
        match command {
            Command::Propose {
                height,
                round,
                budget,
                reply,
            } => {
                let _ = reply.send(self.propose(height, round, budget)?);
            }
            Command::Validate { received, reply } => {
                let _ = reply.send(self.validate(&received)?);
            }
            Command::ValidateSynced {
                height,
                round,
                proposer,
                block,
                reply,
            } => {
                let _ = reply.send(self.validate_synced(height, round, proposer, &block)?);
            }
            Command::Commit { certificate, reply } => {
                self.commit(&certificate)?;
                let _ = reply.send(());
            }
        }
        Ok(())
    }

    /// Returns the tip, if `height` is the height above it.
    pub(super) fn expect_next(&self, height: Height) -> Result<Tip, Fault> {
        let tip = self.store.tip();
        if tip.height.next() == height {
            Ok(tip)
        } else {
            Err(Fault::WrongHeight {
                asked: height.get(),
                tip: tip.height.get(),
            })
        }
    }
}

/// Starts the writer's thread, which ends when its handles are dropped or a fault stops it.
pub(super) fn spawn(
    mut writer: Writer,
    mut commands: mpsc::Receiver<Command>,
    faults: mpsc::Sender<Fault>,
) {
    let reporter = PanicReporter(Some(faults));
    let run = move || {
        let mut reporter = reporter;
        while let Some(command) = commands.blocking_recv() {
            if let Err(fault) = writer.handle(command) {
                tracing::error!(%fault, "ledger stopped by a fault");
                reporter.report(fault);
                return;
            }
        }
        reporter.disarm();
    };
    thread::Builder::new()
        .name("ledger".to_owned())
        .spawn(run)
        .expect("the system gives a thread to a starting node");
}

/// Reports the end of the writer thread, panics included.
struct PanicReporter(Option<mpsc::Sender<Fault>>);

impl PanicReporter {
    fn report(&mut self, fault: Fault) {
        if let Some(faults) = self.0.take() {
            let _ = faults.try_send(fault); // full: another fault is stopping the node already
        }
    }

    fn disarm(&mut self) {
        self.0 = None;
    }
}

impl Drop for PanicReporter {
    fn drop(&mut self) {
        self.report(Fault::Panicked);
    }
}
