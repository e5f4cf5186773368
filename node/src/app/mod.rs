//! The composition root: the one place that knows every component of a node.
//!
//! ```text
//!   genesis ─► store ─► ledger ◄── admission ◄── servers (gRPC, metrics)
//!                         ▲  ▲         ▲
//!                         │  └─────────┼──── consensus app ◄─► engine
//!                         │            │            ▲            ▲
//!                         └ membership ┴─ relay ── network ──────┘
//! ```
//!
//! If a component ends, the node ends too: a node without one of its components would look alive but would not work.

mod attachments;
mod blocks;
mod core;
mod membership;
mod open;
mod participation;
mod peers;
mod servers;

use std::{path::PathBuf, sync::Arc, time::Duration};

use arc_malachitebft_app_channel::EngineHandle;
use bytes::Bytes;
use ed25519_dalek::SigningKey;
use futures::future::BoxFuture;
use libp2p::{Multiaddr, identity};
use piaolian_contracts::{GenesisStateError, state, types::OrganisationId};
use piaolian_genesis::Genesis;
use tokio::{
    sync::mpsc,
    task::{self, JoinError, JoinSet},
    time,
};

use self::{
    core::LocalComponents,
    peers::{NetworkComponents, ToValidators},
};
pub use self::{
    membership::Endpoints,
    open::{Node, OpenError, check},
    participation::ParticipationError,
    servers::{Servers, run_with_servers},
};
use piaolian_base::{metrics::Metrics, shutdown::ClosedSignal};
use piaolian_consensus::{App, AppError, engine::EngineError, height_start::HeightStart};
use piaolian_custody::attachments::Attachments;
use piaolian_ledger::{Admission, Fault, Ledger, LedgerError, Relay, StoreError};
use piaolian_network::{NetworkError, NetworkHandle};

/// Longest wait for the components to end once a stop is requested.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// Everything that a node needs to run, checked.
pub struct Setup {
    /// The founding document of its chain.
    pub genesis: Genesis,
    /// The organisation that runs the node.
    pub organisation: OrganisationId,
    /// The data folder.
    pub data: PathBuf,
    /// Encrypted details and wrapped keys.
    pub attachments: Arc<Attachments>,
    /// Path of the validator's last signed state, beside its key.
    pub last_signed_state: PathBuf,
    /// The address on which it listens for peers.
    pub listen: Multiaddr,
    /// Endpoints of other organisations beyond those on the chain.
    pub endpoints: Endpoints,
    /// Its identity on the network.
    pub peer_key: SigningKey,
    /// Its validate keys: the one in use and the next one, as far as it has them.
    pub validate_keys: Vec<SigningKey>,
}

/// Reason why a node ended without a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// A stop was requested.
    Requested,
    /// The node's role in consensus changes at the next height: the validators changed, or the chain has passed the
    /// last signed height. The caller runs the node again, in the same process.
    RoleChanged,
}

/// A failure that ends the node.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No state can be made from the founding document.
    #[error("genesis: {0}")]
    Genesis(#[from] GenesisStateError),
    /// A validator cannot take part.
    #[error(transparent)]
    Participation(#[from] ParticipationError),
    /// A fault of the ledger or of admission.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The ledger does not answer.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The network cannot start, or ended.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The peer key cannot be used.
    #[error("the peer key cannot be used: {0}")]
    PeerKey(#[from] identity::DecodingError),
    /// The engine cannot start.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The attachments, or the blocks that name them, cannot be read or written.
    #[error("attachments: {0}")]
    Attachments(state::Fault),
    /// Consensus ended.
    #[error(transparent)]
    Consensus(#[from] AppError),
    /// A server failed, or a worker met a fault.
    #[error("{0}")]
    Servers(String),
    /// A component ended that must not end.
    #[error("{0} ended unexpectedly")]
    Ended(&'static str),
    /// A component panicked.
    #[error("a component of the node ended unexpectedly: {0}")]
    Panicked(#[from] JoinError),
}

/// The components that the servers are built on.
#[derive(Clone)]
pub struct Components {
    /// Blocks, and the transactions that wait for one.
    pub ledger: Ledger,
    /// Admission of transactions.
    pub admission: Admission,
    /// Peers.
    pub network: NetworkHandle,
    /// The counters of all components.
    pub metrics: Metrics,
    /// Encrypted details and wrapped keys.
    pub attachments: Arc<Attachments>,
    /// The data folder.
    pub data: PathBuf,
}

type Tasks = JoinSet<Result<StopReason, NodeError>>;

/// Makes the future that runs the servers, given the node's components.
type Serving<'a> =
    Box<dyn FnOnce(Components) -> BoxFuture<'static, Result<(), NodeError>> + Send + 'a>;

/// Runs a node until `stop` completes or a component fails. `serve` serves clients and returns only on failure.
///
/// # Errors
/// The reason for which the node ended.
pub fn run<'a, D>(
    setup: Setup,
    serve: impl FnOnce(Components) -> D + Send + 'a,
    stop: impl Future<Output = ()> + Send + 'a,
) -> BoxFuture<'a, Result<StopReason, NodeError>>
where
    D: Future<Output = Result<(), NodeError>> + Send + 'static,
{
    let serve = Box::new(|parts| -> BoxFuture<'static, _> { Box::pin(serve(parts)) });
    run_boxed(setup, serve, Box::pin(stop))
}

/// Not generic, so that the node is compiled only once, and not for each kind of server.
fn run_boxed<'a>(
    setup: Setup,
    serve: Serving<'a>,
    stop: BoxFuture<'a, ()>,
) -> BoxFuture<'a, Result<StopReason, NodeError>> {
    Box::pin(run_and_close(setup, serve, stop))
}

async fn run_and_close(
    setup: Setup,
    serve: Serving<'_>,
    stop: BoxFuture<'_, ()>,
) -> Result<StopReason, NodeError> {
    let local = LocalComponents::start(&setup)?;
    let closed = [
        ("store", local.ledger.view().closed()),
        ("attachments", setup.attachments.closed()),
    ];
    let end = run_on(local, setup, serve, stop).await;
    // The stores must be closed before the process ends, however the node ended.
    wait_until_closed(closed).await;
    end
}

/// Waits until the named stores are closed, for each at most [`STOP_TIMEOUT`].
async fn wait_until_closed(stores: impl IntoIterator<Item = (&'static str, ClosedSignal)>) {
    for (store, closed) in stores {
        if !closed.within(STOP_TIMEOUT).await {
            tracing::warn!(
                store,
                "store not closed within 10 s, its lock may still be held"
            );
        }
    }
}

/// Runs what needs peers (network, consensus, servers) on the started [`LocalComponents`].
async fn run_on(
    local: LocalComponents,
    setup: Setup,
    serve: Serving<'_>,
    stop: BoxFuture<'_, ()>,
) -> Result<StopReason, NodeError> {
    let own_role = participation::own_role(&setup, &local.ledger)?;
    let NetworkComponents {
        network,
        membership,
        block_parts,
    } = peers::join(&setup, &local.ledger).await?;
    let handle = network.handle.clone();
    let height_start = HeightStart::new(own_role.is_validating(), handle.next_height_seen());
    let (silent_until, role) = (own_role.silent_until, own_role.role.clone());
    let (channels, engine) = own_role
        .start_engine(&setup, (network.actor, network.parts))
        .await?;
    let app = App::new(
        local.ledger.clone(),
        channels,
        block_parts,
        height_start,
        role,
    );
    let relay = {
        let validators = ToValidators::new(handle.clone());
        let send = Box::new(move |bunch: Vec<Bytes>| validators.send(&bunch));
        Relay::new(local.to_relay, local.mempool, send)
    };

    let mut tasks = Tasks::new();
    tasks.spawn(async {
        app.run().await?;
        Ok(StopReason::RoleChanged)
    });
    tasks.spawn(async { Err(membership.follow().await.into()) });
    tasks.spawn(peers::take_transactions(
        network.transactions,
        local.admission.clone(),
    ));
    tasks.spawn(never_ending("relay", relay.run()));
    tasks.spawn(peers::push_decided(local.ledger.clone(), handle.clone()));
    tasks.spawn(never_ending("network", flatten(network.task)));
    tasks.spawn(never_ending(
        "attachments",
        attachments::keep(
            setup.attachments.clone(),
            local.ledger.clone(),
            handle.clone(),
        ),
    ));
    if let Some(height) = silent_until {
        tasks.spawn(rejoin(local.ledger.clone(), height));
    }
    let components = Components {
        ledger: local.ledger,
        admission: local.admission,
        network: handle.clone(),
        metrics: local.metrics,
        attachments: setup.attachments,
        data: setup.data,
    };
    tasks.spawn(never_ending("servers", serve(components)));

    let end = first_end(stop, local.faulted, &mut tasks).await;
    shut_down(tasks, &handle, engine).await;
    end
}

/// Returns the first reason to stop. A fault wins over the errors that it causes.
async fn first_end(
    stop: BoxFuture<'_, ()>,
    mut faulted: mpsc::Receiver<Fault>,
    tasks: &mut Tasks,
) -> Result<StopReason, NodeError> {
    let end = tokio::select! {
        () = stop => Ok(StopReason::Requested),
        Some(fault) = faulted.recv() => Err(fault.into()),
        Some(ended) = tasks.join_next() => ended.unwrap_or_else(|error| Err(error.into())),
    };
    match (end, faulted.try_recv()) {
        (Err(_), Ok(fault)) => Err(fault.into()),
        (end, _) => end,
    }
}

/// Runs a component that returns only on failure.
async fn never_ending<T, E: Into<NodeError>>(
    component: &'static str,
    running: impl Future<Output = Result<T, E>>,
) -> Result<StopReason, NodeError> {
    running.await.map_err(Into::into)?;
    Err(NodeError::Ended(component))
}

async fn flatten(task: task::JoinHandle<Result<(), NetworkError>>) -> Result<(), NodeError> {
    Ok(task.await??)
}

/// Waits until the chain has passed the last signed height.
async fn rejoin(ledger: Ledger, last_signed: u64) -> Result<StopReason, NodeError> {
    tracing::warn!(
        height = last_signed,
        "last signed height is ahead of the chain, validator keeps silent"
    );
    let mut tips = ledger.tips();
    let passed = tips.wait_for(|tip| tip.height.get() >= last_signed).await;
    passed.map_err(|_| LedgerError::Stopped)?;
    tracing::info!(
        height = last_signed,
        "chain has passed the last signed height, restarting to validate"
    );
    Ok(StopReason::RoleChanged)
}

/// Stops every component.
async fn shut_down(mut tasks: Tasks, network: &NetworkHandle, engine: EngineHandle) {
    network.stop();
    engine.actor.stop(Some("the node stops".to_owned()));
    tasks.abort_all();
    let ended = async {
        while tasks.join_next().await.is_some() {}
        // A panic in any of these was reported by its own component.
        let _ = engine.handle.await;
    };
    if time::timeout(STOP_TIMEOUT, ended).await.is_err() {
        tracing::warn!("components of the node did not end in time");
    }
}
