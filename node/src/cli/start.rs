//! `piaolian start`: a whole node, until it is asked to stop.
//!
//! ```text
//!   config ─► genesis, keys, tokens, stores: all checked first ─► node with its door
//!   SIGINT, SIGTERM ─► it stops in order
//! ```

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use ed25519_dalek::SigningKey;
use piaolian_base::layout;
use piaolian_contracts::organisations::KeyPurpose;
use piaolian_custody::{
    access_log::{AccessLog, LogHeader},
    attachments::{Attachments, Keeping, Retention},
    details_store::DetailsStore,
    holders::Holders,
    keys::{self, HeldKey, KeyRing},
    vault::Vault,
};
use piaolian_details::Rules;
use piaolian_genesis::Genesis;
use piaolian_service::metrics_server;
use piaolian_service::{
    ActingKeys, Issuer, KeyRetention,
    api::{GrpcServer, tokens::Tokens},
};
use tracing_subscriber::EnvFilter;

use super::{Failure, files, signals};
use crate::{
    app as node,
    app::{Doors, End, Setup},
    config::{Config, LogConfig, LogFormat, MetricsConfig},
};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The node's configuration.
    #[arg(long, default_value = "piaolian.toml")]
    config: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let config = Config::load(&arguments.config).map_err(|error| Failure::usage(&error))?;
    begin_log(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| Failure::trouble(&error))?;
    runtime.block_on(async {
        // A node that gets another part in consensus starts again with it, its keys read anew.
        while run_once(&config).await? == End::Rejoin {}
        Ok(())
    })
}

async fn run_once(config: &Config) -> Result<End, Failure> {
    let usage = |error: &dyn std::fmt::Display| Failure::usage(&error);
    let genesis = files::read_genesis(&config.genesis)?;
    let keys = KeyRing::open(&config.keys).map_err(|error| usage(&error))?;
    let tokens = Tokens::load(&config.rpc.tokens).map_err(|error| usage(&error))?;
    let vault = Arc::new(vault(config, &genesis, &keys));
    let issuing = issuing(config, vault.clone())?;
    let attachments = attachments(config, issuing.as_ref())?;
    let setup = setup(config, genesis, &keys, attachments)?;
    let access_log = access_log(config, &setup.genesis)?;
    let door = GrpcServer::listen(config.rpc.listen)
        .await
        .map_err(|error| usage(&error))?;
    tracing::info!(address = %door.address(), "gRPC listens");
    let metrics = metrics_door(config).await?;

    let doors = Doors {
        door,
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
        metrics,
    };
    let asked = signals::stop_asked().map_err(|error| Failure::trouble(&error))?;
    let stop = async {
        let signal = asked.await;
        tracing::info!(signal, "stopping");
    };
    let end = node::run_with_doors(setup, doors, stop).await;
    end.map_err(|error| Failure::trouble(&error))
}

/// The door for Prometheus, where the node is configured to have one.
async fn metrics_door(config: &Config) -> Result<Option<metrics_server::MetricsServer>, Failure> {
    let Some(MetricsConfig { listen }) = config.metrics else {
        return Ok(None);
    };
    let door = metrics_server::MetricsServer::listen(listen).await;
    let door = door.map_err(|error| Failure::usage(&error))?;
    tracing::info!(address = %door.address(), "metrics are told");
    Ok(Some(door))
}

/// What the composition root needs.
fn setup(
    config: &Config,
    genesis: Genesis,
    keys: &KeyRing,
    attachments: Arc<Attachments>,
) -> Result<Setup, Failure> {
    let peer = keys
        .require(KeyPurpose::Peer)
        .map_err(|error| Failure::usage(&error))?;
    let endpoints = config.network.peers.iter();
    Ok(Setup {
        genesis,
        organisation: config.organisation,
        data: config.data.clone(),
        attachments,
        mark: config.keys.join(layout::SIGNER_MARK),
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

/// An issuer's store and rules, where the node is configured to issue.
fn issuing(config: &Config, vault: Arc<Vault>) -> Result<Option<Issuer>, Failure> {
    let Some(issuing) = &config.issuing else {
        return Ok(None);
    };
    let details = DetailsStore::open(&config.data.join(layout::DETAILS), vault)
        .map_err(|error| Failure::trouble(&error))?;
    let rules = Rules::of(config.organisation).for_agencies(issuing.agencies.iter().copied());
    Ok(Some(Issuer {
        details: Arc::new(details),
        rules,
    }))
}

/// The index of holders, where the node serves them.
fn holders(config: &Config) -> Result<Option<Holders>, Failure> {
    if !config.serves_holders {
        return Ok(None);
    }
    let key = keys::index_key(&config.keys).map_err(|error| Failure::usage(&error))?;
    let holders = Holders::open(&config.data.join(layout::HOLDERS), key);
    Ok(Some(holders.map_err(|error| Failure::trouble(&error))?))
}

/// The attachments; an issuer's own details are kept in their store.
fn attachments(config: &Config, issuing: Option<&Issuer>) -> Result<Arc<Attachments>, Failure> {
    let own = issuing.map(|issuing| issuing.attachments());
    let retention = match config.attachments_kept_days {
        Some(days) => Retention::Days(days.get()),
        None => Retention::ForEver,
    };
    let mut keeping = Keeping::from(retention);
    if let Some(mib) = config.attachments_member_mib_a_day {
        keeping.member_bytes_a_day = u64::from(mib.get()) << 20;
    }
    let folder = config.data.join(layout::ATTACHMENTS);
    Attachments::open(&folder, own, keeping).map_err(|error| Failure::trouble(&error))
}

/// Where each opening of details is written down.
fn access_log(config: &Config, genesis: &Genesis) -> Result<AccessLog, Failure> {
    let header = LogHeader {
        chain: genesis.chain_id().clone(),
        organisation: config.organisation,
        log: config.access_log,
    };
    let path = config.data.join(layout::access_log(header.log));
    AccessLog::open(&path, &header).map_err(|error| Failure::trouble(&error))
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
