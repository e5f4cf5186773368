//! A node with its servers: the composition that an organisation runs.
//!
//! ```text
//!   components of the node ─► services ─► gRPC server, workers
//!                     ─► a reading ─► metrics server
//!   a stop asked for  ─► calls under way are answered ─► every component ends ─► nobody holds the stores
//! ```

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, UNIX_EPOCH},
};

use piaolian_base::{
    clock,
    metrics::{Exposition, Group, Reading},
    shutdown::StopSwitch,
};
use piaolian_contracts::{chain::header::PROTOCOL_VERSION, types::OrganisationId};
use piaolian_custody::{
    access_log::AccessLog, attachments::Attachments, holders::Holders, vault::Vault,
};
use piaolian_encryption::IndexKey;
use piaolian_ledger::Ledger;
use piaolian_network::{NetworkHandle, PeerStatus};
use piaolian_proto::v1;
use piaolian_service as service;
use piaolian_service::{
    ActingKeys, Issuer, KeyRetention, Services,
    api::{GrpcServer, tokens::Tokens},
    metrics_server,
};
use tokio::{sync::Notify, time::timeout};

use super::{Components, NodeError, Setup, StopReason, run, wait_until_closed};

/// Longest wait for the gRPC server to end. It is above the server's own limit for calls in progress, which is 5 s.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// Servers for an organisation's own clients, and what they serve from.
pub struct Servers {
    /// gRPC server; it listens already.
    pub grpc: GrpcServer,
    /// Tokens of clients that may call.
    pub tokens: Tokens,
    /// The organisation that runs the node.
    pub organisation: OrganisationId,
    /// Keys with which the node acts for its organisation.
    pub keys: ActingKeys,
    /// Opens details that are encrypted for its organisation.
    pub vault: Arc<Vault>,
    /// Period and retention of its encryption keys.
    pub key_retention: KeyRetention,
    /// Keys the tags that stand for holders on the ledger.
    pub holder_tags: IndexKey,
    /// Records each opening of details.
    pub access_log: AccessLog,
    /// The issuer's own store and rules; `None` where the node issues none.
    pub issuer: Option<Issuer>,
    /// Holder index; `None` where holders are not served.
    pub holders: Option<Holders>,
    /// Server for an operator's Prometheus, if there is one. It listens already.
    pub metrics: Option<metrics_server::MetricsServer>,
}

/// Servers that a stop must reach.
#[derive(Default)]
struct Running {
    /// Set once the servers run. The switch does not keep the stores open.
    stop: OnceLock<StopSwitch>,
    /// Notified when the calls in progress were answered.
    drained: Notify,
}

/// Runs a node and its servers until `stop` completes or a component fails. Before it returns, it answers calls in
/// progress, for a few seconds at most, and closes the stores.
///
/// # Errors
/// The reason for which the node ended.
pub async fn run_with_servers(
    setup: Setup,
    servers: Servers,
    stop: impl Future<Output = ()> + Send,
) -> Result<StopReason, NodeError> {
    let running = Arc::new(Running::default());
    let issuer = servers.issuer.as_ref();
    let holders = servers.holders.as_ref();
    let closed = [
        Some(("access log", servers.access_log.closed())),
        issuer.map(|issuer| ("details", issuer.details.closed())),
        holders.map(|holders| ("holder index", holders.closed())),
    ];
    let serving = {
        let running = running.clone();
        move |components: Components| serve(components, servers, running)
    };
    let stop = async {
        stop.await;
        running.drain().await;
    };
    let end = run(setup, serving, stop).await;
    wait_until_closed(closed.into_iter().flatten()).await;
    end
}

/// Serves clients and works until the services stop. Fails when a server or a worker fails.
async fn serve(
    components: Components,
    servers: Servers,
    running: Arc<Running>,
) -> Result<(), NodeError> {
    let Servers {
        grpc,
        tokens,
        organisation,
        keys,
        vault,
        key_retention,
        holder_tags,
        access_log,
        issuer,
        holders,
        metrics,
    } = servers;
    let source = Arc::new(Source {
        ledger: components.ledger.clone(),
        network: components.network.clone(),
        attachments: components.attachments.clone(),
    });
    let metrics = metrics.map(|server| {
        let source = Arc::downgrade(&source);
        let read = move || source.upgrade().map(|source| source.read());
        let started = clock::now().as_ms();
        server.serve(Exposition::new(
            components.metrics,
            Box::new(read),
            components.data,
            started,
        ))
    });
    let services = Arc::new(Services::new(service::Dependencies {
        ledger: components.ledger,
        admission: components.admission,
        organisation,
        keys,
        vault,
        key_retention,
        holder_tags,
        access_log,
        attachments: components.attachments,
        issuer,
        holders,
        peers: Box::new(move || {
            components
                .network
                .peers()
                .into_iter()
                .map(status_of)
                .collect()
        }),
    }));
    let stop = services.stop_switch();
    let _ = running.stop.set(stop.clone()); // this is called once
    let _ending = StopOnDrop(stop);
    let grpc = async {
        let served = grpc.serve(services.clone(), tokens).await;
        running.drained.notify_one();
        served.map_err(|error| NodeError::Servers(error.to_string()))
    };
    let workers = async {
        let worked = services.work().await;
        worked.map_err(|error| NodeError::Servers(error.to_string()))
    };
    let metrics = async {
        if let Some(serving) = metrics {
            serving.await;
        }
        Ok(())
    };
    tokio::try_join!(grpc, workers, metrics)?;
    // The node is stopping and will drop this future. If it returned first, that would look like a failure.
    std::future::pending().await
}

/// Source of metrics. The server holds it weakly, because it holds the store open.
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
            synced_writes: self.ledger.view().synced_writes(),
            // A store that cannot be read stops the node by another path.
            attachments_missing: self.attachments.missing().unwrap_or_default() as u64,
            attachments_left_out: self.attachments.left_out(),
            protocol_version: PROTOCOL_VERSION,
        }
    }
}

/// Returns a peer as the status shows it.
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

/// Stops the services even if the serving future is dropped, because subscriptions keep the ledger open.
struct StopOnDrop(StopSwitch);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl Running {
    /// Lets the gRPC server answer the calls in progress, and no new ones.
    async fn drain(&self) {
        if let Some(stop) = self.stop.get() {
            stop.stop();
            let _ = timeout(DRAIN_TIMEOUT, self.drained.notified()).await; // late: stop anyway
        }
    }
}
