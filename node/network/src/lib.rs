//! The peer-to-peer network of a node: one libp2p swarm, given to the consensus engine in place of its own, which would
//! answer strangers and carries no transactions.
//!
//! ```text
//!                 engine (consensus, sync)                    ledger
//!          Msg │          ▲ NetworkEvent      parts │  ▲ transactions │ relay, push, fetch
//!              ▼          │                         ▼  │              ▼
//!   actor ─► Core ──► events                publish   relay       NetworkHandle
//!              │          ▲                    │        │             │
//!              ▼          │                    ▼        ▼             ▼
//!            Peers ── one Outbox a peer ◄──────┴────────┴─────────────┘
//!              ▲               │
//!              │       frames  ▼                        decodes on the
//!   swarm ─────┴──── Handler of a connection ─► Inbox   connection's own task
//!     ▲                        │
//!   membership, dials      TCP, Noise, Yamux: a stream for each class and direction
//! ```
//!
//! | file | job |
//! |---|---|
//! | `membership`, `dials` | which peers may connect; which to dial, and when |
//! | `pending_connections`, `transport`, `protocol`, `behaviour`, `handler`, `swarm` | connections |
//! | `frame`, `framing`, `limits`, `outbox` | frames, and their bounds in both directions |
//! | `peers`, `sent` | registry of connected peers; frames repeated to a new one |
//! | `actor`, `events`, `core`, `inbox` | the engine's messages and events |
//! | `parts`, `streams` | proposal parts: their order, and parts of later heights |
//! | `sync_requests`, `pushed`, `block_serving` | block sync: requests, pushed blocks, serving |
//! | `fetches`, `attachments` | attachments: requests, serving |
//! | `open_requests` | requests to peers that are not answered yet |
//! | `serving` | queues for peers' requests for blocks and attachments |
//! | `transaction_relay`, `handle` | transactions; the handle for the rest of the node |
//!
//! A peer is identified by a member's key alone. Its frames are bounded, metered and put in order before they reach the
//! engine. A peer that does not read its frames in time loses them or its connection.

mod actor;
mod attachments;
mod behaviour;
mod block_serving;
mod core;
mod dials;
mod error;
mod events;
mod fetches;
mod frame;
mod framing;
#[cfg(fuzzing)]
pub mod fuzzing;
mod handle;
mod handler;
mod inbox;
mod limits;
mod membership;
mod open_requests;
mod outbox;
mod parts;
mod peers;
mod pending_connections;
mod protocol;
mod pushed;
mod sent;
mod serving;
mod streams;
mod swarm;
mod sync_requests;
mod transaction_relay;
mod transport;

use std::sync::{Arc, atomic::AtomicU64};

use arc_malachitebft_app_channel::{
    NetworkMsg,
    app::{engine::network::NetworkRef, types::core::Context},
};
use libp2p::{Multiaddr, Swarm, identity};
use piaolian_contracts::state::Fault;
use ractor::Actor;
use tokio::{
    sync::{mpsc, watch},
    task::{JoinHandle, JoinSet},
};

use self::{
    actor::NetworkActor, attachments::Attachments, behaviour::Behaviour, block_serving::Blocks,
    core::Core, events::Events, fetches::Fetches, parts::Parts, peers::Peers, protocol::Protocols,
    swarm::SwarmTask, sync_requests::Requests, transaction_relay::Relay,
};
pub use self::{
    attachments::{ATTACHMENT_BYTES_MAX, ATTACHMENTS_ASKED_MAX, AttachmentSource},
    block_serving::BlockSource,
    core::NetworkCodec,
    error::NetworkError,
    fetches::FetchError,
    handle::NetworkHandle,
    limits::{ClassLimits, Limits},
    membership::{AllowedPeer, Membership},
    parts::{PartSink, PassOn, ToEngine},
    peers::PeerStatus,
    transaction_relay::{ReceivedTransactions, RelayError, TRANSACTION_BYTES_MAX},
};

/// Parts that may wait between the app loop of consensus and the peers' queues. Further ones make the app loop wait.
const PARTS_WAITING_MAX: usize = 16;

/// Most inbound streams of one connection that may be negotiating a protocol. The five classes and the ping need six;
/// the rest is margin.
const NEGOTIATING_STREAMS_MAX: usize = 16;

/// Configuration of a node's network.
#[derive(Clone, Debug)]
pub struct NetworkConfig {
    /// Address to listen on.
    pub listen: Multiaddr,
    /// The organisation's `peer` key.
    pub key: identity::Keypair,
    /// Hash of the founding document. Nodes of another chain share no protocol with us.
    pub genesis_hash: [u8; 32],
    /// Bounds; the defaults suit most nodes.
    pub limits: Limits,
}

/// A running network.
pub struct Network<Ctx: Context> {
    /// For `EngineBuilder::with_custom_network`, together with `parts`.
    pub actor: NetworkRef<Ctx>,
    /// Carries the application's parts to the peers' queues without the actor's mailbox, where votes would wait behind
    /// them.
    pub parts: mpsc::Sender<NetworkMsg<Ctx>>,
    /// Handle for the rest of the node.
    pub handle: NetworkHandle,
    /// Transactions from peers. While they are not read, the peers wait.
    pub transactions: mpsc::Receiver<ReceivedTransactions>,
    /// The address that is listened on.
    pub address: Multiaddr,
    /// Completes when the network stops; the node then stops too.
    pub task: JoinHandle<Result<(), NetworkError>>,
}

/// Starts the network. Every peer in the current value of `membership` may connect.
///
/// # Errors
/// When the address cannot be listened on, or the key is unusable.
pub async fn spawn<Ctx, C>(
    config: NetworkConfig,
    membership: watch::Receiver<Membership>,
    blocks: Arc<dyn BlockSource>,
    attachments: Arc<dyn AttachmentSource>,
    sink: Arc<dyn PartSink<Ctx>>,
    codec: C,
) -> Result<Network<Ctx>, NetworkError>
where
    Ctx: Context,
    C: NetworkCodec<Ctx>,
{
    let limits = config.limits;
    let own = config.key.public().to_peer_id();
    let mut swarm = Swarm::new(
        transport::build(&config.key, &limits)?,
        Behaviour::new(Protocols::new(&config.genesis_hash), limits),
        own,
        libp2p::swarm::Config::with_tokio_executor()
            .with_max_negotiating_inbound_streams(NEGOTIATING_STREAMS_MAX),
    );
    let (listener, address) = swarm::listen(&mut swarm, config.listen).await?;

    let (faults, faulted) = mpsc::channel(1);
    let tip = blocks.tip();
    let blocks = Blocks::new(blocks, faults.clone());
    let (relay, transactions) = Relay::new();
    let events = Arc::new(Events::new());
    let requests = Arc::new(Requests::default());
    let fetches = Arc::new(Fetches::new(limits.request_max));
    let peers = Arc::new(Peers::new(own, limits, {
        let (events, requests, fetches) = (events.clone(), requests.clone(), fetches.clone());
        move |change| core::tell(&events, &requests, &fetches, change)
    }));
    let core = Arc::new(Core {
        codec,
        limits,
        peers: peers.clone(),
        parts: Parts::new(sink, events.clone()),
        events,
        requests,
        pushed: pushed::Pushed::default(),
        blocks: blocks.clone(),
        fetches: fetches.clone(),
        attachments: Attachments::new(attachments, faults),
        relay: Arc::new(relay),
        started: AtomicU64::new(tip),
        listening: vec![address.clone()],
    });
    let handle = NetworkHandle {
        peers: peers.clone(),
        relay: core.relay.clone(),
        fetches,
        decided: watch::Sender::new(tip),
        stop: watch::Sender::new(false),
    };

    let inboxes = {
        let core = core.clone();
        Box::new(move |peer| -> Box<dyn handler::Inbox> { Box::new(core.inbox(peer)) })
    };
    let (parts, to_publish) = mpsc::channel(PARTS_WAITING_MAX);
    let mut tasks = JoinSet::new();
    let swarm = SwarmTask::new(swarm, listener, peers.clone(), inboxes, membership);
    tasks.spawn(async { Err(swarm.run().await) });
    tasks.spawn(ending(publish(core.clone(), to_publish)));
    tasks.spawn(ending(handle::push(
        peers,
        blocks,
        handle.decided.subscribe(),
    )));
    let task = tokio::spawn(supervise(tasks, faulted, handle.stop.subscribe()));

    let actor = NetworkActor::new(core, handle.stop.clone());
    let (actor, _) = Actor::spawn(None, actor, ()).await?;
    Ok(Network {
        actor,
        parts,
        handle,
        transactions,
        address,
        task,
    })
}

/// Moves the application's parts to the peers' queues.
async fn publish<Ctx: Context, C: NetworkCodec<Ctx>>(
    core: Arc<Core<Ctx, C>>,
    mut parts: mpsc::Receiver<NetworkMsg<Ctx>>,
) {
    while let Some(NetworkMsg::PublishProposalPart(part)) = parts.recv().await {
        core.publish_part(&part);
    }
}

/// Wraps a task that may end without an error when its sender is dropped.
async fn ending(task: impl Future<Output = ()>) -> Result<(), NetworkError> {
    task.await;
    Ok(())
}

/// Stops all tasks on request and when one of them fails. Dropping the swarm's task closes its listener and its
/// connections.
async fn supervise(
    mut tasks: JoinSet<Result<(), NetworkError>>,
    mut faults: mpsc::Receiver<Fault>,
    mut stop: watch::Receiver<bool>,
) -> Result<(), NetworkError> {
    let end = loop {
        tokio::select! {
            Some(ended) = tasks.join_next() => {
                if let Err(error) = ended.map_err(NetworkError::from).flatten() {
                    break Err(error);
                }
            }
            Some(fault) = faults.recv() => break Err(fault.into()),
            _ = stop.wait_for(|stop| *stop) => break Ok(()),
        }
    };
    tasks.shutdown().await;
    end
}
