//! A node with its gRPC door: the composition that an organisation runs.
//!
//! ```text
//!   parts of the node ─► service ─► gRPC door, sealing, retiring, indexing
//!                     ─► a reading ─► metrics door
//!   a stop asked for  ─► the door drains ─► every part ends ─► nobody holds the stores
//! ```

use std::{
    sync::{Arc, OnceLock, Weak},
    time::{Duration, UNIX_EPOCH},
};

use piaolian_base::{
    clock,
    metrics::{Exposition, Group, Reading},
};
use piaolian_contracts::{chain::header::PROTOCOL_VERSION, types::OrganisationId};
use piaolian_custody::{
    access_log::AccessLog, attachments::Attachments, holders::Holders, vault::Vault,
};
use piaolian_ledger::Ledger;
use piaolian_network::{NetworkHandle, PeerStatus};
use piaolian_proto::v1;
use piaolian_service as service;
use piaolian_service::{
    ActingKeys, Issuing, KeyRetention, Service,
    api::{GrpcServer, tokens::Tokens},
    metrics_server,
    workers::{indexing, key_retirement, log_anchor, sealing},
};
use tokio::{sync::Notify, task::JoinSet, time::timeout};

use super::{End, NodeError, Parts, STOP_TIMEOUT, Setup, run};

/// How long the door may take to answer what is under way.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// What serves an organisation's own clients.
pub struct Servers {
    /// It listens already.
    pub door: GrpcServer,
    /// Who may call.
    pub tokens: Tokens,
    /// Whose node it is.
    pub organisation: OrganisationId,
    /// What it signs with for its organisation.
    pub keys: ActingKeys,
    /// Opens what is sealed for its organisation.
    pub vault: Arc<Vault>,
    /// When its keys are destroyed.
    pub retirement: KeyRetention,
    /// Where each opening of details is written down.
    pub access_log: AccessLog,
    /// What an issuer's node keeps and checks.
    pub issuing: Option<Issuing>,
    /// Whose receipt is which, where holders are served.
    pub holders: Option<Holders>,
    /// Where an operator's Prometheus asks, if it does. It listens already.
    pub metrics: Option<metrics_server::MetricsServer>,
}

/// What of a run a stop must reach.
#[derive(Default)]
struct Running {
    /// Weak: whoever holds the service holds the stores open.
    service: OnceLock<Weak<Service>>,
    /// The door has answered what was under way.
    drained: Notify,
}

/// Runs a node and its door until `stop` completes or a part fails. When it ends, calls
/// under way were answered, as far as that took seconds, and the stores are closed.
///
/// # Errors
/// What made the node end.
pub async fn run_with_servers(
    setup: Setup,
    servers: Servers,
    stop: impl Future<Output = ()> + Send,
) -> Result<End, NodeError> {
    let running = Arc::new(Running::default());
    let closed = [
        servers.issuing.as_ref().map(|own| own.details.closed()),
        servers.holders.as_ref().map(Holders::closed),
    ];
    let serving = {
        let running = running.clone();
        move |parts: Parts| serve(parts, servers, running)
    };
    let stop = async {
        stop.await;
        running.drain().await;
    };
    let end = run(setup, serving, stop).await;
    for closed in closed.into_iter().flatten() {
        if !closed.within(STOP_TIMEOUT).await {
            tracing::warn!("a client's call holds on to the details or to the index of holders");
        }
    }
    end
}

/// Serves clients until the service stops, beside what the service does by itself; fails when
/// either fails.
async fn serve(parts: Parts, servers: Servers, running: Arc<Running>) -> Result<(), NodeError> {
    let Servers {
        grpc: door,
        tokens,
        organisation,
        keys,
        vault,
        retirement,
        access_log,
        issuing,
        holders,
        metrics,
    } = servers;
    let source = Arc::new(Source {
        ledger: parts.ledger.clone(),
        network: parts.network.clone(),
        attachments: parts.attachments.clone(),
    });
    let metrics = metrics.map(|door| {
        let source = Arc::downgrade(&source);
        let read = move || source.upgrade().map(|source| source.read());
        let started = clock::now().as_ms();
        door.serve(Exposition::new(
            parts.metrics,
            Box::new(read),
            parts.data,
            started,
        ))
    });
    let service = Arc::new(Service::new(service::Parts {
        ledger: parts.ledger,
        admission: parts.admission,
        organisation,
        keys,
        vault,
        retirement,
        access_log,
        attachments: parts.attachments,
        issuing,
        holders,
        peers: Box::new(move || parts.network.peers().into_iter().map(status_of).collect()),
    }));
    let _ = running.service.set(Arc::downgrade(&service)); // this is called once
    let _ending = StopOnDrop(service.clone());
    let doors = async {
        let served = door.serve(service.clone(), tokens).await;
        running.drained.notify_one();
        served.map_err(|error| NodeError::Doors(error.to_string()))
    };
    let workers = work(&service);
    let metrics = async {
        if let Some(serving) = metrics {
            serving.await;
        }
        Ok(())
    };
    tokio::try_join!(doors, workers, metrics)?;
    // The node is stopping and ends this; ending first would look like a failure.
    std::future::pending().await
}

/// What the service does by itself, each in a task of its own: they read the disk for long, and
/// keep nobody waiting. They end with this.
async fn work(service: &Arc<Service>) -> Result<(), NodeError> {
    let mut workers = JoinSet::new();
    let sealer = service.clone();
    workers.spawn(async move { sealing::run(&sealer).await });
    let retirer = service.clone();
    workers.spawn(async move { key_retirement::run(&retirer).await });
    let indexer = service.clone();
    workers.spawn(async move { indexing::run(&indexer).await });
    let anchorer = service.clone();
    workers.spawn(async move { log_anchor::run(&anchorer).await });
    while let Some(ended) = workers.join_next().await {
        ended?.map_err(|error| NodeError::Doors(error.to_string()))?;
    }
    Ok(())
}

/// What metrics are read from. Whoever scrapes holds it weakly: it holds the store open.
struct Source {
    ledger: Ledger,
    network: NetworkHandle,
    attachments: Arc<Attachments>,
}

impl Source {
    fn read(&self) -> Reading {
        let (tip, pool, peers) = (
            self.ledger.tip(),
            self.ledger.mempool(),
            self.network.peers(),
        );
        Reading {
            height: tip.height.get(),
            block_time_ms: tip.time.as_ms(),
            pool_transactions: pool.len() as u64,
            pool_bytes: pool.bytes() as u64,
            validators: group(&peers, |peer| peer.validator),
            followers: group(&peers, |peer| !peer.validator),
            synced_writes: self.ledger.store().synced_writes(),
            // What cannot be read here ends the node elsewhere.
            attachments_missing: self.attachments.missing().unwrap_or_default() as u64,
            attachments_left_out: self.attachments.left_out(),
            protocol_version: PROTOCOL_VERSION,
        }
    }
}

/// A member as the status query shows it.
fn status_of(peer: PeerStatus) -> v1::PeerStatus {
    let since = peer
        .connected_since
        .and_then(|since| since.duration_since(UNIX_EPOCH).ok());
    v1::PeerStatus {
        organisation: peer.organisation,
        validator: peer.validator,
        connected_since_ms: since
            .map(|since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
            .unwrap_or_default(),
        height: peer.tip,
    }
}

fn group(peers: &[PeerStatus], of: impl Fn(&PeerStatus) -> bool) -> Group {
    let known = peers.iter().filter(|peer| of(peer));
    let connected = known.clone().filter(|peer| peer.connected_since.is_some());
    Group {
        known: known.count() as u64,
        connected: connected.count() as u64,
    }
}

/// Stops the service also when what serves it is cut off: subscriptions hold on to it.
struct StopOnDrop(Arc<Service>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl Running {
    fn service(&self) -> Option<Arc<Service>> {
        self.service.get().and_then(Weak::upgrade)
    }

    /// Lets the door answer what is under way, and no more.
    async fn drain(&self) {
        if let Some(service) = self.service() {
            service.stop();
            drop(service);
            let _ = timeout(DRAIN_TIMEOUT, self.drained.notified()).await; // late: stop anyway
        }
    }
}
