//! What a node is told at its start: one strict TOML file.
//!
//! ```text
//!   piaolian.toml ──parse──► File (unknown fields refused) ──check──► Config
//!                                       │ relative paths: from the file's folder
//!                                       └─ every problem is reported, not the first alone
//! ```
//!
//! `File` documents each field. Whether the node validates is not configured:
//! it does when the chain's validator set has its key.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::SocketAddr,
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::Duration,
};

use libp2p::Multiaddr;
use piaolian_contracts::{organisations::Endpoint, types::OrganisationId};
use serde::Deserialize;
use tracing_subscriber::EnvFilter;

/// Extra addresses of one peer: as many as its record on the ledger may have.
const ADDRESSES_OF_A_PEER_MAX: usize = 8;

/// What is logged where the file does not say.
const FILTER_USUAL: &str = "info,arc_malachitebft=warn";

/// The configuration file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Unified social credit code of the organisation that runs this node.
    organisation: String,
    /// The founding document of the chain, `genesis.json`.
    genesis: PathBuf,
    /// Where the node keeps the chain, and an issuer the details of its receipts.
    /// Made when it is not there; for the node's user alone.
    data: PathBuf,
    /// The folder of the node's keys. It holds sign, validate, peer, seal and
    /// supervise keys, and never an admin key.
    keys: PathBuf,
    network: NetworkFile,
    #[serde(default)]
    rpc: RpcFile,
    /// Present on an issuer's and on a collecting agency's node: it checks, keeps and
    /// commits to the details of receipts and of payment notices.
    issuing: Option<IssuingFile>,
    #[serde(default)]
    seal: SealFile,
    #[serde(default)]
    attachments: AttachmentsFile,
    /// Present where an operator's Prometheus watches the node.
    metrics: Option<MetricsFile>,
    #[serde(default)]
    log: LogFile,
}

/// The peer-to-peer network.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkFile {
    /// Where peers reach this node: an IP address and a TCP port as a multiaddress, such
    /// as `/ip4/0.0.0.0/tcp/26600`.
    listen: String,
    /// Where peers are reached, beside the endpoints on the ledger: organisation
    /// = list of at most 8 multiaddresses without a peer id.
    #[serde(default)]
    peers: BTreeMap<String, Vec<String>>,
}

/// The gRPC door.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RpcFile {
    /// Where clients reach this node. The node itself speaks no TLS yet and so
    /// refuses every address but loopback: put a TLS proxy in front for others.
    listen: SocketAddr,
    /// The tokens of the node's clients, made by `piaolian tokens`; a file for
    /// the node's user alone (mode 0600).
    tokens: PathBuf,
}

/// What an issuer's node checks before it signs.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct IssuingFile {
    /// The agencies (执收单位) on whose behalf this organisation issues.
    agencies: Vec<String>,
}

/// The organisation's seal keys.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SealFile {
    /// Days after which an earlier key is destroyed, from the block that ended it. Unless
    /// given they are kept. Nobody can undo it.
    destroy_after_days: Option<NonZeroU32>,
}

/// What receipts and authorisations have beside the chain: sealed details, wrapped keys.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AttachmentsFile {
    /// Days after which one is taken away here, from when the ledger named it or it was
    /// fetched again. Unless given they are kept. An issuer's own details are always kept.
    keep_days: Option<NonZeroU32>,
}

/// The door for Prometheus.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct MetricsFile {
    /// Where Prometheus reaches this node, at `/metrics`. Whoever reaches it may read: it
    /// asks for no token and speaks no TLS.
    listen: SocketAddr,
    /// Says that `listen` is meant to be reached from other machines; refused otherwise.
    beyond_loopback: bool,
}

/// The log, on stderr.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct LogFile {
    /// As `tracing_subscriber::EnvFilter` reads it, such as `warn,piaolian_node::rpc=debug`.
    /// Unless given, the consensus engine tells its warnings alone: it has a line for each vote.
    filter: String,
    /// `text` or `json`.
    format: LogFormat,
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

impl Default for RpcFile {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], Config::RPC_PORT)),
            tokens: PathBuf::from("tokens.toml"),
        }
    }
}

impl Default for MetricsFile {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], Config::METRICS_PORT)),
            beyond_loopback: false,
        }
    }
}

impl Default for LogFile {
    fn default() -> Self {
        Self {
            filter: FILTER_USUAL.to_owned(),
            format: LogFormat::Text,
        }
    }
}

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
    /// How long after its end a seal key is destroyed; `None`: never.
    pub seal_keys_kept: Option<Duration>,
    /// Days after which attachments are taken away here; `None`: never.
    pub attachments_kept_days: Option<NonZeroU32>,
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

/// Everything that is wrong with the fields of a configuration.
#[derive(Debug, Default)]
pub struct Problems(Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl Problems {
    /// Takes a result's value; an error is noted with the field's name.
    fn note<T, E: fmt::Display>(&mut self, field: &str, result: Result<T, E>) -> Option<T> {
        result
            .map_err(|error| self.0.push(format!("{field}: {error}")))
            .ok()
    }
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
        let file = toml::from_str(&text).map_err(|source| ConfigError::Unparsable {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::check(file, folder).map_err(|problems| ConfigError::Wrong {
            path: path.to_owned(),
            problems,
        })
    }

    fn check(file: File, folder: &Path) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let organisation = problems.note("organisation", file.organisation.parse());
        let network = file.network.check(&mut problems);
        let rpc = file.rpc.check(folder, &mut problems);
        let issuing = file.issuing.map(|issuing| issuing.check(&mut problems));
        let metrics = file.metrics.map(|metrics| metrics.check(&mut problems));
        let log = file.log.check(&mut problems);
        let (Some(organisation), Some(network), Some(rpc), Some(log)) =
            (organisation, network, rpc, log)
        else {
            return Err(problems);
        };
        if !problems.0.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            organisation,
            genesis: folder.join(file.genesis),
            data: folder.join(file.data),
            keys: folder.join(file.keys),
            network,
            rpc,
            issuing,
            seal_keys_kept: file.seal.destroy_after_days.map(days),
            attachments_kept_days: file.attachments.keep_days,
            metrics: metrics.flatten(),
            log,
        })
    }
}

fn days(days: NonZeroU32) -> Duration {
    Duration::from_secs(86_400) * days.get()
}

impl NetworkFile {
    fn check(self, problems: &mut Problems) -> Option<NetworkConfig> {
        let listen = problems.note("network.listen", listening(&self.listen));
        let mut peers = BTreeMap::new();
        for (organisation, addresses) in self.peers {
            let field = format!("network.peers.{organisation}");
            if addresses.len() > ADDRESSES_OF_A_PEER_MAX {
                problems.0.push(format!(
                    "{field}: more than {ADDRESSES_OF_A_PEER_MAX} addresses"
                ));
            }
            let addresses = addresses
                .into_iter()
                .filter_map(|address| problems.note(&field, endpoint(&address)))
                .collect();
            if let Some(organisation) = problems.note(&field, organisation.parse()) {
                peers.insert(organisation, addresses);
            }
        }
        Some(NetworkConfig {
            listen: listen?,
            peers,
        })
    }
}

/// An address as the ledger has it: over TCP, without a peer id.
fn endpoint(address: &str) -> Result<Multiaddr, String> {
    let endpoint = Endpoint::parse("", address.to_owned())
        .map_err(|error| format!("{address} {}", error.problem()))?;
    let address = endpoint.as_str().parse::<Multiaddr>();
    address.map_err(|error| error.to_string())
}

/// The same, of this machine: a name is not listened on.
fn listening(address: &str) -> Result<Multiaddr, String> {
    let is_named = address.starts_with("/dns");
    match endpoint(address) {
        Ok(_) if is_named => Err(format!("{address} must begin with /ip4 or /ip6")),
        checked => checked,
    }
}

impl RpcFile {
    fn check(self, folder: &Path, problems: &mut Problems) -> Option<RpcConfig> {
        let loopback = if self.listen.ip().is_loopback() {
            Ok(self.listen)
        } else {
            Err("without TLS only a loopback address is served, such as 127.0.0.1:26700")
        };
        let listen = problems.note("rpc.listen", loopback)?;
        Some(RpcConfig {
            listen,
            tokens: folder.join(self.tokens),
        })
    }
}

impl IssuingFile {
    fn check(self, problems: &mut Problems) -> IssuingConfig {
        let agencies = self.agencies.iter();
        let agencies =
            agencies.filter_map(|agency| problems.note("issuing.agencies", agency.parse()));
        IssuingConfig {
            agencies: agencies.collect(),
        }
    }
}

impl MetricsFile {
    /// What is wrong is noted, and then nothing is given.
    fn check(self, problems: &mut Problems) -> Option<MetricsConfig> {
        let listen = if self.listen.ip().is_loopback() || self.beyond_loopback {
            Ok(self.listen)
        } else {
            Err(
                "everybody who reaches it may read: a loopback address, such as 127.0.0.1:26701, \
                 or say beyond_loopback = true",
            )
        };
        let listen = problems.note("metrics.listen", listen)?;
        Some(MetricsConfig { listen })
    }
}

impl LogFile {
    fn check(self, problems: &mut Problems) -> Option<LogConfig> {
        problems.note("log.filter", EnvFilter::try_new(&self.filter))?;
        Some(LogConfig {
            filter: self.filter,
            format: self.format,
        })
    }
}

#[cfg(test)]
mod tests;
