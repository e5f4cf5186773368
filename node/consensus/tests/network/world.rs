//! Nodes on loopback, each with a fake engine, store and ledger.

use std::{iter, sync::Arc};

use arc_malachitebft_app_channel::{
    NetworkMsg,
    app::{
        consensus::{LivenessMsg, SignedConsensusMsg},
        engine::network::Msg,
        streaming::{StreamContent, StreamId, StreamMessage},
        types::{
            PeerId as EnginePeerId,
            codec::Codec,
            core::{NilOrVal, Round, SignedMessage, SignedVote, VoteType},
            sync::{Request, Response},
        },
    },
};
use arc_malachitebft_sync::{OutboundRequestId, ValueRequest};
use bytes::Bytes;
use libp2p::{Multiaddr, PeerId, identity::Keypair};
use piaolian_consensus::{
    codec::{Malformed, ProtobufCodec},
    context::EngineTypes,
    types::{
        Address, BlockId, Height, ProposalFin, ProposalInit, ProposalPart, ValidatorSet, Vote,
    },
};
use piaolian_contracts::{chain, types::OrganisationId};
use piaolian_network as network;
use piaolian_network::{
    AllowedPeer, Limits, Membership, Network, NetworkCodec, NetworkConfig, PassOn,
};
use tokio::{sync::watch, time::timeout};

use crate::{
    engine::{Engine, Event, SOON},
    raw::Rogue,
    store::{Attachments, Chain},
};

pub(crate) const GENESIS: [u8; 32] = [7; 32];

/// A node under test.
pub(crate) struct Node {
    pub(crate) key: Keypair,
    pub(crate) peer: PeerId,
    pub(crate) address: Multiaddr,
    pub(crate) network: Network<EngineTypes>,
    pub(crate) engine: Engine,
    pub(crate) chain: Arc<Chain>,
    pub(crate) attachments: Arc<Attachments>,
    pub(crate) members: watch::Sender<Membership>,
}

/// Keys in order of their peer ids: of two validators, the earlier one dials.
pub(crate) fn keys(number: usize) -> Vec<Keypair> {
    let mut keys: Vec<_> = (0..number).map(|_| Keypair::generate_ed25519()).collect();
    keys.sort_by_key(|key| key.public().to_peer_id());
    keys
}

/// Starts a network of `validators` followed by `others`, and waits until all are connected.
pub(crate) async fn network(validators: usize, others: usize) -> Vec<Node> {
    let mut nodes = Vec::new();
    for key in keys(validators + others) {
        nodes.push(Node::start(key).await);
    }
    introduce(&nodes, validators);
    let peers: Vec<_> = nodes.iter().map(|node| node.peer).collect();
    for (own, node) in nodes.iter_mut().enumerate() {
        let linked = |other: &usize| *other != own && (own < validators || *other < validators);
        let linked = (0..peers.len()).filter(linked);
        node.engine.meets(linked.map(|other| peers[other])).await;
    }
    nodes
}

/// A node with a peer that the test controls.
pub(crate) async fn node_and_rogue(limits: Limits, validator: bool) -> (Node, Rogue, PeerId) {
    let keys = keys(2);
    let peer = keys[1].public().to_peer_id();
    let mut node = Node::start_with(keys[0].clone(), limits).await;
    let nowhere = "/ip4/127.0.0.1/tcp/1".parse().unwrap();
    node.members.send_replace(vec![
        member(node.peer, &node.address, validator),
        member(peer, &nowhere, true),
    ]);
    let rogue = Rogue::join(&keys[1], &node.address, &GENESIS).await;
    node.engine.hears(|event| up(event, peer)).await;
    (node, rogue, peer)
}

/// Makes all nodes members, and the first `validators` of them validators.
pub(crate) fn introduce(nodes: &[Node], validators: usize) {
    let members = membership(nodes, validators);
    for node in nodes {
        node.members.send_replace(members.clone());
    }
}

pub(crate) fn membership(nodes: &[Node], validators: usize) -> Membership {
    let member =
        |(number, node): (usize, &Node)| member(node.peer, &node.address, number < validators);
    nodes.iter().enumerate().map(member).collect()
}

pub(crate) fn member(peer: PeerId, address: &Multiaddr, validator: bool) -> AllowedPeer {
    AllowedPeer {
        peer_id: peer,
        organisation: peer.to_string(),
        endpoints: vec![address.clone()],
        validator,
    }
}

impl Node {
    pub(crate) async fn start(key: Keypair) -> Self {
        Self::start_with(key, Limits::default()).await
    }

    pub(crate) async fn start_with(key: Keypair, limits: Limits) -> Self {
        let listen = "/ip4/127.0.0.1/tcp/0".parse().unwrap();
        Self::start_at(key, limits, listen, GENESIS).await
    }

    pub(crate) async fn start_at(
        key: Keypair,
        limits: Limits,
        listen: Multiaddr,
        genesis_hash: [u8; 32],
    ) -> Self {
        let peer = key.public().to_peer_id();
        let config = NetworkConfig {
            listen,
            key: key.clone(),
            genesis_hash,
            limits,
        };
        let members = watch::Sender::new(Membership::new());
        let chain = Arc::new(Chain::default());
        let attachments = Arc::new(Attachments::default());
        let network = network::spawn(
            config,
            members.subscribe(),
            chain.clone(),
            attachments.clone(),
            Arc::new(PassOn),
            WireCodec,
        );
        let network = network.await.unwrap();
        let (engine, subscriber) = Engine::start().await;
        let subscribe = Msg::Subscribe(Box::new(subscriber));
        network.actor.cast(subscribe).unwrap();
        Self {
            key,
            peer,
            address: network.address.clone(),
            network,
            engine,
            chain,
            attachments,
            members,
        }
    }

    /// Starts the height above the chain's tip, as the engine does.
    pub(crate) async fn start_height(&self) {
        self.cast(Msg::UpdateValidatorSet(validator_set()));
        self.wait_until_idle().await;
    }

    /// Waits until the actor has handled all earlier messages.
    pub(crate) async fn wait_until_idle(&self) {
        let dump = self.network.actor.call(Msg::DumpState, Some(SOON));
        assert!(dump.await.unwrap().unwrap().is_none());
    }

    pub(crate) fn vote(&self, vote: &SignedVote<EngineTypes>) {
        let message = SignedConsensusMsg::Vote(vote.clone());
        self.cast(Msg::PublishConsensusMsg(message));
    }

    pub(crate) async fn publish(&self, parts: &[StreamMessage<ProposalPart>]) {
        for part in parts {
            let part = NetworkMsg::PublishProposalPart(part.clone());
            self.network.parts.send(part).await.unwrap();
        }
    }

    /// Requests blocks from a peer, as the sync actor does.
    pub(crate) async fn ask(&self, peer: PeerId, from: u64, to: u64) -> OutboundRequestId {
        let range = Height::new(from)..=Height::new(to);
        let request = Request::ValueRequest(ValueRequest::new(range));
        let peer = engine_peer(peer);
        let id = self.network.actor.call(
            |reply| Msg::OutgoingRequest(peer, request, reply),
            Some(SOON),
        );
        id.await.unwrap().unwrap()
    }

    pub(crate) fn cast(&self, message: Msg<EngineTypes>) {
        self.network.actor.cast(message).unwrap();
    }

    /// Peers that the status query shows as connected.
    pub(crate) fn connected(&self) -> Vec<PeerId> {
        let peers = self.network.handle.peers();
        let connected = peers.iter().filter(|peer| peer.connected_since.is_some());
        connected.map(|peer| peer.peer_id).collect()
    }

    /// Stops the node as the engine does, and waits until its address is free again.
    pub(crate) async fn stop(self) {
        self.network.actor.stop(None);
        let ended = timeout(SOON, self.network.task).await;
        ended.expect("in time").unwrap().unwrap();
    }
}

/// The validators' organisations do not matter to the network.
fn validator_set() -> ValidatorSet {
    let organisation = OrganisationId::parse("organisation", "91350100M000100Y43").unwrap();
    let key = chain::PublicKey::ed25519([1; 32]);
    let validator = chain::Validator::new(organisation, key, 1).unwrap();
    (&chain::ValidatorSet::new(vec![validator]).unwrap()).into()
}

/// Matches the event that `peer` has connected.
pub(crate) fn up(event: Event, peer: PeerId) -> Option<()> {
    (event == Event::PeerConnected(engine_peer(peer))).then_some(())
}

/// Matches the event that `peer` has disconnected.
pub(crate) fn down(event: Event, peer: PeerId) -> Option<()> {
    (event == Event::PeerDisconnected(engine_peer(peer))).then_some(())
}

/// Matches a vote and returns it with its sender.
pub(crate) fn voted(event: Event) -> Option<(EnginePeerId, SignedVote<EngineTypes>)> {
    match event {
        Event::Vote(from, vote) => Some((from, vote)),
        _ => None,
    }
}

/// Matches a part and returns it with its sender.
pub(crate) fn streamed(event: Event) -> Option<(EnginePeerId, StreamMessage<ProposalPart>)> {
    match event {
        Event::ProposalPart(from, _, part) => Some((from, part)),
        _ => None,
    }
}

pub(crate) fn engine_peer(peer: PeerId) -> EnginePeerId {
    EnginePeerId::from_bytes(&peer.to_bytes()).unwrap()
}

/// Builds a vote that differs from all others of its height and round.
pub(crate) fn vote(height: u64, round: u32) -> SignedVote<EngineTypes> {
    let vote = Vote {
        vote_type: VoteType::Prevote,
        height: Height::new(height),
        round: Round::new(round),
        value: NilOrVal::Nil,
        address: Address(chain::Address::new([3; 20])),
    };
    SignedMessage::new(vote, chain::Signature::new([5; 64]))
}

/// Encodes a vote.
pub(crate) fn vote_bytes(vote: &SignedVote<EngineTypes>) -> Bytes {
    let message = SignedConsensusMsg::Vote(vote.clone());
    WireCodec.encode(&message).unwrap()
}

/// Converts an address like `/ip4/127.0.0.1/tcp/26600` into a socket address.
pub(crate) fn socket(address: &Multiaddr) -> String {
    let address = address.to_string();
    let parts: Vec<_> = address.split('/').collect();
    format!("{}:{}", parts[2], parts[4])
}

/// Builds a streamed block of the given size.
pub(crate) fn parts(height: u64, bytes: usize) -> Vec<StreamMessage<ProposalPart>> {
    let init = ProposalPart::Init(ProposalInit {
        height: Height::new(height),
        round: 0,
        proposer: Address(chain::Address::new([3; 20])),
        block_bytes: bytes as u64,
    });
    let fin = ProposalPart::Fin(ProposalFin {
        block: BlockId(chain::Hash::new([9; 32])),
        signature: chain::Signature::new([5; 64]),
    });
    let data = vec![1; bytes];
    let data = data
        .chunks(256 * 1024)
        .map(|part| ProposalPart::Data(Bytes::copy_from_slice(part)));
    let parts = iter::once(init).chain(data).chain(iter::once(fin));
    let stream = StreamId::new(height.to_be_bytes().to_vec().into());
    let message =
        |(sequence, part)| StreamMessage::new(stream.clone(), sequence, StreamContent::Data(part));
    (0..).zip(parts).map(message).collect()
}

/// The chain's codec, which takes heights from the streams' ids.
pub(crate) struct WireCodec;

impl NetworkCodec<EngineTypes> for WireCodec {
    fn stream_height(&self, stream: &StreamId) -> Option<Height> {
        let bytes = stream.to_bytes();
        bytes
            .first_chunk()
            .copied()
            .map(u64::from_be_bytes)
            .map(Height::new)
    }
}

macro_rules! carried_by_the_chains_codec {
    ($($message:ty),*) => {$(
        impl Codec<$message> for WireCodec {
            type Error = Malformed;

            fn decode(&self, bytes: Bytes) -> Result<$message, Malformed> {
                ProtobufCodec.decode(bytes)
            }

            fn encode(&self, message: &$message) -> Result<Bytes, Malformed> {
                ProtobufCodec.encode(message)
            }
        }
    )*};
}

carried_by_the_chains_codec!(
    SignedConsensusMsg<EngineTypes>,
    LivenessMsg<EngineTypes>,
    StreamMessage<ProposalPart>,
    Response<EngineTypes>
);
