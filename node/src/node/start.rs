//! Starting a node from its configuration.

use std::{fs, io, path::PathBuf, sync::Arc};

use ed25519_dalek::SigningKey;
use piaolian_contracts::{organisations::KeyPurpose, types::OrganisationId};
use piaolian_genesis::{Genesis, JsonError};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};

use super::{Endpoints, NodeError, Parts, Setup};
use crate::{
    config::Config,
    details::{self, DetailsStore},
    keys::{KeyError, KeyRing},
    node::{self, End},
    rpc::{
        Door, RpcError,
        tokens::{Tokens, TokensError},
    },
    service::{self, ActingKeys, Service, ServiceError, sealing},
};

/// The mark's file, in the folder of the node's keys.
const MARK_FILE: &str = "signer.mark";
/// The issuer's own store of details, in the data folder.
const DETAILS_FOLDER: &str = "details";

/// Why a node did not start, or ended by failing.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A file or folder cannot be used.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The founding document is not one.
    #[error("{path}: {source}")]
    Genesis {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: JsonError,
    },
    /// A key is missing or its file is open to others.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The clients' tokens cannot be used.
    #[error(transparent)]
    Tokens(#[from] TokensError),
    /// The gRPC door cannot open.
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// The details cannot be kept.
    #[error(transparent)]
    Details(#[from] details::store::StoreError),
    /// What the issuer's edge checks is out of bounds.
    #[error(transparent)]
    Rules(#[from] details::BadTolerance),
    /// The node failed.
    #[error(transparent)]
    Node(#[from] NodeError),
}

/// Runs the node that `config` describes until it is told to stop (SIGINT,
/// SIGTERM) or fails.
///
/// # Errors
/// What keeps it from starting, or made it end.
pub async fn start(config: &Config) -> Result<End, StartError> {
    let genesis = read_genesis(config)?;
    let keys = KeyRing::open(&config.keys)?;
    let secret = |purpose| {
        keys.get(purpose)
            .map(|key| SigningKey::from_bytes(&key.pair().secret()))
    };
    let tokens = Tokens::load(&config.rpc.tokens)?;
    let door = Door::listen(config.rpc.listen).await?;
    fs::create_dir_all(&config.data).map_err(|source| StartError::File {
        path: config.data.clone(),
        source,
    })?;
    let setup = Setup {
        genesis,
        data: config.data.clone(),
        mark: config.keys.join(MARK_FILE),
        listen: config.network.listen.clone(),
        endpoints: endpoints(config),
        peer_key: SigningKey::from_bytes(&keys.require(KeyPurpose::Peer)?.pair().secret()),
        validate_key: secret(KeyPurpose::Validate),
    };
    let (stop_doors, stopping) = oneshot::channel();
    let doors = Doors {
        organisation: config.organisation,
        keys: ActingKeys {
            sign: keys.get(KeyPurpose::Sign).cloned(),
            supervise: keys.get(KeyPurpose::Supervise).cloned(),
        },
        details: open_details(config)?,
        rules: rules(config)?,
        door,
        tokens,
        stopping,
    };
    let stop = async {
        until_told_to_stop().await;
        let _ = stop_doors.send(()); // gone: the doors have failed already
    };
    Ok(node::run(setup, |parts| doors.serve(parts), stop).await?)
}

fn read_genesis(config: &Config) -> Result<Genesis, StartError> {
    let path = &config.genesis;
    let text = fs::read_to_string(path).map_err(|source| StartError::File {
        path: path.clone(),
        source,
    })?;
    Genesis::from_json(&text).map_err(|source| StartError::Genesis {
        path: path.clone(),
        source,
    })
}

/// Only an issuer keeps details.
fn open_details(config: &Config) -> Result<Option<Arc<DetailsStore>>, StartError> {
    if config.issuing.is_none() {
        return Ok(None);
    }
    let store = DetailsStore::open(&config.data.join(DETAILS_FOLDER))?;
    Ok(Some(Arc::new(store)))
}

/// What the issuer's edge checks; without an `issuing` section nothing passes it.
fn rules(config: &Config) -> Result<details::Rules, StartError> {
    let issuing = config.issuing.clone().unwrap_or_default();
    let rules = details::Rules::of(config.organisation).for_agencies(issuing.agencies);
    Ok(rules.with_line_tolerance(issuing.line_tolerance_fen)?)
}

fn endpoints(config: &Config) -> Endpoints {
    let peers = config.network.peers.iter();
    peers
        .map(|(organisation, addresses)| (organisation.to_string(), addresses.clone()))
        .collect()
}

/// What serves clients, and seals where this is finance's node.
struct Doors {
    organisation: OrganisationId,
    keys: ActingKeys,
    details: Option<Arc<DetailsStore>>,
    rules: details::Rules,
    door: Door,
    tokens: Tokens,
    stopping: oneshot::Receiver<()>,
}

impl Doors {
    async fn serve(self, parts: Parts) -> Result<(), NodeError> {
        let network = parts.network.clone();
        let service = Arc::new(Service::new(service::Parts {
            ledger: parts.ledger,
            admission: parts.admission,
            organisation: self.organisation,
            keys: self.keys,
            details: self.details,
            rules: self.rules,
            peers: Box::new(move || network.peers()),
        }));
        let sealing = async { sealing::run(&service).await.map_err(NodeError::from) };
        let served = self.door.serve(service.clone(), self.tokens);
        let serving = async { served.await.map_err(NodeError::from) };
        let stopping = async {
            let _ = self.stopping.await; // gone: the node is ending
            service.stop();
            Ok(())
        };
        tokio::try_join!(sealing, serving, stopping)?;
        Ok(())
    }
}

/// SIGINT or SIGTERM.
async fn until_told_to_stop() {
    let wait = async |kind| match signal(kind) {
        Ok(mut signals) => drop(signals.recv().await),
        Err(error) => {
            tracing::error!(%error, "this signal will not stop the node");
            std::future::pending().await
        }
    };
    tokio::select! {
        () = wait(SignalKind::interrupt()) => {}
        () = wait(SignalKind::terminate()) => {}
    }
}

impl From<ServiceError> for NodeError {
    fn from(error: ServiceError) -> Self {
        Self::Doors(Box::new(error))
    }
}

impl From<RpcError> for NodeError {
    fn from(error: RpcError) -> Self {
        Self::Doors(Box::new(error))
    }
}
