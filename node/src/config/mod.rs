//! What a node is told at its start: one strict TOML file.
//!
//! ```text
//!   piaolian.toml ──parse──► File (unknown fields refused) ──check──► Config
//!                                       │ relative paths: from the file's folder
//!                                       └─ every problem is reported, not the first alone
//! ```
//!
//! `file` documents each field. Whether the node validates is not configured:
//! it does when the chain's validator set has its key.

mod check;
mod file;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::Duration,
};

use libp2p::Multiaddr;
use piaolian_contracts::{disclosure::LogNumber, types::OrganisationId};
use serde::Deserialize;

pub use self::check::Problems;
use self::file::File;

/// A checked configuration; its paths are ready to be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The organisation that runs this node.
    pub organisation: OrganisationId,
    /// The founding document.
    pub genesis: PathBuf,
    /// Where the node keeps what it knows.
    pub data: PathBuf,
    /// The folder of the node's keys.
    pub keys: PathBuf,
    /// The peer-to-peer network.
    pub network: NetworkConfig,
    /// The gRPC door.
    pub rpc: RpcConfig,
    /// What an issuer's node checks; `None` on others.
    pub issuing: Option<IssuingConfig>,
    /// Whether the node serves holders of receipts.
    pub serves_holders: bool,
    /// How long an encryption key is meant to be in force; `None`: as long as it likes.
    pub encryption_key_period: Option<Duration>,
    /// How long after its end an encryption key is destroyed; `None`: never.
    pub encryption_keys_kept: Option<Duration>,
    /// Days after which attachments are taken away here; `None`: never.
    pub attachments_kept_days: Option<NonZeroU32>,
    /// MiB fetched by themselves of what one member named on one day; `None`: as many as is
    /// usual.
    pub attachments_member_mib_a_day: Option<NonZeroU32>,
    /// Which of the organisation's access logs the node writes.
    pub access_log: LogNumber,
    /// The door for Prometheus; `None` where there is none.
    pub metrics: Option<MetricsConfig>,
    /// The log.
    pub log: LogConfig,
}

/// The peer-to-peer network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkConfig {
    /// Where peers reach this node.
    pub listen: Multiaddr,
    /// Where peers are reached, beside the endpoints on the ledger.
    pub peers: BTreeMap<OrganisationId, Vec<Multiaddr>>,
}

/// The gRPC door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RpcConfig {
    /// A loopback address.
    pub listen: SocketAddr,
    /// The clients' tokens.
    pub tokens: PathBuf,
}

/// What an issuer's node checks before it signs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssuingConfig {
    /// The agencies on whose behalf this organisation issues.
    pub agencies: BTreeSet<OrganisationId>,
}

/// The door for Prometheus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricsConfig {
    /// A loopback address, unless the file says that it is meant to be another.
    pub listen: SocketAddr,
}

/// The log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogConfig {
    /// A filter that `EnvFilter` reads.
    pub filter: String,
    /// How lines are written.
    pub format: LogFormat,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Why a configuration is not used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no TOML, or has a field that is unknown, missing or of another type.
    #[error("{}: {source}", .path.display())]
    Unparsable {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// Fields are not what they should be.
    #[error("{}: {problems}", .path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// All that was found.
        problems: Problems,
    },
}

impl Config {
    /// The port of the gRPC door where the file names none.
    pub const RPC_PORT: u16 = 26_700;

    /// The port of the door for Prometheus where the file names none.
    pub const METRICS_PORT: u16 = 26_701;

    /// Reads and checks a configuration whole, before anything is started.
    /// Relative paths are relative to the file.
    ///
    /// # Errors
    /// When the file cannot be read, has unknown fields or wrong values.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let file: File = toml::from_str(&text).map_err(|source| ConfigError::Unparsable {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        file.check(folder).map_err(|problems| ConfigError::Wrong {
            path: path.to_owned(),
            problems,
        })
    }
}
