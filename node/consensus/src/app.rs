//! The application side of the engine: answers its messages with the ledger.
//!
//! ```text
//!   engine ──AppMsg──► App ──► ledger (propose, validate, commit)
//!      ▲                │ ▲
//!      └── last part ◄──┘ └── parts ── network
//! ```
//!
//! The engine awaits some replies inside its actor (`StartedRound`, `ReceivedProposalPart`), so they must be fast.
//! Parts of other proposers' blocks therefore come here directly from the network. Once such a block is validated and
//! on disk, the app loop passes its last part to the engine. The engine then asks for the value, and the reply is
//! ready. Replies for which the ledger needs time run in tasks of their own.

use std::time::{Duration, Instant};

use arc_malachitebft_app_channel::{
    AppMsg, Channels, NetworkMsg, Reply,
    app::{
        consensus::VoteExtensionError,
        engine::host::{Next, SyncedValueOutcome},
        types::{
            LocallyProposedValue, ProposedValue,
            core::{CommitCertificate, Height as _, HeightParams, Round, Validity},
        },
    },
};
use bytes::Bytes;
use futures::future::BoxFuture;
use piaolian_contracts::chain;
use piaolian_ledger::{Budget, Ledger, LedgerError, OpenedBlock, Proposed, SyncOutcome};
use tokio::{
    sync::mpsc,
    task::{self, JoinError, JoinSet},
};

use super::{
    codec::committed,
    context::{EngineTypes, timeouts},
    height_start::HeightStart,
    inbound::{Inbound, InboundPart},
    streams::split_into_parts,
    types::{Address, BlockId, Height, ProposalFin, ProposalInit, ValidatorSet, round_number},
    validator_role::ValidatorRole,
};

/// Divisor of the time that `GetValue` allows: executing transactions may take a quarter of it. The rest is for sending
/// the block and for the votes.
const EXECUTE_SHARE: u32 = 4;

/// Divisor of the same time: building ends after half of it, even if it began late.
const BUILD_SHARE: u32 = 2;

/// Reason why the loop ended.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The engine closed its channel: it has stopped, or hangs after a corrupt write-ahead log.
    #[error("the consensus engine has stopped")]
    EngineStopped,
    /// The ledger stopped; its own fault has the reason.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A task of the loop panicked.
    #[error("consensus ended unexpectedly: {0}")]
    Panicked(#[from] JoinError),
}

/// The message loop between engine and ledger.
pub struct App {
    ledger: Ledger,
    channels: Channels<EngineTypes>,
    inbound: Inbound,
    height_start: HeightStart,
    /// The role for which the engine was started.
    role: ValidatorRole,
    /// Replies in progress, which end with the loop.
    replying: JoinSet<Result<Replied, LedgerError>>,
}

/// Result of a reply task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Replied {
    /// The engine has the reply.
    Done,
    /// This node has another role at the next height, so the engine must not begin it.
    RoleChanged,
}

impl App {
    /// Creates the loop between the engine's channels, the network's parts and the ledger.
    pub fn new(
        ledger: Ledger,
        channels: Channels<EngineTypes>,
        parts: mpsc::Receiver<InboundPart>,
        height_start: HeightStart,
        role: ValidatorRole,
    ) -> Self {
        Self {
            inbound: Inbound::new(ledger.clone(), parts),
            ledger,
            channels,
            height_start,
            role,
            replying: JoinSet::new(),
        }
    }

    /// Serves the engine until the engine or the ledger stops, which is an error, or until a height at which the
    /// organisation has another role among the validators.
    ///
    /// # Errors
    /// When the engine or the ledger stops: a node without consensus is a failed node.
    #[must_use]
    pub fn run(self) -> BoxFuture<'static, Result<(), AppError>> {
        Box::pin(self.serve_engine())
    }

    async fn serve_engine(mut self) -> Result<(), AppError> {
        loop {
            tokio::select! {
                message = self.channels.consensus.recv() => {
                    self.handle(message.ok_or(AppError::EngineStopped)?)?;
                }
                Some(replied) = self.replying.join_next() => match replied?? {
                    Replied::Done => {}
                    Replied::RoleChanged => return Ok(()),
                },
                advanced = self.inbound.advance() => advanced??,
            }
        }
    }

    /// Answers one message. If nobody receives a reply, the engine has moved on or is stopping. When it stops, its
    /// channel closes too.
    fn handle(&mut self, message: AppMsg<EngineTypes>) -> Result<(), AppError> {
        match message {
            AppMsg::ConsensusReady { reply } => {
                let (height, validators) = next_height(&self.ledger)?;
                let _ = reply.send((height, params(&validators)));
            }
            AppMsg::StartedRound {
                height,
                round,
                reply_value,
                ..
            } => {
                let _ = reply_value.send(self.started_round(height, round)?);
            }
            AppMsg::GetValue {
                height,
                round,
                timeout,
                reply,
            } => {
                self.propose(height, round, timeout, reply);
            }
            AppMsg::ReceivedProposalPart { part, reply, .. } => {
                let _ = reply.send(self.inbound.value_of(&part));
            }
            AppMsg::RestreamProposal { value_id, .. } => {
                if let Some(proposed) = self.ledger.stored_proposal(&value_id.0)? {
                    let network = self.channels.network.clone();
                    self.replying.spawn(async move {
                        publish(&network, &proposed).await;
                        Ok(Replied::Done)
                    });
                }
            }
            AppMsg::Decided {
                certificate, reply, ..
            } => {
                self.commit(&certificate, reply);
            }
            AppMsg::Finalized {
                certificate,
                evidence,
                reply,
                ..
            } => {
                if !evidence.is_empty() {
                    tracing::warn!(height = %certificate.height, ?evidence, "validator signed two messages of one height, round and step");
                }
                self.begin_next(certificate.height, reply);
            }
            AppMsg::ProcessSyncedValue {
                height,
                round,
                proposer,
                value_bytes,
                reply,
            } => {
                let ledger = self.ledger.clone();
                self.replying.spawn(async move {
                    let outcome = validate_synced(ledger, height, round, proposer, value_bytes);
                    let _ = reply.send(outcome.await?);
                    Ok(Replied::Done)
                });
            }
            AppMsg::GetHistoryMinHeight { reply } => {
                let _ = reply.send(Height::INITIAL);
            }
            // The network serves sync requests from the store, so none arrives here.
            AppMsg::GetDecidedValues { reply, .. } => {
                let _ = reply.send(Vec::new());
            }
            // This chain uses no vote extensions.
            AppMsg::ExtendVote { reply, .. } => {
                let _ = reply.send(None);
            }
            AppMsg::VerifyVoteExtensions {
                extensions, reply, ..
            } => {
                let refuse =
                    |(address, ())| (address, Err(VoteExtensionError::InvalidVoteExtension));
                let _ = reply.send(extensions.into_iter().map(refuse).collect());
            }
        }
        Ok(())
    }

    /// Notes the start of a round. Returns its blocks that were validated before a restart.
    fn started_round(
        &mut self,
        height: Height,
        round: Round,
    ) -> Result<Vec<ProposedValue<EngineTypes>>, LedgerError> {
        self.inbound.begin_round(height, round_number(round));
        self.undecided(height, round)
    }

    /// Builds a block in a task, replies with it and streams it.
    fn propose(
        &mut self,
        height: Height,
        round: Round,
        timeout: Duration,
        reply: Reply<LocallyProposedValue<EngineTypes>>,
    ) {
        let (ledger, network) = (self.ledger.clone(), self.channels.network.clone());
        let budget = Budget {
            time: timeout / EXECUTE_SHARE,
            until: Instant::now() + timeout / BUILD_SHARE,
        };
        self.replying.spawn(async move {
            let number = chain::Height::new(height.as_u64());
            let proposed = ledger.propose(number, round_number(round), budget).await?;
            let value = BlockId(proposed.announcement.block_hash);
            let _ = reply.send(LocallyProposedValue::new(height, round, value));
            publish(&network, &proposed).await;
            Ok(Replied::Done)
        });
    }

    /// Commits in a task.
    fn commit(&mut self, certificate: &CommitCertificate<EngineTypes>, reply: Reply<()>) {
        let (ledger, certificate) = (self.ledger.clone(), committed(certificate));
        self.replying.spawn(async move {
            ledger.commit(certificate).await?;
            let _ = reply.send(());
            Ok(Replied::Done)
        });
    }

    /// Begins the next height once the decided one is committed and [`HeightStart`] allows it.
    fn begin_next(&mut self, decided: Height, reply: Reply<Next<EngineTypes>>) {
        let (ledger, mut height_start) = (self.ledger.clone(), self.height_start.clone());
        let role = self.role.clone();
        self.replying.spawn(async move {
            let mut tips = ledger.tips();
            let committed = tips.wait_for(|tip| tip.height.get() >= decided.as_u64());
            drop(committed.await.map_err(|_| LedgerError::Stopped)?);
            let (height, validators) = next_height(&ledger)?;
            if !role.is_same_in(&validators) {
                tracing::info!(%height, "validator set changed for this organisation; restarting consensus");
                return Ok(Replied::RoleChanged);
            }
            height_start.wait(&ledger, decided.as_u64()).await?;
            let _ = reply.send(Next::Start(height, params(&validators)));
            Ok(Replied::Done)
        });
    }

    /// Returns the blocks of this round that were validated before a restart.
    fn undecided(
        &self,
        height: Height,
        round: Round,
    ) -> Result<Vec<ProposedValue<EngineTypes>>, LedgerError> {
        let stored = self.ledger.undecided(chain::Height::new(height.as_u64()))?;
        Ok(stored
            .into_iter()
            .filter(|proposal| Round::new(proposal.round) == round)
            .map(|proposal| ProposedValue {
                height,
                round,
                valid_round: Round::Nil,
                proposer: Address(proposal.proposer),
                value: BlockId(proposal.block_hash),
                validity: Validity::Valid, // no others are stored
            })
            .collect())
    }
}

async fn publish(network: &mpsc::Sender<NetworkMsg<EngineTypes>>, proposed: &Proposed) {
    let announcement = &proposed.announcement;
    let init = ProposalInit {
        height: Height::new(announcement.height.get()),
        round: announcement.round,
        proposer: Address(announcement.proposer),
        block_bytes: announcement.block_bytes,
    };
    let fin = ProposalFin {
        block: BlockId(announcement.block_hash),
        signature: proposed.signature,
    };
    for message in split_into_parts(init, &proposed.block, fin) {
        if network
            .send(NetworkMsg::PublishProposalPart(message))
            .await
            .is_err()
        {
            return; // the network stops with the engine
        }
    }
}

async fn validate_synced(
    ledger: Ledger,
    height: Height,
    round: Round,
    proposer: Address,
    bytes: Bytes,
) -> Result<SyncedValueOutcome<EngineTypes>, LedgerError> {
    let chain_id = ledger.chain_id().clone();
    let open = move || OpenedBlock::open(bytes, &chain_id);
    let opened = task::spawn_blocking(open).await;
    let block = match opened.map_err(|_| LedgerError::Stopped)? {
        Ok(block) => block,
        Err(error) => {
            tracing::warn!(%height, %error, "peer sent an invalid synced block");
            return Ok(SyncedValueOutcome::PeerFault);
        }
    };
    let number = chain::Height::new(height.as_u64());
    let validity = ledger
        .validate_synced(number, round_number(round), proposer.0, block)
        .await?;
    Ok(match validity {
        SyncOutcome::Valid(hash) => SyncedValueOutcome::Verdict(ProposedValue {
            height,
            round,
            valid_round: Round::Nil,
            proposer,
            value: BlockId(hash),
            validity: Validity::Valid,
        }),
        SyncOutcome::NotTheBlock => SyncedValueOutcome::PeerFault,
        SyncOutcome::Stale => SyncedValueOutcome::LocalTransientError,
    })
}

/// Returns the height above the tip with its validators. Fails when this program does not know that height's protocol
/// version.
fn next_height(ledger: &Ledger) -> Result<(Height, chain::ValidatorSet), LedgerError> {
    ledger.check_version()?;
    let height = Height::new(ledger.tip().height.next().get());
    Ok((height, ledger.validators()?))
}

/// Returns the engine's parameters of a height.
fn params(validators: &chain::ValidatorSet) -> HeightParams<EngineTypes> {
    HeightParams::new(ValidatorSet::from(validators), timeouts(), None)
}
