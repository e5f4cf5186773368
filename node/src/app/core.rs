//! The part of a node that needs no peers: store, ledger and admission.

use std::sync::Arc;

use bytes::Bytes;
use piaolian_base::{layout, metrics::Metrics};
use piaolian_contracts::{chain::PublicKey, genesis_state};
use piaolian_ledger::{
    Admission, ChainIdentity, Fault, Ledger, Mempool, ProposerKey, Store, StoreError,
};
use tokio::sync::mpsc;

use super::{NodeError, Setup};

/// Most transactions from clients that wait for the relay.
const RELAY_QUEUE_MAX: usize = 8_192;
/// Most faults that wait to be read; the first stops the node.
const FAULTS_MAX: usize = 4;

/// The running store, ledger and admission.
pub(super) struct LocalComponents {
    pub(super) ledger: Ledger,
    pub(super) admission: Admission,
    pub(super) mempool: Arc<Mempool>,
    pub(super) metrics: Metrics,
    /// New transactions that came from clients, for the relay.
    pub(super) to_relay: mpsc::Receiver<Bytes>,
    /// Faults of the ledger and of admission.
    pub(super) faulted: mpsc::Receiver<Fault>,
}

impl LocalComponents {
    /// Opens the store, and creates it with the founding state at the first start. Starts the threads, which end when
    /// the components' handles are dropped.
    pub(super) fn start(setup: &Setup) -> Result<Self, NodeError> {
        let store = open_store(setup)?;
        let mempool = Arc::new(Mempool::default());
        let metrics = Metrics::default();
        let (faults, faulted) = mpsc::channel(FAULTS_MAX);
        let (relayed, to_relay) = mpsc::channel(RELAY_QUEUE_MAX);
        let chain_id = setup.genesis.chain_id().clone();
        let proposers = setup.validate_keys.iter().map(|key| {
            let address = PublicKey::ed25519(key.verifying_key().to_bytes()).address();
            ProposerKey::new(address, key.clone())
        });
        let ledger = Ledger::start(
            chain_id.clone(),
            store,
            mempool.clone(),
            proposers,
            metrics.clone(),
            faults.clone(),
        );
        let admission = Admission::start(
            chain_id,
            ledger.view().clone(),
            mempool.clone(),
            relayed,
            metrics.clone(),
            faults,
        );
        Ok(Self {
            ledger,
            admission,
            mempool,
            metrics,
            to_relay,
            faulted,
        })
    }
}

fn open_store(setup: &Setup) -> Result<Store, NodeError> {
    let identity = ChainIdentity {
        chain_id: setup.genesis.chain_id().clone(),
        genesis_hash: setup.genesis.hash(),
    };
    let path = setup.data.join(layout::STORE);
    match Store::open(&path, &identity) {
        Err(StoreError::NoChain(_)) => {
            let changes = genesis_state(&setup.genesis.founding())?;
            let (chain, genesis) = (&identity.chain_id, &identity.genesis_hash);
            tracing::info!(%chain, %genesis, "new chain founded");
            let time = setup.genesis.founding_time();
            Ok(Store::create(&path, &identity, time, changes)?)
        }
        opened => Ok(opened?),
    }
}
