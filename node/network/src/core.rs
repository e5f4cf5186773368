//! State shared by the engine's actor and the peers' connections.
//!
//! ```text
//!   engine ──► actor ──► Core ──► peers' outboxes
//!   engine ◄── events ── Core ◄── peers' inboxes
//! ```

use std::{
    ops::RangeInclusive,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use arc_malachitebft_app_channel::app::{
    consensus::{LivenessMsg, SignedConsensusMsg},
    engine::network::{NetworkEvent, Status},
    streaming::{StreamId, StreamMessage},
    types::{
        PeerId as EnginePeerId,
        codec::Codec,
        core::{Context, Height},
        sync::Response,
    },
};
use arc_malachitebft_network::Channel;
use arc_malachitebft_sync::{OutboundFailureReason, OutboundRequestId};
use bytes::Bytes;
use libp2p::{Multiaddr, PeerId};
use piaolian_proto::v1::{SyncRequest, SyncStatus};
use prost::Message;

use super::{
    attachments::Attachments,
    block_serving::{Blocks, encode_response},
    events::{BoxedSubscriber, Events},
    fetches::Fetches,
    frame::{Frame, Kind},
    inbox::PeerInbox,
    limits::Limits,
    parts::Parts,
    peers::{Audience, Change, ClaimedBlocks, Peers},
    pushed::Pushed,
    sync_requests::Requests,
    transaction_relay::Relay,
};

/// The encodings of the engine's messages that the network carries. The network encodes statuses and requests itself,
/// because the connection already identifies their sender.
pub trait NetworkCodec<Ctx: Context>:
    Codec<SignedConsensusMsg<Ctx>>
    + Codec<LivenessMsg<Ctx>>
    + Codec<StreamMessage<Ctx::ProposalPart>>
    + Codec<Response<Ctx>>
{
    /// Returns the height of the proposal that a stream of parts carries. The stream's id contains it, so that every
    /// part names its height.
    fn stream_height(&self, stream: &StreamId) -> Option<Ctx::Height>;
}

/// The network without its swarm.
pub(super) struct Core<Ctx: Context, C> {
    pub(super) codec: C,
    pub(super) limits: Limits,
    pub(super) peers: Arc<Peers>,
    pub(super) events: Arc<Events<Ctx>>,
    pub(super) parts: Parts<Ctx>,
    pub(super) requests: Arc<Requests>,
    pub(super) pushed: Pushed,
    pub(super) blocks: Blocks,
    pub(super) fetches: Arc<Fetches>,
    pub(super) attachments: Attachments,
    pub(super) relay: Arc<Relay>,
    /// The height in progress; before the engine starts, the last decided one.
    pub(super) started: AtomicU64,
    pub(super) listening: Vec<Multiaddr>,
}

impl<Ctx: Context, C: NetworkCodec<Ctx>> Core<Ctx, C> {
    /// Creates the inbox of a connected peer.
    pub(super) fn inbox(self: &Arc<Self>, peer: PeerId) -> PeerInbox<Ctx, C> {
        PeerInbox::new(self.clone(), peer)
    }

    /// Subscribes the engine and replays the events that it missed. A peer sends its status when it connects, perhaps
    /// before the engine subscribes, and then only at its next tick.
    pub(super) fn subscribe(&self, subscriber: BoxedSubscriber<Ctx>) {
        self.peers.with_connected(|connected| {
            let listening = self.listening.iter().cloned().map(NetworkEvent::Listening);
            let connected = connected.flat_map(|(peer, claimed)| {
                let peer = engine_peer(peer);
                let claimed = claimed.map(|claimed| status_event(peer, claimed));
                up(peer).into_iter().chain(claimed)
            });
            self.events
                .subscribe(subscriber, listening.chain(connected));
        });
    }

    /// Publishes a vote or proposal of this node. The engine does not receive it back.
    pub(super) fn publish_consensus(&self, message: &SignedConsensusMsg<Ctx>) {
        if let Some(frame) = self.encode(Kind::Consensus, message) {
            let height = message.height().as_u64();
            self.peers.publish_consensus(height, &frame);
        }
    }

    /// Publishes a certificate, or a vote again. Without these messages, four validators made no more blocks after two
    /// of them had been down and came back.
    pub(super) fn publish_liveness(&self, message: &LivenessMsg<Ctx>) {
        if let Some(frame) = self.encode(Kind::Liveness, message) {
            self.peers.broadcast(Audience::Validators, &frame);
        }
    }

    /// Publishes a part of a proposal.
    pub(super) fn publish_part(&self, part: &StreamMessage<Ctx::ProposalPart>) {
        let Some(height) = self.codec.stream_height(&part.stream_id) else {
            return tracing::error!(stream = %part.stream_id, "proposal part without a height, not sent");
        };
        if let Some(frame) = self.encode(Kind::Part, part) {
            let stream = part.stream_id.to_bytes();
            self.peers.publish_part(stream, height.as_u64(), &frame);
        }
    }

    /// Sends this node's tip to every peer. Call it on the engine's timer only. If the tip were sent at every block, a
    /// validator would download the block that it is about to decide itself.
    pub(super) fn broadcast_status(&self, status: &Status<Ctx>) {
        let tip = status.tip_height.as_u64();
        if let Some(frame) = status_frame(tip, status.history_min_height.as_u64()) {
            self.peers.broadcast(Audience::Everyone, &frame);
        }
    }

    /// Starts or stops pushing decided blocks to a peer. A new follower also receives this node's tip, so that it
    /// misses no block between its request and its registration.
    pub(super) fn follow(&self, peer: PeerId, follows: bool) {
        self.peers.set_follows(peer, follows);
        let tip = self.blocks.tip();
        if follows
            && tip > 0
            && let Some(frame) = status_frame(tip, self.blocks.min_height())
        {
            self.peers.send(peer, frame);
        }
    }

    /// Requests blocks from a peer; the engine already knows the request's id.
    pub(super) fn request(&self, id: u64, peer: EnginePeerId, range: RangeInclusive<u64>) {
        let Some(peer) = libp2p_peer(peer) else {
            return self.request_failed(id, peer, OutboundFailureReason::DialFailure);
        };
        let pushed = self.pushed.take(peer, &range);
        if !pushed.is_empty() {
            let response = encode_response(*range.start(), &pushed);
            self.answered(id, peer, response);
            return;
        }
        if let Err(reason) = self.ask(id, peer, &range) {
            self.request_failed(id, engine_peer(peer), reason);
        }
    }

    fn ask(
        &self,
        id: u64,
        peer: PeerId,
        range: &RangeInclusive<u64>,
    ) -> Result<(), OutboundFailureReason> {
        let request = SyncRequest {
            from_height: *range.start(),
            to_height: *range.end(),
        };
        let frame = frame(
            Kind::Request,
            &[&id.to_be_bytes(), &request.encode_to_vec()],
        )
        .ok_or(OutboundFailureReason::Io)?;
        let (events, to) = (self.events.clone(), engine_peer(peer));
        let late = move || {
            let id = OutboundRequestId::new(id);
            events.emit(NetworkEvent::SyncRequestFailed(
                id,
                to,
                OutboundFailureReason::Timeout,
            ));
        };
        if !self
            .requests
            .expect(id, peer, self.limits.request_max, late)
        {
            return Err(OutboundFailureReason::Io);
        }
        if self.peers.send(peer, frame) || !self.requests.close(id, peer) {
            return Ok(()); // sent, or the peer is gone and the engine knows
        }
        Err(OutboundFailureReason::ConnectionClosed)
    }

    /// Passes a peer's response to the engine. Returns `false` when it cannot be decoded.
    pub(super) fn answered(&self, id: u64, peer: PeerId, response: Bytes) -> bool {
        let response: Option<Response<Ctx>> = self.codec.decode(response).ok();
        let decoded = response.is_some();
        let id = OutboundRequestId::new(id);
        let event = NetworkEvent::SyncResponse(id, engine_peer(peer), response);
        self.events.emit(event);
        decoded
    }

    fn request_failed(&self, id: u64, peer: EnginePeerId, reason: OutboundFailureReason) {
        let id = OutboundRequestId::new(id);
        self.events
            .emit(NetworkEvent::SyncRequestFailed(id, peer, reason));
    }

    /// Notes that the engine has started a height. The engine does not name the height, so the network takes the one
    /// above the last committed height.
    pub(super) fn height_started(&self) {
        let height = self.blocks.tip() + 1;
        self.started.store(height, Ordering::Release);
        self.peers.height_started(height);
        self.pushed.started(height);
        self.parts.started(height);
    }

    fn encode<T>(&self, kind: Kind, message: &T) -> Option<Frame>
    where
        C: Codec<T>,
    {
        match Codec::<T>::encode(&self.codec, message) {
            Ok(body) => frame(kind, &[&body]),
            Err(error) => {
                tracing::error!(%error, ?kind, "consensus message cannot be encoded");
                None
            }
        }
    }
}

fn frame(kind: Kind, pieces: &[&[u8]]) -> Option<Frame> {
    Frame::new(kind, pieces)
        .inspect_err(|error| tracing::error!(%error, "frame too large, not sent"))
        .ok()
}

fn status_frame(tip_height: u64, history_min_height: u64) -> Option<Frame> {
    let status = SyncStatus {
        tip_height,
        history_min_height,
        // The connection identifies the sender, so a status does not name it.
        ..SyncStatus::default()
    };
    frame(Kind::Status, &[&status.encode_to_vec()])
}

/// Reports connected and disconnected peers to the engine and to pending requests.
pub(super) fn tell<Ctx: Context>(
    events: &Events<Ctx>,
    requests: &Requests,
    fetches: &Fetches,
    change: Change,
) {
    match change {
        Change::Up(peer) => up(engine_peer(peer))
            .into_iter()
            .for_each(|event| events.emit(event)),
        Change::Down(peer) => {
            // The engine asks other peers once it knows that this one is gone.
            requests.forget(peer);
            fetches.forget(peer);
            events.emit(NetworkEvent::PeerDisconnected(engine_peer(peer)));
        }
    }
}

/// Every connected peer counts as subscribed to statuses. The engine then sends ours immediately, and the peer can
/// catch up before the next tick.
fn up<Ctx: Context>(peer: EnginePeerId) -> [NetworkEvent<Ctx>; 2] {
    [
        NetworkEvent::PeerConnected(peer),
        NetworkEvent::PeerSubscribed(peer, Channel::Sync),
    ]
}

/// Converts a peer's claimed blocks into the engine's event.
pub(super) fn status_event<Ctx: Context>(
    peer: EnginePeerId,
    claimed: ClaimedBlocks,
) -> NetworkEvent<Ctx> {
    let ClaimedBlocks { tip, min_height } = claimed;
    let status = Status::new(engine_height(tip), engine_height(min_height));
    NetworkEvent::Status(peer, status)
}

/// Converts a libp2p peer id into the engine's type for the same bytes.
pub(super) fn engine_peer(peer: PeerId) -> EnginePeerId {
    EnginePeerId::from_bytes(&peer.to_bytes()).expect("both types take the same multihashes")
}

fn libp2p_peer(peer: EnginePeerId) -> Option<PeerId> {
    PeerId::from_bytes(&peer.to_bytes()).ok()
}

/// Converts a height into the engine's type.
pub(super) fn engine_height<H: Height>(height: u64) -> H {
    H::ZERO.increment_by(height)
}
