//! Validates the blocks of other proposers before the engine gets them.
//!
//! ```text
//!   parts ─► streams ─► signed by its round's proposer? within its quota? ─► validated in a task ─► ready
//!                                    │ no                                                       │
//!                                    └► dropped unread                  engine ◄── last part ◄──┘
//! ```
//!
//! Validating a block costs a node time, so a proposer has a quota of two blocks for each round. The engine keeps no
//! more either. Bytes that are not the announced block are ignored.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};

use arc_malachitebft_app_channel::app::{
    streaming::StreamContent,
    types::{
        PeerId, ProposedValue,
        core::{self, Context as _, Height as _, Round},
        streaming::StreamMessage,
    },
};
use piaolian_contracts::chain;
use piaolian_ledger::{
    Announcement, Ledger, LedgerError, ProposalOutcome, ReceivedBlock, Validity,
};
use piaolian_network::ToEngine;
use tokio::{
    sync::mpsc,
    task::{self, JoinError, JoinSet},
};

use super::{
    context::EngineTypes,
    proposal_quota::ProposalQuota,
    streams::{Assembled, STREAMS_PER_PEER_MAX, Streams},
    types::{BlockId, Height, ProposalPart, ValidatorSet},
};

/// Rounds that a block may be ahead of this node: as many as the engine keeps.
const ROUNDS_AHEAD_MAX: u32 = 10;

/// Longest wait for the time of a block that is ahead of this node's clock. It exceeds the drift of a synchronised
/// clock. A block that is decided in the meantime comes by sync.
const EARLY_WAIT_MAX: Duration = Duration::from_secs(5);

/// A part from the network, with its sender and the means to deliver it to the engine.
pub type InboundPart = (PeerId, StreamMessage<ProposalPart>, ToEngine<EngineTypes>);

/// A streamed block after validation. Without a validity, the engine does not get it.
pub(super) struct Validated {
    assembled: Assembled,
    engine: ToEngine<EngineTypes>,
    validity: Result<Option<Validity>, LedgerError>,
}

/// Receives parts, and has complete blocks validated.
pub(super) struct Inbound {
    ledger: Ledger,
    parts: mpsc::Receiver<InboundPart>,
    streams: Streams,
    validating: JoinSet<Validated>,
    /// Number of blocks in validation from each peer.
    validating_by_peer: BTreeMap<PeerId, usize>,
    proposal_quota: ProposalQuota,
    /// Validated blocks at the height above the tip, ready for the engine.
    ready: BTreeMap<BlockId, ProposedValue<EngineTypes>>,
    /// Ready blocks that were delivered to the engine in this round, by the sender.
    delivered: BTreeSet<(PeerId, BlockId)>,
    /// The engine's height and round.
    height: u64,
    round: u32,
}

impl Inbound {
    pub(super) fn new(ledger: Ledger, parts: mpsc::Receiver<InboundPart>) -> Self {
        Self {
            ledger,
            parts,
            streams: Streams::default(),
            validating: JoinSet::new(),
            validating_by_peer: BTreeMap::new(),
            proposal_quota: ProposalQuota::default(),
            ready: BTreeMap::new(),
            delivered: BTreeSet::new(),
            height: 0,
            round: 0,
        }
    }

    /// Notes that the engine has begun a round.
    pub(super) fn begin_round(&mut self, height: Height, round: u32) {
        if self.height != height.as_u64() {
            self.proposal_quota
                .forget_below(chain::Height::new(height.as_u64()));
            self.ready.retain(|_, value| value.height >= height);
        }
        self.delivered.clear();
        (self.height, self.round) = (height.as_u64(), round);
    }

    /// Handles the next part or validated block.
    ///
    /// # Errors
    /// When the ledger has stopped, or a task panicked.
    pub(super) async fn advance(&mut self) -> Result<Result<(), LedgerError>, JoinError> {
        tokio::select! {
            Some(validated) = self.validating.join_next() => Ok(self.validated(validated?)),
            Some((from, part, engine)) = self.parts.recv() => Ok(self.received(from, part, engine)),
            else => std::future::pending().await, // the network ended; so does the node
        }
    }

    /// Returns the validated block that a last part completes.
    pub(super) fn value_of(
        &self,
        part: &StreamMessage<ProposalPart>,
    ) -> Option<ProposedValue<EngineTypes>> {
        match &part.content {
            StreamContent::Data(ProposalPart::Fin(fin)) => self.ready.get(&fin.block).cloned(),
            StreamContent::Data(ProposalPart::Init(_) | ProposalPart::Data(_))
            | StreamContent::Fin => None,
        }
    }

    /// Handles a part from the network.
    fn received(
        &mut self,
        from: PeerId,
        part: StreamMessage<ProposalPart>,
        engine: ToEngine<EngineTypes>,
    ) -> Result<(), LedgerError> {
        if let Some(value) = self.value_of(&part) {
            // The block is validated already and was streamed again. The engine logs each delivery, so each peer's
            // stream is delivered once.
            if self.delivered.insert((from, value.value)) {
                engine.part(from, part);
            }
            return Ok(());
        }
        match self.streams.insert(from, part) {
            Ok(Some(assembled)) => self.validate(assembled, engine),
            Ok(None) => Ok(()),
            Err(error) => {
                tracing::debug!(%from, %error, "stream of proposal parts dropped");
                Ok(())
            }
        }
    }

    /// Starts the validation of a block that its round's proposer announced.
    fn validate(
        &mut self,
        assembled: Assembled,
        engine: ToEngine<EngineTypes>,
    ) -> Result<(), LedgerError> {
        let announcement = Announcement {
            height: chain::Height::new(assembled.init.height.as_u64()),
            round: assembled.init.round,
            proposer: assembled.init.proposer.0,
            block_bytes: assembled.init.block_bytes,
            block_hash: assembled.fin.block.0,
        };
        let validating_of_peer = self
            .validating_by_peer
            .get(&assembled.from)
            .copied()
            .unwrap_or(0);
        let timely = announcement.height == self.ledger.tip().height.next()
            && announcement.round <= self.round.saturating_add(ROUNDS_AHEAD_MAX);
        if !timely || validating_of_peer >= STREAMS_PER_PEER_MAX {
            tracing::debug!(from = %assembled.from, "proposed block dropped: too late, too early or too many");
            return Ok(());
        }
        if !self.is_proposers(&announcement, &assembled)? {
            tracing::debug!(from = %assembled.from, "proposed block dropped: not signed by its proposer");
            return Ok(());
        }
        if !self.proposal_quota.admit(&announcement) {
            tracing::warn!(proposer = %announcement.proposer, round = announcement.round,
                "proposed block dropped: its proposer announced too many for a round");
            return Ok(());
        }
        *self.validating_by_peer.entry(assembled.from).or_default() += 1;
        let ledger = self.ledger.clone();
        self.validating.spawn(async move {
            let validity = validate(ledger, announcement, &assembled).await;
            Validated {
                assembled,
                engine,
                validity,
            }
        });
        Ok(())
    }

    /// Whether the proposer of the announced round signed the announcement.
    fn is_proposers(
        &self,
        announcement: &Announcement,
        assembled: &Assembled,
    ) -> Result<bool, LedgerError> {
        let set = ValidatorSet::from(&self.ledger.validators()?);
        let round = Round::new(announcement.round);
        let turn = EngineTypes.select_proposer(&set, assembled.init.height, round);
        let signed = announcement.verify(
            self.ledger.chain_id(),
            &turn.public_key,
            &assembled.fin.signature,
        );
        Ok(turn.address.0 == announcement.proposer && signed.is_ok())
    }

    fn validated(&mut self, validated: Validated) -> Result<(), LedgerError> {
        let Validated {
            assembled,
            engine,
            validity,
        } = validated;
        if let Some(count) = self.validating_by_peer.get_mut(&assembled.from) {
            *count -= 1;
            if *count == 0 {
                self.validating_by_peer.remove(&assembled.from);
            }
        }
        let Some(validity) = validity? else {
            return Ok(());
        };
        let value = ProposedValue {
            height: assembled.init.height,
            round: Round::new(assembled.init.round),
            valid_round: Round::Nil,
            proposer: assembled.init.proposer,
            value: assembled.fin.block,
            validity: core::Validity::from_bool(validity == Validity::Valid),
        };
        self.ready.insert(assembled.fin.block, value);
        self.delivered.insert((assembled.from, assembled.fin.block));
        engine.part(assembled.from, assembled.last);
        Ok(())
    }
}

/// Opens and validates a block. Waits for its time when that is near.
async fn validate(
    ledger: Ledger,
    announcement: Announcement,
    assembled: &Assembled,
) -> Result<Option<Validity>, LedgerError> {
    let (signature, bytes) = (assembled.fin.signature, assembled.block.clone());
    let chain_id = ledger.chain_id().clone();
    let open = move || ReceivedBlock::open(announcement, signature, bytes, &chain_id);
    let opened = task::spawn_blocking(open).await;
    let received = match opened.map_err(|_| LedgerError::Stopped)? {
        Ok(received) => Arc::new(received),
        Err(error) => {
            tracing::warn!(from = %assembled.from, %error, "peer sent other bytes than the announced block");
            return Ok(None);
        }
    };
    let give_up = Instant::now() + EARLY_WAIT_MAX;
    loop {
        match ledger.validate(received.clone()).await? {
            ProposalOutcome::Validated(validity) => return Ok(Some(validity)),
            ProposalOutcome::Stale => return Ok(None),
            ProposalOutcome::Early(wait) => {
                tracing::warn!(block = %assembled.fin.block, ahead = ?wait,
                    "block time is ahead of this node's clock");
                if Instant::now() + wait > give_up {
                    return Ok(None);
                }
                tokio::time::sleep(wait).await;
            }
        }
    }
}
