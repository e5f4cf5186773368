//! The configuration file: a table of TOML is a struct, and its fields are documented here.

use std::{collections::BTreeMap, net::SocketAddr, num::NonZeroU32, path::PathBuf};

use serde::Deserialize;

use super::{Config, LogFormat};

/// The default filter of the log.
pub(super) const FILTER_USUAL: &str = "info,arc_malachitebft=warn";

/// The configuration file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// Unified social credit code of the organisation that runs this node.
    pub(super) organisation: String,
    /// The founding document of the chain, `genesis.json`.
    pub(super) genesis: PathBuf,
    /// The folder for the chain, and for an issuer's receipt details.
    /// Made when it is missing; for the node's user alone.
    pub(super) data: PathBuf,
    /// The folder of the node's keys. It holds sign, validate, peer, encrypt and
    /// supervise keys, and never an admin key.
    pub(super) keys: PathBuf,
    pub(super) network: NetworkFile,
    #[serde(default)]
    pub(super) rpc: RpcFile,
    /// Present on an issuer's and on a collecting agency's node: it checks, keeps and
    /// commits to the details of receipts and of payment notices.
    pub(super) issuing: Option<IssuingFile>,
    /// Present where the node serves holders of receipts: it keeps an index of the holders of
    /// the receipts whose details it decrypts.
    pub(super) holders: Option<HoldersFile>,
    #[serde(default)]
    pub(super) encryption: EncryptionFile,
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
    /// The address on which the node listens for peers: an IP address and a TCP port as a multiaddress, such
    /// as `/ip4/0.0.0.0/tcp/26600`.
    pub(super) listen: String,
    /// Addresses of peers, beside the endpoints on the ledger: organisation
    /// = list of at most 8 multiaddresses without a peer id.
    #[serde(default)]
    pub(super) peers: BTreeMap<String, Vec<String>>,
}

/// The gRPC server.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RpcFile {
    /// The address on which the node listens for clients. The node itself speaks no TLS yet and so
    /// refuses every address but loopback: put a TLS proxy in front for others.
    pub(super) listen: SocketAddr,
    /// The tokens of the node's clients, made by `piaolian token new`; a file for
    /// the node's user alone (mode 0600).
    pub(super) tokens: PathBuf,
}

/// Checks of an issuer's node before it signs.
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
pub(super) struct EncryptionFile {
    /// Days for which a key is meant to be in force, from the block that it began with: after
    /// them the log and the status say so every hour. Registering the next one takes the
    /// administrator's key, which no node has.
    pub(super) period_days: Option<NonZeroU32>,
    /// Days after which an earlier key is destroyed, from the block that ended it. Unless
    /// given they are kept. Nobody can undo it.
    pub(super) destroy_after_days: Option<NonZeroU32>,
}

/// Attachments of receipts and authorisations: encrypted details, wrapped keys.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AttachmentsFile {
    /// Days after which one is removed here, from when the ledger named it or it was
    /// fetched again. Unless given they are kept. An issuer's own details are always kept.
    pub(super) keep_days: Option<NonZeroU32>,
    /// MiB that this node fetches by itself of the attachments that one member named on one UTC day of the
    /// ledger; the rest is fetched when a reader here asks for it. Unless given, 4,096.
    pub(super) member_mib_a_day: Option<NonZeroU32>,
}

/// The log of read receipt details.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AccessLogFile {
    /// Number of the organisation's log that the node writes: 1 unless given. One more than
    /// before when the log is lost or broken; every member sees that a new one began.
    pub(super) number: Option<NonZeroU32>,
}

/// The metrics server.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct MetricsFile {
    /// The address on which the node listens for Prometheus, at `/metrics`. Anyone who reaches it may read: it
    /// asks for no token and speaks no TLS.
    pub(super) listen: SocketAddr,
    /// Allows `listen` to be another than a loopback address.
    pub(super) beyond_loopback: bool,
}

/// The log, on stderr.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LogFile {
    /// A filter in the syntax of `tracing_subscriber::EnvFilter`, such as `warn,piaolian_service::api=debug`.
    /// Unless given, the consensus engine logs only warnings: it has a line for each vote.
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
