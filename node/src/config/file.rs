//! The file as it is written: a table of TOML is a struct, its fields are documented here.

use std::{collections::BTreeMap, net::SocketAddr, num::NonZeroU32, path::PathBuf};

use serde::Deserialize;

use super::{Config, LogFormat};

/// What is logged where the file does not say.
pub(super) const FILTER_USUAL: &str = "info,arc_malachitebft=warn";

/// The configuration file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// Unified social credit code of the organisation that runs this node.
    pub(super) organisation: String,
    /// The founding document of the chain, `genesis.json`.
    pub(super) genesis: PathBuf,
    /// Where the node keeps the chain, and an issuer the details of its receipts.
    /// Made when it is not there; for the node's user alone.
    pub(super) data: PathBuf,
    /// The folder of the node's keys. It holds sign, validate, peer, seal and
    /// supervise keys, and never an admin key.
    pub(super) keys: PathBuf,
    pub(super) network: NetworkFile,
    #[serde(default)]
    pub(super) rpc: RpcFile,
    /// Present on an issuer's and on a collecting agency's node: it checks, keeps and
    /// commits to the details of receipts and of payment notices.
    pub(super) issuing: Option<IssuingFile>,
    /// Present where the node serves holders of receipts: it keeps an index of whose receipt
    /// is which, of those whose details it opens.
    pub(super) holders: Option<HoldersFile>,
    #[serde(default)]
    pub(super) seal: SealFile,
    #[serde(default)]
    pub(super) attachments: AttachmentsFile,
    #[serde(default)]
    pub(super) access_log: AccessLogFile,
    /// Present where an operator's Prometheus watches the node.
    pub(super) metrics: Option<MetricsFile>,
    #[serde(default)]
    pub(super) log: LogFile,
}

/// The peer-to-peer network.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NetworkFile {
    /// Where peers reach this node: an IP address and a TCP port as a multiaddress, such
    /// as `/ip4/0.0.0.0/tcp/26600`.
    pub(super) listen: String,
    /// Where peers are reached, beside the endpoints on the ledger: organisation
    /// = list of at most 8 multiaddresses without a peer id.
    #[serde(default)]
    pub(super) peers: BTreeMap<String, Vec<String>>,
}

/// The gRPC door.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RpcFile {
    /// Where clients reach this node. The node itself speaks no TLS yet and so
    /// refuses every address but loopback: put a TLS proxy in front for others.
    pub(super) listen: SocketAddr,
    /// The tokens of the node's clients, made by `piaolian tokens`; a file for
    /// the node's user alone (mode 0600).
    pub(super) tokens: PathBuf,
}

/// What an issuer's node checks before it signs.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct IssuingFile {
    /// The agencies (执收单位) on whose behalf this organisation issues.
    pub(super) agencies: Vec<String>,
}

/// Serving holders.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct HoldersFile {}

/// The organisation's encryption keys.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SealFile {
    /// Days for which a key is meant to be in force, from the block that it began with: after
    /// them the log and the status say so every hour. Registering the next one takes the
    /// administrator's key, which no node has.
    pub(super) period_days: Option<NonZeroU32>,
    /// Days after which an earlier key is destroyed, from the block that ended it. Unless
    /// given they are kept. Nobody can undo it.
    pub(super) destroy_after_days: Option<NonZeroU32>,
}

/// What receipts and authorisations have beside the chain: encrypted details, wrapped keys.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AttachmentsFile {
    /// Days after which one is taken away here, from when the ledger named it or it was
    /// fetched again. Unless given they are kept. An issuer's own details are always kept.
    pub(super) keep_days: Option<NonZeroU32>,
    /// MiB that this node fetches by itself of what one member named on one UTC day of the
    /// ledger; what is over it is fetched when a reader here asks for it. Unless given, 4,096.
    pub(super) member_mib_a_day: Option<NonZeroU32>,
}

/// The log of who was shown which receipt's details.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AccessLogFile {
    /// Which of the organisation's logs the node writes: 1 unless given. One more than
    /// before when the log is lost or broken; every member sees that a new one began.
    pub(super) number: Option<NonZeroU32>,
}

/// The door for Prometheus.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct MetricsFile {
    /// Where Prometheus reaches this node, at `/metrics`. Whoever reaches it may read: it
    /// asks for no token and speaks no TLS.
    pub(super) listen: SocketAddr,
    /// Says that `listen` is meant to be reached from other machines; refused otherwise.
    pub(super) beyond_loopback: bool,
}

/// The log, on stderr.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LogFile {
    /// As `tracing_subscriber::EnvFilter` reads it, such as `warn,piaolian_node::rpc=debug`.
    /// Unless given, the consensus engine tells its warnings alone: it has a line for each vote.
    pub(super) filter: String,
    /// `text` or `json`.
    pub(super) format: LogFormat,
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
