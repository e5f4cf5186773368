//! The engine's one counterpart: what it asks, the ledger answers.
//!
//! ```text
//!   engine ──AppMsg──► App ──► ledger (propose, judge, commit)
//!      ▲                │ ▲
//!      └── last part ◄──┘ └── parts ── network
//! ```
//!
//! The engine awaits some replies inside its actor (`GetValue`, `StartedRound`,
//! `ReceivedProposalPart`, `ProcessSyncedValue`), so nothing slow may sit behind
//! those but the proposer's own building of a block. Parts of others' blocks
//! therefore come here straight from the network; once such a block is judged and
//! on disk, its last part goes to the engine, which asks for the value, which is
//! ready.

use std::{collections::BTreeMap, time::Instant};

use arc_malachitebft_app_channel::{
    AppMsg, Channels, NetworkMsg, Reply,
    app::{
        consensus::VoteExtensionError,
        engine::host::{Next, SyncedValueOutcome},
        streaming::StreamContent,
        types::{
            LocallyProposedValue, PeerId, ProposedValue,
            core::{CommitCertificate, Context as _, Height as _, HeightParams, Round, Validity},
            streaming::StreamMessage,
        },
    },
};
use bytes::Bytes;
use piaolian_contracts::chain;
use tokio::{
    sync::mpsc,
    task::{JoinError, JoinSet},
};

use super::{
    codec::committed,
    context::{Consensus, timeouts},
    pace::Pace,
    streams::{Assembled, Streams, cut},
    types::{
        Address, BlockId, Height, ProposalFin, ProposalInit, ProposalPart, ValidatorSet,
        round_number,
    },
};
use crate::ledger::{Announcement, Ledger, LedgerError, Proposed, Received, SyncVerdict, Verdict};

/// The part of `GetValue`'s time that goes into executing, see DESIGN §2.
const EXECUTE_SHARE: u32 = 4;

/// The way of a part to the engine, past the application.
pub trait Deliver: Clone + Send + 'static {
    /// Hands a part to the engine as received from `from`.
    fn deliver(&self, from: PeerId, part: StreamMessage<ProposalPart>);
}

/// A part as the network passes it on, with the way to the engine.
pub type InboundPart<D> = (PeerId, StreamMessage<ProposalPart>, D);

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

/// A streamed block with what came of it.
type Judged<D> = (Assembled, D, Result<Option<Verdict>, LedgerError>);

/// The loop's state.
pub struct App<D> {
    ledger: Ledger,
    channels: Channels<Consensus>,
    parts: mpsc::Receiver<InboundPart<D>>,
    pace: Pace,
    streams: Streams,
    judging: JoinSet<Judged<D>>,
    /// Replies that wait for a commit or for the pace; they end with the loop.
    replying: JoinSet<()>,
    /// Judged blocks of the height above the tip, ready for the engine.
    ready: BTreeMap<BlockId, ProposedValue<Consensus>>,
    /// Where the engine is.
    height: u64,
    round: u32,
}

impl<D: Deliver> App<D> {
    /// A loop between the engine's channels, the network's parts and the ledger.
    #[must_use]
    pub fn new(
        ledger: Ledger,
        channels: Channels<Consensus>,
        parts: mpsc::Receiver<InboundPart<D>>,
        pace: Pace,
    ) -> Self {
        Self {
            ledger,
            channels,
            parts,
            pace,
            streams: Streams::default(),
            judging: JoinSet::new(),
            replying: JoinSet::new(),
            ready: BTreeMap::new(),
            height: 0,
            round: 0,
        }
    }

    /// Serves the engine until it or the ledger stops.
    ///
    /// # Errors
    /// Always: a node without consensus is a failed node.
    pub async fn run(mut self) -> Result<(), AppError> {
        loop {
            tokio::select! {
                message = self.channels.consensus.recv() => {
                    self.handle(message.ok_or(AppError::EngineStopped)?).await?;
                }
                Some(judged) = self.judging.join_next() => self.judged(judged?)?,
                Some(replied) = self.replying.join_next() => replied?,
                Some((from, part, engine)) = self.parts.recv() => self.received(from, part, engine),
            }
        }
    }

    /// A reply that nobody awaits any more means that the engine moved on or is
    /// stopping, which the channel's end will tell.
    async fn handle(&mut self, message: AppMsg<Consensus>) -> Result<(), AppError> {
        match message {
            AppMsg::ConsensusReady { reply } => {
                let _ = reply.send(next_height(&self.ledger)?);
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
                let deadline = Instant::now() + timeout / EXECUTE_SHARE;
                let proposed = self.propose(height, round, deadline).await?;
                let value = BlockId(proposed.announcement.block_hash);
                let _ = reply.send(LocallyProposedValue::new(height, round, value));
                self.publish(&proposed).await;
            }
            AppMsg::ReceivedProposalPart { part, reply, .. } => {
                let _ = reply.send(self.value_of(&part));
            }
            AppMsg::RestreamProposal { value_id, .. } => {
                if let Some(proposed) = self.ledger.stored_proposal(&value_id.0)? {
                    self.publish(&proposed).await;
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
                let outcome = self
                    .judge_synced(height, round, proposer, value_bytes)
                    .await?;
                let _ = reply.send(outcome);
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
        self.height = height.as_u64();
        self.round = round_number(round);
        self.ready.retain(|_, value| value.height >= height);
        self.undecided(height, round)
    }

    async fn propose(
        &self,
        height: Height,
        round: Round,
        deadline: Instant,
    ) -> Result<Proposed, LedgerError> {
        let height = chain::Height::new(height.as_u64());
        self.ledger
            .propose(height, round_number(round), deadline)
            .await
    }

    /// Commits aside. Without the answer the engine waits, and the ledger's fault stops the node.
    fn commit(&mut self, certificate: &CommitCertificate<Consensus>, reply: Reply<()>) {
        let (ledger, certificate) = (self.ledger.clone(), committed(certificate));
        self.replying.spawn(async move {
            if ledger.commit(certificate).await.is_ok() {
                let _ = reply.send(());
            }
        });
    }

    /// Begins the height above a decided one, once it is committed and the pace allows.
    fn begin_next(&mut self, decided: Height, reply: Reply<Next<Consensus>>) {
        let (ledger, mut pace) = (self.ledger.clone(), self.pace.clone());
        self.replying.spawn(async move {
            if pace.hold(&ledger, decided.as_u64()).await.is_ok()
                && let Ok((height, params)) = next_height(&ledger)
            {
                let _ = reply.send(Next::Start(height, params));
            }
        });
    }

    async fn judge_synced(
        &self,
        height: Height,
        round: Round,
        proposer: Address,
        block: Bytes,
    ) -> Result<SyncedValueOutcome<Consensus>, LedgerError> {
        let number = chain::Height::new(height.as_u64());
        let verdict = self
            .ledger
            .judge_synced(number, round_number(round), proposer.0, block)
            .await?;
        Ok(synced_outcome(height, round, proposer, &verdict))
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
                validity: Validity::from_bool(proposal.valid),
            })
            .collect())
    }

    async fn publish(&self, proposed: &Proposed) {
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
            if self
                .channels
                .network
                .send(NetworkMsg::PublishProposalPart(message))
                .await
                .is_err()
            {
                return; // the network stops with the engine
            }
        }
    }

    /// The judged block that a last part completes.
    fn value_of(&self, part: &StreamMessage<ProposalPart>) -> Option<ProposedValue<Consensus>> {
        match &part.content {
            StreamContent::Data(ProposalPart::Fin(fin)) => self.ready.get(&fin.block).cloned(),
            StreamContent::Data(ProposalPart::Init(_) | ProposalPart::Data(_))
            | StreamContent::Fin => None,
        }
    }

    /// Takes a part from the network.
    fn received(&mut self, from: PeerId, part: StreamMessage<ProposalPart>, engine: D) {
        if self.value_of(&part).is_some() {
            engine.deliver(from, part); // judged already: streamed again
            return;
        }
        match self.streams.insert(from, part) {
            Ok(Some(assembled)) => self.judge(assembled, engine),
            Ok(None) => {}
            Err(error) => tracing::debug!(%from, %error, "dropped a stream of parts"),
        }
    }

    /// Judges a block that its round's proposer signed; others are dropped unread.
    fn judge(&mut self, assembled: Assembled, engine: D) {
        let announcement = Announcement {
            height: chain::Height::new(assembled.init.height.as_u64()),
            round: assembled.init.round,
            proposer: assembled.init.proposer.0,
            block_bytes: assembled.init.block_bytes,
            block_hash: assembled.fin.block.0,
        };
        let Ok(validators) = self.ledger.validators() else {
            return;
        }; // the fault is told by the ledger
        let set = ValidatorSet::from(&validators);
        let turn =
            Consensus.select_proposer(&set, assembled.init.height, Round::new(announcement.round));
        let signed = announcement
            .verify(
                self.ledger.chain_id(),
                &turn.public_key,
                &assembled.fin.signature,
            )
            .is_ok();
        if turn.address.0 != announcement.proposer || !signed {
            tracing::debug!(from = %assembled.from, "dropped a block that its proposer did not sign");
            return;
        }
        let received = Received {
            first_sight: (announcement.height.get(), announcement.round)
                >= (self.height, self.round),
            announcement,
            signature: assembled.fin.signature,
            block: assembled.block.clone(),
        };
        let ledger = self.ledger.clone();
        self.judging
            .spawn(async move { (assembled, engine, ledger.judge(received).await) });
    }

    fn judged(&mut self, (assembled, engine, verdict): Judged<D>) -> Result<(), LedgerError> {
        let Some(verdict) = verdict? else {
            return Ok(());
        }; // its height was decided meanwhile
        let value = ProposedValue {
            height: assembled.init.height,
            round: Round::new(assembled.init.round),
            valid_round: Round::Nil,
            proposer: assembled.init.proposer,
            value: assembled.fin.block,
            validity: Validity::from_bool(verdict == Verdict::Valid),
        };
        self.ready.insert(assembled.fin.block, value);
        engine.deliver(assembled.from, assembled.last);
        Ok(())
    }
}

/// The height above the tip with what consensus needs to know about it.
fn next_height(ledger: &Ledger) -> Result<(Height, HeightParams<Consensus>), LedgerError> {
    let height = Height::new(ledger.tip().height.next().get());
    let validators = ValidatorSet::from(&ledger.validators()?);
    Ok((height, HeightParams::new(validators, timeouts(), None)))
}

fn synced_outcome(
    height: Height,
    round: Round,
    proposer: Address,
    verdict: &SyncVerdict,
) -> SyncedValueOutcome<Consensus> {
    match verdict {
        SyncVerdict::Judged(hash, verdict) => SyncedValueOutcome::Verdict(ProposedValue {
            height,
            round,
            valid_round: Round::Nil,
            proposer,
            value: BlockId(*hash),
            validity: Validity::from_bool(*verdict == Verdict::Valid),
        }),
        SyncVerdict::NotTheBlock => SyncedValueOutcome::PeerFault,
        SyncVerdict::Stale => SyncedValueOutcome::LocalTransientError,
    }
}
