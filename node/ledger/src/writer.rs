//! The one thread that executes and writes.

use std::{sync::Arc, thread};

use ed25519_dalek::SigningKey;
use piaolian_base::metrics::Metrics;
use piaolian_contracts::{
    chain::{Address, ChainId, CommitCertificate, Hash, Height},
    upgrades::UnknownVersion,
};
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    Budget, Judgement, Mempool, OpenedBlock, Proposed, Received, SyncVerdict, execution::Executions,
};
use crate::store::{Store, StoreError, Tip};

/// Trouble of this machine: the node stops and says so; it never votes on it.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database cannot be read or written.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The state cannot be read.
    #[error("{0}")]
    State(#[from] piaolian_contracts::state::Fault),
    /// A quorum decided a block that this node judged invalid: this node's
    /// software or state differs from the others'. Nothing was written.
    #[error("block {0} was decided, but this node judged it invalid: {1}")]
    DecidedInvalid(Hash, String),
    /// A block was decided whose body this node does not have.
    #[error("block {0} was decided, but its body is not here")]
    BodyMissing(Hash),
    /// Consensus and ledger do not agree on the height.
    #[error("height {asked} was asked for, but the tip is {tip}")]
    WrongHeight {
        /// What consensus works on.
        asked: u64,
        /// What is committed.
        tip: u64,
    },
    /// Consensus asked this node to propose, but it holds no key of a validator of that height.
    #[error("asked to propose a block without a validator's key")]
    NotAValidator,
    /// The chain goes on by rules that this program does not have.
    #[error(transparent)]
    UnknownVersion(#[from] UnknownVersion),
    /// The writer panicked.
    #[error("the ledger's thread ended unexpectedly")]
    Panicked,
}

/// What the writer does, one at a time.
pub(super) enum Command {
    /// Build a block.
    Propose {
        height: Height,
        round: u32,
        budget: Budget,
        reply: oneshot::Sender<Proposed>,
    },
    /// Judge a proposed block.
    Judge {
        received: Arc<Received>,
        reply: oneshot::Sender<Judgement>,
    },
    /// Judge a synced block.
    JudgeSynced {
        height: Height,
        round: u32,
        proposer: Address,
        block: OpenedBlock,
        reply: oneshot::Sender<SyncVerdict>,
    },
    /// Commit a decided block.
    Commit {
        certificate: CommitCertificate,
        reply: oneshot::Sender<()>,
    },
}

/// What a validator needs to propose: its key signs the announcement of a block.
#[derive(Clone)]
pub struct ProposerKey {
    pub(super) address: Address,
    pub(super) key: SigningKey,
}

impl ProposerKey {
    /// The key with its address.
    #[must_use]
    pub const fn new(address: Address, key: SigningKey) -> Self {
        Self { address, key }
    }
}

/// The writer's state.
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
    /// A reply nobody waits for any more is no trouble: the engine moved on.
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
            Command::Judge { received, reply } => {
                let _ = reply.send(self.judge(&received)?);
            }
            Command::JudgeSynced {
                height,
                round,
                proposer,
                block,
                reply,
            } => {
                let _ = reply.send(self.judge_synced(height, round, proposer, &block)?);
            }
            Command::Commit { certificate, reply } => {
                self.commit(&certificate)?;
                let _ = reply.send(());
            }
        }
        Ok(())
    }

    /// The height that a block on the tip has, when that is what is asked for.
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

/// Runs the writer until its handles are gone or a fault stops it.
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
                tracing::error!(%fault, "the ledger stops");
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

/// Tells of the writer's end also when it ends by a panic.
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
