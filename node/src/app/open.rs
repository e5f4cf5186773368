//! Opens a node: its files, stores and servers, from its configuration.
//!
//! ```text
//!   config ─► genesis, keys, tokens, stores: all checked first ─► servers that listen ─► Node ─► run
//! ```

use std::{fmt, sync::Arc};

use ed25519_dalek::SigningKey;
use piaolian_base::layout;
use piaolian_contracts::organisations::KeyPurpose;
use piaolian_custody::{
    access_log::{AccessLog, LogHeader},
    attachments::{Attachments, Retention, StorageLimits},
    details_store::DetailsStore,
    holders::Holders,
    keys::{self, HeldKey, KeyRing},
    vault::Vault,
};
use piaolian_details::Rules;
use piaolian_genesis::Genesis;
use piaolian_service::{
    ActingKeys, Issuer, KeyRetention,
    api::{GrpcServer, tokens::Tokens},
    metrics_server,
};

use super::{NodeError, Servers, Setup, StopReason, run_with_servers};
use crate::config::{Config, MetricsConfig};

/// A node whose files are open and whose servers listen.
pub struct Node {
    setup: Setup,
    servers: Servers,
}

/// A node cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A file is missing or wrong, or an address cannot be listened on. The operator must correct it.
    #[error("{0}")]
    Configuration(String),
    /// A store cannot be opened: a fault of this machine.
    #[error("{0}")]
    Machine(String),
}

impl OpenError {
    fn configuration(problem: &dyn fmt::Display) -> Self {
        Self::Configuration(problem.to_string())
    }

    fn machine(problem: &dyn fmt::Display) -> Self {
        Self::Machine(problem.to_string())
    }
}

/// The files that a node reads at its start, checked.
struct Files {
    genesis: Genesis,
    keys: KeyRing,
    tokens: Tokens,
}

impl Files {
    fn read(config: &Config) -> Result<Self, OpenError> {
        let genesis = Genesis::read(&config.genesis);
        let keys = KeyRing::open(&config.keys);
        let tokens = Tokens::load(&config.rpc.tokens);
        let files = Self {
            genesis: genesis.map_err(|error| OpenError::configuration(&error))?,
            keys: keys.map_err(|error| OpenError::configuration(&error))?,
            tokens: tokens.map_err(|error| OpenError::configuration(&error))?,
        };
        let peer = files.keys.require(KeyPurpose::Peer);
        peer.map_err(|error| OpenError::configuration(&error))?;
        Ok(files)
    }
}

/// Checks the files that a node reads at its start, and opens no store. It requires a last signed state beside a
/// validate key; the start itself requires that only if the key is in the validator set.
///
/// # Errors
/// When one is missing or wrong.
pub fn check(config: &Config) -> Result<(), OpenError> {
    let files = Files::read(config)?;
    let last_signed = config.keys.join(layout::LAST_SIGNED_STATE);
    if files.keys.get(KeyPurpose::Validate).is_some() && !last_signed.exists() {
        return Err(OpenError::Configuration(format!(
            "{} is missing beside a validate key: run `piaolian key init-signer` if the key has never signed",
            last_signed.display()
        )));
    }
    Ok(())
}

impl Node {
    /// Opens a node's files and stores, and listens for its clients.
    ///
    /// # Errors
    /// When a file is missing or wrong, an address is taken, or a store cannot be opened.
    pub async fn open(config: &Config) -> Result<Self, OpenError> {
        let Files {
            genesis,
            keys,
            tokens,
        } = Files::read(config)?;
        let vault = Arc::new(vault(config, &genesis, &keys));
        let issuing = issuing(config, vault.clone())?;
        let attachments = attachments(config, issuing.as_ref())?;
        let access_log = access_log(config, &genesis)?;
        let setup = setup(config, genesis, &keys, attachments)?;
        let grpc = GrpcServer::listen(config.rpc.listen).await;
        let grpc = grpc.map_err(|error| OpenError::configuration(&error))?;
        tracing::info!(address = %grpc.address(), "gRPC server listens");
        let servers = Servers {
            grpc,
            tokens,
            organisation: config.organisation,
            keys: acting(&keys),
            vault,
            key_retention: KeyRetention {
                keys: config.keys.clone(),
                period: config.encryption_key_period,
                destroyed_after: config.encryption_keys_kept,
                own_details: config.data.join(layout::DETAILS),
            },
            access_log,
            issuer: issuing,
            holders: holders(config)?,
            holder_tags: keys::holder_tag_key(&config.keys)
                .map_err(|error| OpenError::configuration(&error))?,
            metrics: metrics(config).await?,
        };
        Ok(Self { setup, servers })
    }

    /// Runs the node until `stop` completes or a component fails.
    ///
    /// # Errors
    /// The reason for which the node ended.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) -> Result<StopReason, NodeError> {
        run_with_servers(self.setup, self.servers, stop).await
    }
}

fn setup(
    config: &Config,
    genesis: Genesis,
    keys: &KeyRing,
    attachments: Arc<Attachments>,
) -> Result<Setup, OpenError> {
    let peer = keys.require(KeyPurpose::Peer);
    let peer = peer.map_err(|error| OpenError::configuration(&error))?;
    let endpoints = config.network.peers.iter();
    Ok(Setup {
        genesis,
        organisation: config.organisation,
        data: config.data.clone(),
        attachments,
        last_signed_state: config.keys.join(layout::LAST_SIGNED_STATE),
        listen: config.network.listen.clone(),
        endpoints: endpoints
            .map(|(id, addresses)| (id.to_string(), addresses.clone()))
            .collect(),
        peer_key: signing(peer),
        validate_keys: keys.validate_keys().map(signing).collect(),
    })
}

fn signing(key: &Arc<HeldKey>) -> SigningKey {
    SigningKey::from_bytes(&key.pair().secret())
}

fn acting(keys: &KeyRing) -> ActingKeys {
    ActingKeys {
        sign: keys.get(KeyPurpose::Sign).cloned(),
        supervise: keys.get(KeyPurpose::Supervise).cloned(),
        encrypt: keys.get(KeyPurpose::Encrypt).cloned(),
    }
}

fn vault(config: &Config, genesis: &Genesis, keys: &KeyRing) -> Vault {
    let secrets = keys
        .encryption_keys()
        .map(|key| key.decryption_secret(config.organisation));
    Vault::new(genesis.chain_id().clone(), secrets.collect())
}

/// Opens an issuer's store if the node is configured to issue.
fn issuing(config: &Config, vault: Arc<Vault>) -> Result<Option<Issuer>, OpenError> {
    let Some(issuing) = &config.issuing else {
        return Ok(None);
    };
    let details = DetailsStore::open(&config.data.join(layout::DETAILS), vault);
    let details = details.map_err(|error| OpenError::machine(&error))?;
    let rules = Rules::of(config.organisation).for_agencies(issuing.agencies.iter().copied());
    Ok(Some(Issuer {
        details: Arc::new(details),
        rules,
    }))
}

/// Opens the holder index if the node serves holders.
fn holders(config: &Config) -> Result<Option<Holders>, OpenError> {
    if !config.serves_holders {
        return Ok(None);
    }
    let key = keys::index_key(&config.keys).map_err(|error| OpenError::configuration(&error))?;
    let holders = Holders::open(&config.data.join(layout::HOLDERS), key);
    Ok(Some(holders.map_err(|error| OpenError::machine(&error))?))
}

/// Opens the attachments; an issuer's own details are kept in its own store.
fn attachments(config: &Config, issuing: Option<&Issuer>) -> Result<Arc<Attachments>, OpenError> {
    let own = issuing.map(|issuing| issuing.attachments());
    let retention = match config.attachments_kept_days {
        Some(days) => Retention::Days(days.get()),
        None => Retention::ForEver,
    };
    let mut limits = StorageLimits::from(retention);
    if let Some(mib) = config.attachments_member_mib_a_day {
        limits.member_bytes_a_day = u64::from(mib.get()) << 20;
    }
    let folder = config.data.join(layout::ATTACHMENTS);
    Attachments::open(&folder, own, limits).map_err(|error| OpenError::machine(&error))
}

/// Opens the access log, to which each decryption of details is written.
fn access_log(config: &Config, genesis: &Genesis) -> Result<AccessLog, OpenError> {
    let header = LogHeader {
        chain: genesis.chain_id().clone(),
        organisation: config.organisation,
        log: config.access_log,
    };
    let path = config.data.join(layout::access_log(header.log));
    AccessLog::open(&path, &header).map_err(|error| OpenError::machine(&error))
}

/// Listens for Prometheus if the node is configured to.
async fn metrics(config: &Config) -> Result<Option<metrics_server::MetricsServer>, OpenError> {
    let Some(MetricsConfig { listen }) = config.metrics else {
        return Ok(None);
    };
    let server = metrics_server::MetricsServer::listen(listen).await;
    let server = server.map_err(|error| OpenError::configuration(&error))?;
    tracing::info!(address = %server.address(), "metrics server listens");
    Ok(Some(server))
}
