//! The engine's one counterpart: what it asks, the ledger answers.
//!
//! ```text
//!   engine ──AppMsg──► App ──► ledger (propose, judge, commit)
//!      ▲                │ ▲
//!      └── last part ◄──┘ └── parts ── network
//! ```
//!
//! The engine awaits some replies inside its actor (`StartedRound`,
//! `ReceivedProposalPart`), so nothing slow may sit behind those. Parts of others'
//! blocks therefore come here straight from the network; once such a block is judged
//! and on disk, its last part goes to the engine, which asks for the value, which is
//! ready. What the ledger takes time for is answered from a task of its own.

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
use piaolian_contracts::chain;
use piaolian_ledger::{Budget, Ledger, LedgerError, OpenedBlock, Proposed, SyncVerdict};
use tokio::{
    sync::mpsc,
    task::{self, JoinError, JoinSet},
};

use super::{
    codec::committed,
    context::{Consensus, timeouts},
    inbound::{Deliver, Inbound, InboundPart},
    pace::Pace,
    standing::Standing,
    streams::cut,
    types::{Address, BlockId, Height, ProposalFin, ProposalInit, ValidatorSet, round_number},
};

/// The share of `GetValue`'s time that goes into executing: a quarter. The rest is for sending the block and for votes.
const EXECUTE_SHARE: u32 = 4;

/// The part of it after which nothing more is taken into a block, however late it was begun.
const BUILD_SHARE: u32 = 2;

/// Why the loop ended.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The engine closed its channel: it has stopped, or hangs after a corrupt write-ahead log.
    #[error("the consensus engine has stopped")]
    EngineStopped,
    /// The ledger stopped; its own fault says why.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A task of the loop panicked.
    #[error("consensus ended unexpectedly: {0}")]
    Panicked(#[from] JoinError),
}

/// The loop's state.
pub struct App<D> {
    ledger: Ledger,
    channels: Channels<Consensus>,
    inbound: Inbound<D>,
    pace: Pace,
    /// As the engine was started for.
    standing: Standing,
    /// Replies that wait for the ledger or for the pace; they end with the loop.
    replying: JoinSet<Result<Replied, LedgerError>>,
}

/// What came of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Replied {
    /// The engine has it.
    Done,
    /// The next height has another part for this node, so that the engine does not begin it.
    OtherPart,
}

impl<D: Deliver> App<D> {
    /// A loop between the engine's channels, the network's parts and the ledger.
    #[must_use]
    pub fn new(
        ledger: Ledger,
        channels: Channels<Consensus>,
        parts: mpsc::Receiver<InboundPart<D>>,
        pace: Pace,
        standing: Standing,
    ) -> Self {
        Self {
            inbound: Inbound::new(ledger.clone(), parts),
            ledger,
            channels,
            pace,
            standing,
            replying: JoinSet::new(),
        }
    }

    /// Serves the engine until it or the ledger stops, or until a height comes at which the
    /// organisation stands elsewhere among the validators.
    ///
    /// # Errors
    /// When either stops: a node without consensus is a failed node.
    pub async fn run(mut self) -> Result<(), AppError> {
        loop {
            tokio::select! {
                message = self.channels.consensus.recv() => {
                    self.handle(message.ok_or(AppError::EngineStopped)?)?;
                }
                Some(replied) = self.replying.join_next() => match replied?? {
                    Replied::Done => {}
                    Replied::OtherPart => return Ok(()),
                },
                advanced = self.inbound.advance() => advanced??,
            }
        }
    }

    /// A reply that nobody awaits any more means that the engine moved on or is
    /// stopping, which the channel's end will tell.
    fn handle(&mut self, message: AppMsg<Consensus>) -> Result<(), AppError> {
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
                    tracing::warn!(height = %certificate.height, ?evidence, "equivocation");
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
                    let outcome = judge_synced(ledger, height, round, proposer, value_bytes);
                    let _ = reply.send(outcome.await?);
                    Ok(Replied::Done)
                });
            }
            AppMsg::GetHistoryMinHeight { reply } => {
                let _ = reply.send(Height::INITIAL);
            }
            // The network answers sync requests from the store, so none comes here.
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

    /// Moves on to a round; answers its blocks that were judged before a restart.
    fn started_round(
        &mut self,
        height: Height,
        round: Round,
    ) -> Result<Vec<ProposedValue<Consensus>>, LedgerError> {
        self.inbound.begin_round(height, round_number(round));
        self.undecided(height, round)
    }

    /// Builds a block aside, answers it and streams it.
    fn propose(
        &mut self,
        height: Height,
        round: Round,
        timeout: Duration,
        reply: Reply<LocallyProposedValue<Consensus>>,
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

    /// Commits aside.
    fn commit(&mut self, certificate: &CommitCertificate<Consensus>, reply: Reply<()>) {
        let (ledger, certificate) = (self.ledger.clone(), committed(certificate));
        self.replying.spawn(async move {
            ledger.commit(certificate).await?;
            let _ = reply.send(());
            Ok(Replied::Done)
        });
    }

    /// Begins the height above a decided one, once it is committed and the pace allows.
    fn begin_next(&mut self, decided: Height, reply: Reply<Next<Consensus>>) {
        let (ledger, mut pace) = (self.ledger.clone(), self.pace.clone());
        let standing = self.standing.clone();
        self.replying.spawn(async move {
            let mut tips = ledger.tips();
            let committed = tips.wait_for(|tip| tip.height.get() >= decided.as_u64());
            drop(committed.await.map_err(|_| LedgerError::Stopped)?);
            let (height, validators) = next_height(&ledger)?;
            if !standing.is_same_in(&validators) {
                tracing::info!(%height, "this organisation stands elsewhere among the validators");
                return Ok(Replied::OtherPart);
            }
            pace.hold(&ledger, decided.as_u64()).await?;
            let _ = reply.send(Next::Start(height, params(&validators)));
            Ok(Replied::Done)
        });
    }

    /// Blocks of this round that were judged before a restart.
    fn undecided(
        &self,
        height: Height,
        round: Round,
    ) -> Result<Vec<ProposedValue<Consensus>>, LedgerError> {
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

async fn publish(network: &mpsc::Sender<NetworkMsg<Consensus>>, proposed: &Proposed) {
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
    for message in cut(init, &proposed.block, fin) {
        if network
            .send(NetworkMsg::PublishProposalPart(message))
            .await
            .is_err()
        {
            return; // the network stops with the engine
        }
    }
}

async fn judge_synced(
    ledger: Ledger,
    height: Height,
    round: Round,
    proposer: Address,
    bytes: Bytes,
) -> Result<SyncedValueOutcome<Consensus>, LedgerError> {
    let chain_id = ledger.chain_id().clone();
    let open = move || OpenedBlock::open(bytes, &chain_id);
    let opened = task::spawn_blocking(open).await;
    let block = match opened.map_err(|_| LedgerError::Stopped)? {
        Ok(block) => block,
        Err(error) => {
            tracing::warn!(%height, %error, "sync brought what is no block");
            return Ok(SyncedValueOutcome::PeerFault);
        }
    };
    let number = chain::Height::new(height.as_u64());
    let verdict = ledger
        .judge_synced(number, round_number(round), proposer.0, block)
        .await?;
    Ok(match verdict {
        SyncVerdict::Valid(hash) => SyncedValueOutcome::Verdict(ProposedValue {
            height,
            round,
            valid_round: Round::Nil,
            proposer,
            value: BlockId(hash),
            validity: Validity::Valid,
        }),
        SyncVerdict::NotTheBlock => SyncedValueOutcome::PeerFault,
        SyncVerdict::Stale => SyncedValueOutcome::LocalTransientError,
    })
}

/// The height above the tip with its validators. Nothing begins by a version of the
/// protocol that this program does not know.
fn next_height(ledger: &Ledger) -> Result<(Height, chain::ValidatorSet), LedgerError> {
    ledger.check_version()?;
    let height = Height::new(ledger.tip().height.next().get());
    Ok((height, ledger.validators()?))
}

/// What consensus needs to know about a height.
fn params(validators: &chain::ValidatorSet) -> HeightParams<Consensus> {
    HeightParams::new(ValidatorSet::from(validators), timeouts(), None)
}
