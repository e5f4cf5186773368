//! Checks one peer's frames and passes them to the engine.
//!
//! ```text
//!   frame ──► from a validator? ──► new? ──► decode ──► near our height? ──► engine
//!               no: drop          no: drop      no: cut       no: drop
//! ```

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
    sync::{Arc, atomic::Ordering},
};

use arc_malachitebft_app_channel::app::{
    consensus::{LivenessMsg, SignedConsensusMsg},
    engine::network::NetworkEvent,
    streaming::StreamMessage,
    types::{
        PeerId as EnginePeerId,
        core::{Context, Height, Vote},
    },
};
use bytes::Bytes;
use libp2p::PeerId;
use piaolian_proto::v1::{SyncRequest, SyncStatus};
use prost::Message;

use super::{
    attachments,
    core::{Core, NetworkCodec, engine_peer, status_event},
    frame::{Kind, split_u64},
    handler::{FrameOutcome, Inbox},
    peers::ClaimedBlocks,
    serving::Waiting,
    streams::{Place, Streams, is_last},
};

/// Most heights that a vote may be ahead. The engine keeps votes of ten heights, and votes of farther heights would
/// displace those of nearer ones.
const HEIGHTS_AHEAD_MAX: u64 = 10;

/// Most frames of the height in progress that are remembered, so that repetitions are dropped.
const SEEN_MAX: usize = 4_096;

/// The inbox of one connection. A peer that reconnects gets a new one, because it repeats its frames.
pub(super) struct PeerInbox<Ctx: Context, C> {
    core: Arc<Core<Ctx, C>>,
    peer: PeerId,
    engine_peer: EnginePeerId,
    key: RandomState,
    seen: HashSet<u64>,
    /// The height that `seen` belongs to.
    seen_at: u64,
    streams: Streams,
    waiting: Waiting,
    attachments_waiting: Waiting,
    min_height: u64,
}

/// Name of the message by which the peer broke the protocol.
type Misbehaviour = &'static str;

impl<Ctx: Context, C: NetworkCodec<Ctx>> Inbox for PeerInbox<Ctx, C> {
    fn take(&mut self, kind: Kind, body: Bytes) -> FrameOutcome {
        let taken = match kind {
            Kind::Consensus => self.consensus(body),
            Kind::Liveness => self.liveness(body),
            Kind::Part => self.part(body),
            Kind::Status => self.status(body),
            Kind::Request => self.request(body),
            Kind::Response => self.response(body),
            Kind::Follow => self.follow(&body),
            Kind::Decided => self.decided(body),
            Kind::Transactions => {
                let first_hand = !self.is_validator();
                return self.core.relay.take(self.peer, first_hand, &body);
            }
            Kind::AttachmentRequest => self.attachment_request(body),
            Kind::AttachmentResponse => self.attachment_response(body),
        };
        match taken {
            Ok(()) => FrameOutcome::Taken,
            Err(how) => FrameOutcome::Misbehaved(how),
        }
    }
}

impl<Ctx: Context, C: NetworkCodec<Ctx>> PeerInbox<Ctx, C> {
    pub(super) fn new(core: Arc<Core<Ctx, C>>, peer: PeerId) -> Self {
        Self {
            core,
            peer,
            engine_peer: engine_peer(peer),
            key: RandomState::new(),
            seen: HashSet::new(),
            seen_at: 0,
            streams: Streams::default(),
            waiting: Waiting::default(),
            attachments_waiting: Waiting::default(),
            min_height: 1,
        }
    }

    fn consensus(&mut self, body: Bytes) -> Result<(), Misbehaviour> {
        if !self.is_validator() || !self.is_new(&body) {
            return Ok(());
        }
        let message: SignedConsensusMsg<Ctx> = self
            .core
            .codec
            .decode(body)
            .map_err(|_| "vote or proposal")?;
        if self.is_near(message.height()) {
            let from = self.engine_peer;
            self.core.events.emit(match message {
                SignedConsensusMsg::Vote(vote) => NetworkEvent::Vote(from, vote),
                SignedConsensusMsg::Proposal(proposal) => NetworkEvent::Proposal(from, proposal),
            });
        }
        Ok(())
    }

    fn liveness(&mut self, body: Bytes) -> Result<(), Misbehaviour> {
        if !self.is_validator() || !self.is_new(&body) {
            return Ok(());
        }
        let message: LivenessMsg<Ctx> = self.core.codec.decode(body).map_err(|_| "certificate")?;
        let height = match &message {
            LivenessMsg::Vote(vote) => vote.height(),
            LivenessMsg::PolkaCertificate(certificate) => certificate.height,
            LivenessMsg::SkipRoundCertificate(certificate) => certificate.height,
        };
        if self.is_near(height) {
            let from = self.engine_peer;
            self.core.events.emit(match message {
                LivenessMsg::Vote(vote) => NetworkEvent::Vote(from, vote),
                LivenessMsg::PolkaCertificate(it) => NetworkEvent::PolkaCertificate(from, it),
                LivenessMsg::SkipRoundCertificate(it) => NetworkEvent::RoundCertificate(from, it),
            });
        }
        Ok(())
    }

    fn part(&mut self, body: Bytes) -> Result<(), Misbehaviour> {
        if !self.is_validator() {
            return Ok(());
        }
        let bytes = body.len();
        let part: StreamMessage<Ctx::ProposalPart> =
            self.core.codec.decode(body).map_err(|_| "part")?;
        let height = self.core.codec.stream_height(&part.stream_id);
        let height = height.ok_or("stream of no height")?.as_u64();
        self.core.peers.saw_height(self.peer, height);

        let stream = part.stream_id.to_bytes();
        match self
            .streams
            .place(&stream, part.sequence, bytes, is_last::<Ctx>(&part))?
        {
            Place::Next => {}
            Place::Repeated => return Ok(()),
        }
        if !self.core.parts.take(height, self.engine_peer, bytes, part) {
            self.streams.forget(&stream);
        }
        Ok(())
    }

    fn status(&mut self, body: Bytes) -> Result<(), Misbehaviour> {
        let status = SyncStatus::decode(body).map_err(|_| "status")?;
        self.min_height = status.history_min_height;
        self.note_tip(status.tip_height);
        Ok(())
    }

    fn request(&mut self, body: Bytes) -> Result<(), Misbehaviour> {
        let (id, request) = split_u64(body).ok_or("request")?;
        let request = SyncRequest::decode(request).map_err(|_| "request")?;
        let Some(outbox) = self.core.peers.outbox(self.peer) else {
            return Ok(());
        };
        let served = self.core.blocks.serve(id, request, outbox, &self.waiting);
        served.then_some(()).ok_or("too many requests at a time")
    }

    fn response(&mut self, body: Bytes) -> Result<(), Misbehaviour> {
        let (id, response) = split_u64(body).ok_or("response")?;
        if !self.core.requests.close(id, self.peer) {
            return Ok(()); // too late, or never requested
        }
        let decoded = self.core.answered(id, self.peer, response);
        decoded.then_some(()).ok_or("response")
    }

    fn follow(&mut self, body: &[u8]) -> Result<(), Misbehaviour> {
        let follows = match body {
            [0] => false,
            [1] => true,
            _ => return Err("follow"),
        };
        self.core.follow(self.peer, follows);
        Ok(())
    }

    fn decided(&mut self, body: Bytes) -> Result<(), Misbehaviour> {
        let (height, block) = split_u64(body).ok_or("decided block")?;
        if self.core.peers.is_feed(self.peer) {
            self.core.pushed.keep(self.peer, height, block);
            self.note_tip(height);
        }
        Ok(())
    }

    fn attachment_request(&mut self, body: Bytes) -> Result<(), Misbehaviour> {
        let (id, request) = split_u64(body).ok_or("attachment request")?;
        let hashes = attachments::parse_request(request).ok_or("attachment request")?;
        let Some(outbox) = self.core.peers.outbox(self.peer) else {
            return Ok(());
        };
        let (attachments, waiting) = (&self.core.attachments, &self.attachments_waiting);
        let served = attachments.serve(id, hashes, outbox, waiting);
        served
            .then_some(())
            .ok_or("too many attachment requests at a time")
    }

    fn attachment_response(&mut self, body: Bytes) -> Result<(), Misbehaviour> {
        let (id, response) = split_u64(body).ok_or("attachment response")?;
        let well_formed = self.core.fetches.answered(id, self.peer, response);
        well_formed.then_some(()).ok_or("attachment response")
    }

    /// Notes a peer's tip. Only validators' tips reach the engine, because it requests blocks from whoever claims the
    /// highest.
    fn note_tip(&self, tip: u64) {
        let claimed = ClaimedBlocks {
            tip,
            min_height: self.min_height,
        };
        self.core.peers.saw_claimed(self.peer, claimed);
        if self.is_validator() {
            self.core
                .events
                .emit(status_event(self.engine_peer, claimed));
        }
    }

    fn is_validator(&self) -> bool {
        self.core.peers.is_validator(self.peer)
    }

    /// Whether a frame was not received before at this height. A frame that the engine ignored at one height may be
    /// needed when it is repeated at the next, so frames are remembered for one height only.
    fn is_new(&mut self, body: &Bytes) -> bool {
        let started = self.core.started.load(Ordering::Acquire);
        if self.seen_at != started || self.seen.len() >= SEEN_MAX {
            self.seen.clear();
            self.seen_at = started;
        }
        self.seen.insert(self.key.hash_one(body))
    }

    fn is_near(&self, height: Ctx::Height) -> bool {
        let height = height.as_u64();
        self.core.peers.saw_height(self.peer, height);
        let started = self.core.started.load(Ordering::Acquire);
        (started..=started.saturating_add(HEIGHTS_AHEAD_MAX)).contains(&height)
    }
}
