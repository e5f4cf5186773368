//! Configuration of a node: one strict TOML file.
//!
//! ```text
//!   piaolian.toml ──parse──► File (unknown fields refused) ──check──► Config
//!                                       │ relative paths: from the file's folder
//!                                       └─ every problem is reported, not only the first
//! ```
//!
//! `file` documents each field. Whether the node validates is not configured: it validates when the chain's validator
//! set has its key.

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
    /// The data folder.
    pub data: PathBuf,
    /// The folder of the node's keys.
    pub keys: PathBuf,
    /// The peer-to-peer network.
    pub network: NetworkConfig,
    /// The gRPC server.
    pub rpc: RpcConfig,
    /// Checks of an issuer's node; `None` on others.
    pub issuing: Option<IssuingConfig>,
    /// Whether the node serves holders of receipts.
    pub serves_holders: bool,
    /// Planned life of an encryption key; `None`: no limit.
    pub encryption_key_period: Option<Duration>,
    /// Time from the end of an encryption key until it is destroyed; `None`: never.
    pub encryption_keys_kept: Option<Duration>,
    /// Days after which attachments are removed here; `None`: never.
    pub attachments_kept_days: Option<NonZeroU32>,
    /// MiB that the node fetches by itself of one member's attachments of one day; `None`: the
    /// default.
    pub attachments_member_mib_a_day: Option<NonZeroU32>,
    /// Number of the organisation's access log that the node writes.
    pub access_log: LogNumber,
    /// The metrics server; `None`: no metrics are served.
    pub metrics: Option<MetricsConfig>,
    /// The log.
    pub log: LogConfig,
}

/// The peer-to-peer network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkConfig {
    /// The address on which the node listens for peers.
    pub listen: Multiaddr,
    /// Addresses of peers, beside the endpoints on the ledger.
    pub peers: BTreeMap<OrganisationId, Vec<Multiaddr>>,
}

/// The gRPC server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RpcConfig {
    /// A loopback address.
    pub listen: SocketAddr,
    /// The clients' tokens.
    pub tokens: PathBuf,
}

/// Checks of an issuer's node before it signs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssuingConfig {
    /// The agencies on whose behalf this organisation issues.
    pub agencies: BTreeSet<OrganisationId>,
}

/// The metrics server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricsConfig {
    /// A loopback address, unless `beyond_loopback` is set.
    pub listen: SocketAddr,
}

/// The log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogConfig {
    /// A filter in the syntax of `EnvFilter`.
    pub filter: String,
    /// Format of lines.
    pub format: LogFormat,
}

/// Format of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// A configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The file is no TOML, or has a field that is unknown, missing or of another type.
    #[error("{}: {source}", .path.display())]
    Unparsable {
        /// The file.
        path: PathBuf,
        /// The place and the problem.
        source: Box<toml::de::Error>,
    },
    /// Fields have wrong values.
    #[error("{}: {problems}", .path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Every problem.
        problems: Problems,
    },
}

impl Config {
    /// The default port of the gRPC server.
    pub const RPC_PORT: u16 = 26_700;

    /// The default port of the metrics server.
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
