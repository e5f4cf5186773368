//! `piaolian start`: a whole node, until it is asked to stop.
//!
//! ```text
//!   config ─► genesis, keys, tokens: all checked first
//!          ─► composition root ─► service ─► gRPC door, sealing
//!   SIGINT, SIGTERM ─► the door drains ─► every part ends, the store is closed
//! ```

use std::{
    path::PathBuf,
    sync::{Arc, OnceLock, Weak},
    time::Duration,
};

use clap::Args;
use ed25519_dalek::SigningKey;
use piaolian_contracts::organisations::KeyPurpose;
use piaolian_genesis::Genesis;
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};
use tracing_subscriber::EnvFilter;

use super::{Failure, files, keys::MARK_FILE, signals};
use crate::{
    config::{Config, LogConfig, LogFormat},
    details::{DetailsStore, Rules},
    keys::{HeldKey, KeyRing},
    node::{self, End, NodeError, Setup},
    rpc::{Door, tokens::Tokens},
    service::{self, ActingKeys, Issuing, Service, sealing},
};

/// An issuer's own store, within the data folder.
const DETAILS_FOLDER: &str = "details";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The node's configuration.
    #[arg(long, default_value = "piaolian.toml")]
    config: PathBuf,
}

/// How long the door and what holds the service may take to end.
const END_TIMEOUT: Duration = Duration::from_secs(10);
/// How often it is looked whether they have.
const END_POLL: Duration = Duration::from_millis(20);

/// What of a run a stop must reach.
#[derive(Default)]
struct Running {
    /// Weak: whoever holds the service holds the stores open.
    service: OnceLock<Weak<Service>>,
    /// The door has answered what was under way.
    drained: Notify,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let config = Config::load(&arguments.config).map_err(|error| Failure::usage(&error))?;
    begin_log(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| Failure::trouble(&error))?;
    runtime.block_on(async {
        // A node that had to keep silent starts again once it may validate.
        while run_once(&config).await? == End::Rejoin {}
        Ok(())
    })
}

async fn run_once(config: &Config) -> Result<End, Failure> {
    let usage = |error: &dyn std::fmt::Display| Failure::usage(&error);
    let genesis = files::read_genesis(&config.genesis)?;
    let keys = KeyRing::open(&config.keys).map_err(|error| usage(&error))?;
    let setup = setup(config, genesis, &keys)?;
    let tokens = Tokens::load(&config.rpc.tokens).map_err(|error| usage(&error))?;
    let issuing = issuing(config)?;
    let door = Door::listen(config.rpc.listen)
        .await
        .map_err(|error| usage(&error))?;
    tracing::info!(address = %door.address(), "gRPC listens");

    let running = Arc::new(Running::default());
    let doors = {
        let (running, organisation, keys) = (running.clone(), config.organisation, acting(&keys));
        move |parts: node::Parts| {
            let service = Arc::new(Service::new(service::Parts {
                ledger: parts.ledger,
                admission: parts.admission,
                organisation,
                keys,
                issuing,
                peers: Box::new(move || parts.network.peers()),
            }));
            let _ = running.service.set(Arc::downgrade(&service)); // this is called once
            serve(door, service, tokens, running)
        }
    };
    let end = node::run(setup, doors, stop(running.clone())?).await;
    running.released().await;
    end.map_err(|error| Failure::trouble(&error))
}

/// Completes once a stop was asked for and the door has drained.
fn stop(running: Arc<Running>) -> Result<impl Future<Output = ()>, Failure> {
    let asked = signals::stop_asked().map_err(|error| Failure::trouble(&error))?;
    Ok(async move {
        let signal = asked.await;
        tracing::info!(signal, "stopping");
        if let Some(service) = running.service() {
            service.stop();
            drop(service);
            let _ = timeout(END_TIMEOUT, running.drained.notified()).await; // late: stop anyway
        }
    })
}

/// Serves clients, and seals where this node may, until the service stops; fails when
/// either fails.
async fn serve(
    door: Door,
    service: Arc<Service>,
    tokens: Tokens,
    running: Arc<Running>,
) -> Result<(), NodeError> {
    let _ending = StopOnDrop(service.clone());
    let doors = async {
        let served = door.serve(service.clone(), tokens).await;
        running.drained.notify_one();
        served.map_err(|error| NodeError::Doors(error.to_string()))
    };
    let sealing = async {
        let sealed = sealing::run(&service).await;
        sealed.map_err(|error| NodeError::Doors(error.to_string()))
    };
    tokio::try_join!(doors, sealing)?;
    // The node is stopping and ends this; ending first would look like a failure.
    std::future::pending().await
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

    /// Waits until nobody holds the service any more, and with it the stores: the next
    /// run opens them again.
    async fn released(&self) {
        let released = async {
            while self.service().is_some() {
                sleep(END_POLL).await;
            }
        };
        if timeout(END_TIMEOUT, released).await.is_err() {
            tracing::warn!("a client's call holds on to the service");
        }
    }
}

/// What the composition root needs.
fn setup(config: &Config, genesis: Genesis, keys: &KeyRing) -> Result<Setup, Failure> {
    let peer = keys
        .require(KeyPurpose::Peer)
        .map_err(|error| Failure::usage(&error))?;
    let endpoints = config.network.peers.iter();
    Ok(Setup {
        genesis,
        data: config.data.clone(),
        mark: config.keys.join(MARK_FILE),
        listen: config.network.listen.clone(),
        endpoints: endpoints
            .map(|(id, addresses)| (id.to_string(), addresses.clone()))
            .collect(),
        peer_key: signing(peer),
        validate_key: keys.get(KeyPurpose::Validate).map(signing),
    })
}

fn signing(key: &Arc<HeldKey>) -> SigningKey {
    SigningKey::from_bytes(&key.pair().secret())
}

fn acting(keys: &KeyRing) -> ActingKeys {
    ActingKeys {
        sign: keys.get(KeyPurpose::Sign).cloned(),
        supervise: keys.get(KeyPurpose::Supervise).cloned(),
    }
}

/// An issuer's store and rules, where the node is configured to issue.
fn issuing(config: &Config) -> Result<Option<Issuing>, Failure> {
    let Some(issuing) = &config.issuing else {
        return Ok(None);
    };
    let details = DetailsStore::open(&config.data.join(DETAILS_FOLDER))
        .map_err(|error| Failure::trouble(&error))?;
    let rules = Rules::of(config.organisation)
        .for_agencies(issuing.agencies.iter().copied())
        .with_line_tolerance(issuing.line_tolerance_fen)
        .map_err(|error| Failure::usage(&error))?;
    Ok(Some(Issuing {
        details: Arc::new(details),
        rules,
    }))
}

fn begin_log(log: &LogConfig) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&log.filter).map_err(|error| Failure::usage(&error))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let begun = match log.format {
        LogFormat::Text => lines.with_ansi(false).try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
    begun.map_err(|error| Failure::trouble(&error))
}
