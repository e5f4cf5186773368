//! The composition root: the one place that knows every part of a node.
//!
//! ```text
//!   genesis ─► store ─► ledger ◄── admission ◄── doors (gRPC)
//!                         ▲  ▲         ▲
//!                         │  └─────────┼──── consensus app ◄─► engine
//!                         │            │            ▲            ▲
//!                         └─ members ──┴─ relay ── network ──────┘
//! ```
//!
//! Each part that ends takes the node with it: a node that lost one would look
//! alive and not be.

mod membership;
mod participation;
mod wiring;

use std::{path::PathBuf, sync::Arc, thread::JoinHandle, time::Duration};

use arc_malachitebft_app_channel::EngineHandle;
use ed25519_dalek::SigningKey;
use libp2p::{Multiaddr, identity};
use piaolian_contracts::{FoundError, chain::PublicKey, found};
use piaolian_genesis::Genesis;
use tokio::{
    sync::mpsc,
    task::{self, JoinError, JoinSet},
    time,
};

pub use self::{membership::Endpoints, participation::ParticipationError};
use self::{
    membership::Members,
    wiring::{PARTS_MAX, PartsToApp},
};
use crate::{
    consensus::{App, AppError, ProtobufCodec, engine, pace::Pace},
    ledger::{Admission, Fault, Ledger, LedgerError, Mempool, Origin, ProposerKey, Relay},
    network::{self, Limits, Network, NetworkConfig, NetworkError, NetworkHandle, Received},
    store::{Identity, Store, StoreError},
};

/// First-hand transactions that may wait for the relay.
const RELAY_QUEUE_MAX: usize = 8_192;
/// How long the parts may take to end after a stop was asked for.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// All that a node needs to run, checked.
pub struct Setup {
    /// The founding document of its chain.
    pub genesis: Genesis,
    /// Where it keeps its data.
    pub data: PathBuf,
    /// The signer's mark, beside the validator's key.
    pub mark: PathBuf,
    /// Where peers reach it.
    pub listen: Multiaddr,
    /// Endpoints of other organisations beyond those on the chain.
    pub endpoints: Endpoints,
    /// Its identity on the network.
    pub peer_key: SigningKey,
    /// The validator's key, if it has one.
    pub validate_key: Option<SigningKey>,
}

/// Why a node ended, other than by failing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was asked to stop.
    Stopped,
    /// The chain has passed the signer's mark: started again, it may validate.
    Rejoin,
}

/// Why a node could not go on.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The genesis document does not give a state.
    #[error("genesis: {0}")]
    Genesis(#[from] FoundError),
    /// A validator cannot take part.
    #[error(transparent)]
    Participation(#[from] ParticipationError),
    /// The ledger or admission met trouble of this machine.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The ledger does not answer.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The network cannot start, or ended.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A key is of no use to the network.
    #[error("the peer key cannot be used: {0}")]
    PeerKey(#[from] identity::DecodingError),
    /// The engine cannot start.
    #[error(transparent)]
    Engine(#[from] engine::EngineError),
    /// Consensus ended.
    #[error(transparent)]
    Consensus(#[from] AppError),
    /// The doors cannot serve, or a worker behind them met trouble of this machine.
    #[error("{0}")]
    Doors(String),
    /// A part ended that never should.
    #[error("{0} ended unexpectedly")]
    Ended(&'static str),
    /// A part panicked.
    #[error("a part of the node ended unexpectedly: {0}")]
    Panicked(#[from] JoinError),
}

/// The parts that doors are built on.
#[derive(Clone)]
pub struct Parts {
    /// Blocks and what waits for one.
    pub ledger: Ledger,
    /// The way in for transactions.
    pub admission: Admission,
    /// Peers.
    pub network: NetworkHandle,
}

type Tasks = JoinSet<Result<End, NodeError>>;

/// Runs a node until `stop` completes or a part fails. `doors` serves clients and
/// ends only by failing.
///
/// # Errors
/// What made the node end.
pub async fn run<D>(
    setup: Setup,
    doors: impl FnOnce(Parts) -> D,
    stop: impl Future<Output = ()>,
) -> Result<End, NodeError>
where
    D: Future<Output = Result<(), NodeError>> + Send + 'static,
{
    let store = open_store(&setup)?;
    let mempool = Arc::new(Mempool::default());
    let (faults, mut faulted) = mpsc::channel(4);
    let chain_id = setup.genesis.chain_id().clone();
    let proposer = setup.validate_key.as_ref().map(|key| {
        let address = PublicKey::ed25519(key.verifying_key().to_bytes()).address();
        ProposerKey::new(address, key.clone())
    });
    let (ledger, ledger_thread) = Ledger::start(
        chain_id.clone(),
        store.clone(),
        mempool.clone(),
        proposer,
        faults.clone(),
    );
    let (relayed, to_relay) = mpsc::channel(RELAY_QUEUE_MAX);
    let (admission, admission_thread) =
        Admission::start(chain_id, store.clone(), mempool.clone(), relayed, faults);

    let members = Members::read(ledger.clone(), setup.endpoints.clone())?;
    let (to_app, parts) = mpsc::channel(PARTS_MAX);
    let config = NetworkConfig {
        listen: setup.listen.clone(),
        key: peer_identity(&setup.peer_key)?,
        genesis_hash: *setup.genesis.hash().as_bytes(),
        limits: Limits::default(),
    };
    let sink = Arc::new(PartsToApp(to_app));
    let blocks = wiring::blocks(&store);
    let network = network::spawn(config, members.subscribe(), blocks, sink, ProtobufCodec).await?;
    tracing::info!(address = %network.address, "network listens");
    let Network {
        actor,
        parts: to_peers,
        handle,
        transactions,
        task: network_task,
        ..
    } = network;

    let wal = setup.data.join("consensus.wal");
    let validators = ledger.validators()?;
    let part = participation::part(
        ledger.chain_id(),
        &validators,
        setup.validate_key.as_ref(),
        ledger.tip().height.get(),
        &setup.mark,
        &wal,
    )?;
    let validating = matches!(part.participation, engine::Participation::Validate(_));
    let (channels, engine) = engine::start(engine::Setup {
        moniker: part.address.to_string(),
        chain_id: ledger.chain_id().clone(),
        address: part.address,
        participation: part.participation,
        wal,
        network: (actor, to_peers),
    })
    .await?;
    let pace = Pace::new(validating, handle.next_height_seen());

    let mut tasks = Tasks::new();
    let app = App::new(ledger.clone(), channels, parts, pace);
    tasks.spawn(async {
        app.run().await?;
        Err(NodeError::Ended("consensus"))
    });
    tasks.spawn(async { Err(members.follow().await.into()) });
    tasks.spawn(take_transactions(transactions, admission.clone()));
    let relay = {
        let handle = handle.clone();
        Relay::new(
            to_relay,
            mempool,
            Box::new(move |bunch| relay_to(&handle, &bunch)),
        )
    };
    tasks.spawn(async {
        relay.run().await;
        Err(NodeError::Ended("relay"))
    });
    tasks.spawn(announce(ledger.clone(), handle.clone()));
    if let Some(height) = part.silent_until {
        tracing::warn!(
            height,
            "the signer's mark is ahead of the chain: silent until it is passed"
        );
        tasks.spawn(rejoin(ledger.clone(), height));
    }
    tasks.spawn(async {
        network_task.await??;
        Err(NodeError::Ended("network"))
    });
    let doors = doors(Parts {
        ledger,
        admission,
        network: handle.clone(),
    });
    tasks.spawn(async {
        doors.await?;
        Err(NodeError::Ended("doors"))
    });

    let end = tokio::select! {
        () = stop => Ok(End::Stopped),
        Some(fault) = faulted.recv() => Err(fault.into()),
        Some(ended) = tasks.join_next() => ended.unwrap_or_else(|error| Err(error.into())),
    };
    // A fault makes other parts end as well: it is the one to tell.
    let end = match (end, faulted.try_recv()) {
        (Err(_), Ok(fault)) => Err(fault.into()),
        (end, _) => end,
    };
    shut_down(tasks, &handle, engine, [ledger_thread, admission_thread]).await;
    end
}

/// Opens the store, or founds it from the genesis document the first time.
fn open_store(setup: &Setup) -> Result<Store, NodeError> {
    let identity = Identity {
        chain_id: setup.genesis.chain_id().clone(),
        genesis_hash: setup.genesis.hash(),
    };
    let path = setup.data.join("store");
    match Store::open(&path, &identity) {
        Err(StoreError::NotFounded(_)) => {
            let changes = found(&setup.genesis.founding())?;
            tracing::info!(chain = %identity.chain_id, genesis = %identity.genesis_hash, "founding the chain");
            let time = setup.genesis.founding_time();
            Ok(Store::create(&path, &identity, time, changes)?)
        }
        opened => Ok(opened?),
    }
}

fn peer_identity(key: &SigningKey) -> Result<identity::Keypair, identity::DecodingError> {
    identity::Keypair::ed25519_from_bytes(key.to_bytes())
}

/// Transactions from peers, into admission: while it is busy, peers wait.
async fn take_transactions(
    mut transactions: mpsc::Receiver<Received>,
    admission: Admission,
) -> Result<End, NodeError> {
    while let Some(received) = transactions.recv().await {
        let origin = if received.first_hand {
            Origin::FirstHand
        } else {
            Origin::Relayed
        };
        for transaction in received.transactions {
            admission.take(transaction, origin).await?;
        }
    }
    Err(NodeError::Ended("transactions from peers"))
}

/// What could be queued for nobody is sent again later, so it is only told.
fn relay_to(network: &NetworkHandle, transactions: &[bytes::Bytes]) {
    match network.relay_transactions(transactions) {
        Ok(0) => tracing::debug!(count = transactions.len(), "no validator to relay to"),
        Ok(_) => {}
        Err(error) => tracing::error!(%error, "transactions not relayed"),
    }
}

/// Pushes decided blocks to the nodes that follow this one.
async fn announce(ledger: Ledger, network: NetworkHandle) -> Result<End, NodeError> {
    let mut tips = ledger.tips();
    while tips.changed().await.is_ok() {
        network.announce_decided(tips.borrow_and_update().height.get());
    }
    Err(LedgerError::Stopped.into())
}

/// Waits until the chain has passed the signer's mark.
async fn rejoin(ledger: Ledger, marked: u64) -> Result<End, NodeError> {
    let mut tips = ledger.tips();
    let passed = tips.wait_for(|tip| tip.height.get() >= marked).await;
    passed.map_err(|_| LedgerError::Stopped)?;
    tracing::info!(
        height = marked,
        "the chain has passed the signer's mark: starting again to validate"
    );
    Ok(End::Rejoin)
}

/// Ends every part and waits until the store is closed.
async fn shut_down(
    mut tasks: Tasks,
    network: &NetworkHandle,
    engine: EngineHandle,
    threads: [JoinHandle<()>; 2],
) {
    network.stop();
    engine.actor.stop(Some("the node stops".to_owned()));
    tasks.abort_all();
    let ended = async {
        while tasks.join_next().await.is_some() {}
        // A panic in any of these was reported by its own part.
        let _ = engine.handle.await;
        let joined = task::spawn_blocking(|| threads.map(JoinHandle::join));
        let _ = joined.await;
    };
    if time::timeout(STOP_TIMEOUT, ended).await.is_err() {
        tracing::warn!("some parts of the node did not end in time");
    }
}
