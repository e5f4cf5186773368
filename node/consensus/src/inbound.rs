//! Blocks that other validators propose, on their way to the engine.
//!
//! ```text
//!   parts ─► streams ─► signed by its round's proposer? one of few? ─► judged aside ─► ready
//!                                    │ no                                               │
//!                                    └► dropped unread          engine ◄── last part ◄──┘
//! ```
//!
//! A proposer decides which blocks are judged, so it is held to two a round: the engine
//! keeps no more. Bytes that are not the block that they are announced as count for nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};

use arc_malachitebft_app_channel::app::{
    streaming::StreamContent,
    types::{
        PeerId, ProposedValue,
        core::{Context as _, Height as _, Round, Validity},
        streaming::StreamMessage,
    },
};
use piaolian_contracts::chain;
use piaolian_ledger::{Announcement, Judgement, Ledger, LedgerError, Received, Verdict};
use tokio::{
    sync::mpsc,
    task::{self, JoinError, JoinSet},
};

use super::{
    announced::Announced,
    context::Consensus,
    streams::{Assembled, STREAMS_PER_PEER_MAX, Streams},
    types::{BlockId, Height, ProposalPart, ValidatorSet},
};

/// How far ahead of this node's round a block's round may be: as far as the engine looks.
const ROUNDS_AHEAD_MAX: u32 = 10;

/// How long a block from the future is kept for its time to come. Above the drift of a
/// clock that is kept at all; a block decided meanwhile comes by sync.
const EARLY_WAIT_MAX: Duration = Duration::from_secs(5);

/// The way of a part to the engine, past the application.
pub trait Deliver: Clone + Send + 'static {
    /// Hands a part to the engine as received from `from`.
    fn deliver(&self, from: PeerId, part: StreamMessage<ProposalPart>);
}

/// A part as the network passes it on, with the way to the engine.
pub type InboundPart<D> = (PeerId, StreamMessage<ProposalPart>, D);

/// A streamed block with what came of it; `None`: nothing that the engine should hear.
pub(super) struct Judged<D> {
    assembled: Assembled,
    engine: D,
    verdict: Result<Option<Verdict>, LedgerError>,
}

/// See the module.
pub(super) struct Inbound<D> {
    ledger: Ledger,
    parts: mpsc::Receiver<InboundPart<D>>,
    streams: Streams,
    judging: JoinSet<Judged<D>>,
    /// How many of those each peer sent.
    judging_of: BTreeMap<PeerId, usize>,
    announced: Announced,
    /// Judged blocks of the height above the tip, ready for the engine.
    ready: BTreeMap<BlockId, ProposedValue<Consensus>>,
    /// Who has brought which of them to the engine in this round.
    delivered: BTreeSet<(PeerId, BlockId)>,
    /// Where the engine is.
    height: u64,
    round: u32,
}

impl<D: Deliver> Inbound<D> {
    pub(super) fn new(ledger: Ledger, parts: mpsc::Receiver<InboundPart<D>>) -> Self {
        Self {
            ledger,
            parts,
            streams: Streams::default(),
            judging: JoinSet::new(),
            judging_of: BTreeMap::new(),
            announced: Announced::default(),
            ready: BTreeMap::new(),
            delivered: BTreeSet::new(),
            height: 0,
            round: 0,
        }
    }

    /// The engine is at this round now.
    pub(super) fn begin_round(&mut self, height: Height, round: u32) {
        if self.height != height.as_u64() {
            self.announced
                .forget_below(chain::Height::new(height.as_u64()));
            self.ready.retain(|_, value| value.height >= height);
        }
        self.delivered.clear();
        (self.height, self.round) = (height.as_u64(), round);
    }

    /// Waits for the next part or verdict, and takes it on.
    ///
    /// # Errors
    /// When the ledger has stopped, or a task panicked.
    pub(super) async fn advance(&mut self) -> Result<Result<(), LedgerError>, JoinError> {
        tokio::select! {
            Some(judged) = self.judging.join_next() => Ok(self.judged(judged?)),
            Some((from, part, engine)) = self.parts.recv() => Ok(self.received(from, part, engine)),
            else => std::future::pending().await, // the network ends the node by itself
        }
    }

    /// The judged block that a last part completes.
    pub(super) fn value_of(
        &self,
        part: &StreamMessage<ProposalPart>,
    ) -> Option<ProposedValue<Consensus>> {
        match &part.content {
            StreamContent::Data(ProposalPart::Fin(fin)) => self.ready.get(&fin.block).cloned(),
            StreamContent::Data(ProposalPart::Init(_) | ProposalPart::Data(_))
            | StreamContent::Fin => None,
        }
    }

    /// Takes a part from the network.
    fn received(
        &mut self,
        from: PeerId,
        part: StreamMessage<ProposalPart>,
        engine: D,
    ) -> Result<(), LedgerError> {
        if let Some(value) = self.value_of(&part) {
            // Judged already: streamed again. The engine logs each, so one of a peer is enough.
            if self.delivered.insert((from, value.value)) {
                engine.deliver(from, part);
            }
            return Ok(());
        }
        match self.streams.insert(from, part) {
            Ok(Some(assembled)) => self.judge(assembled, engine),
            Ok(None) => Ok(()),
            Err(error) => {
                tracing::debug!(%from, %error, "dropped a stream of parts");
                Ok(())
            }
        }
    }

    /// Has a block judged that its round's proposer announced.
    fn judge(&mut self, assembled: Assembled, engine: D) -> Result<(), LedgerError> {
        let announcement = Announcement {
            height: chain::Height::new(assembled.init.height.as_u64()),
            round: assembled.init.round,
            proposer: assembled.init.proposer.0,
            block_bytes: assembled.init.block_bytes,
            block_hash: assembled.fin.block.0,
        };
        let judging_of_peer = self.judging_of.get(&assembled.from).copied().unwrap_or(0);
        let timely = announcement.height == self.ledger.tip().height.next()
            && announcement.round <= self.round.saturating_add(ROUNDS_AHEAD_MAX);
        if !timely || judging_of_peer >= STREAMS_PER_PEER_MAX {
            tracing::debug!(from = %assembled.from, "dropped a block that comes too late, early or often");
            return Ok(());
        }
        if !self.is_proposers(&announcement, &assembled)? {
            tracing::debug!(from = %assembled.from, "dropped a block that its proposer did not sign");
            return Ok(());
        }
        if !self.announced.admit(&announcement) {
            tracing::warn!(proposer = %announcement.proposer, round = announcement.round,
                "dropped one more block of a proposer that announced too many for a round");
            return Ok(());
        }
        *self.judging_of.entry(assembled.from).or_default() += 1;
        let ledger = self.ledger.clone();
        self.judging.spawn(async move {
            let verdict = judge(ledger, announcement, &assembled).await;
            Judged {
                assembled,
                engine,
                verdict,
            }
        });
        Ok(())
    }

    /// Whether the proposer of its round signed the announcement.
    fn is_proposers(
        &self,
        announcement: &Announcement,
        assembled: &Assembled,
    ) -> Result<bool, LedgerError> {
        let set = ValidatorSet::from(&self.ledger.validators()?);
        let round = Round::new(announcement.round);
        let turn = Consensus.select_proposer(&set, assembled.init.height, round);
        let signed = announcement.verify(
            self.ledger.chain_id(),
            &turn.public_key,
            &assembled.fin.signature,
        );
        Ok(turn.address.0 == announcement.proposer && signed.is_ok())
    }

    fn judged(&mut self, judged: Judged<D>) -> Result<(), LedgerError> {
        let Judged {
            assembled,
            engine,
            verdict,
        } = judged;
        if let Some(count) = self.judging_of.get_mut(&assembled.from) {
            *count -= 1;
            if *count == 0 {
                self.judging_of.remove(&assembled.from);
            }
        }
        let Some(verdict) = verdict? else {
            return Ok(());
        };
        let value = ProposedValue {
            height: assembled.init.height,
            round: Round::new(assembled.init.round),
            valid_round: Round::Nil,
            proposer: assembled.init.proposer,
            value: assembled.fin.block,
            validity: Validity::from_bool(verdict == Verdict::Valid),
        };
        self.ready.insert(assembled.fin.block, value);
        self.delivered.insert((assembled.from, assembled.fin.block));
        engine.deliver(assembled.from, assembled.last);
        Ok(())
    }
}

/// Opens and judges a block, and waits for its time where it comes soon.
async fn judge(
    ledger: Ledger,
    announcement: Announcement,
    assembled: &Assembled,
) -> Result<Option<Verdict>, LedgerError> {
    let (signature, bytes) = (assembled.fin.signature, assembled.block.clone());
    let chain_id = ledger.chain_id().clone();
    let open = move || Received::open(announcement, signature, bytes, &chain_id);
    let opened = task::spawn_blocking(open).await;
    let received = match opened.map_err(|_| LedgerError::Stopped)? {
        Ok(received) => Arc::new(received),
        Err(error) => {
            tracing::warn!(from = %assembled.from, %error, "these bytes are not the block announced");
            return Ok(None);
        }
    };
    let give_up = Instant::now() + EARLY_WAIT_MAX;
    loop {
        match ledger.judge(received.clone()).await? {
            Judgement::Judged(verdict) => return Ok(Some(verdict)),
            Judgement::Stale => return Ok(None),
            Judgement::Early(wait) => {
                tracing::warn!(block = %assembled.fin.block, ahead = ?wait,
                    "a block's time is ahead of this node's clock");
                if Instant::now() + wait > give_up {
                    return Ok(None);
                }
                tokio::time::sleep(wait).await;
            }
        }
    }
}
