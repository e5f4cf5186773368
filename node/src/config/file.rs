//! The configuration file. Each TOML table is a struct, and this module documents its fields.

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
    /// The folder of the node's data: the chain, an issuer's receipt details, attachments, the holder index, access
    /// logs. Created if it is missing. Only the node's user may use it.
    pub(super) data: PathBuf,
    /// The folder of the node's keys. It holds sign, validate, peer, encrypt and
    /// supervise keys, and never an admin key.
    pub(super) keys: PathBuf,
    pub(super) network: NetworkTable,
    #[serde(default)]
    pub(super) rpc: RpcTable,
    /// Present on the nodes of issuers and of collecting agencies. Such a node checks and stores the details of
    /// receipts and payment notices, and commits to them.
    pub(super) issuing: Option<IssuingTable>,
    /// Present if the node serves holders of receipts. The node then keeps an index of the holders of the receipts
    /// whose details it can decrypt.
    pub(super) holders: Option<HoldersTable>,
    #[serde(default)]
    pub(super) encryption: EncryptionTable,
    #[serde(default)]
    pub(super) attachments: AttachmentsTable,
    #[serde(default)]
    pub(super) access_log: AccessLogTable,
    /// Present if the operator's Prometheus watches the node.
    pub(super) metrics: Option<MetricsTable>,
    #[serde(default)]
    pub(super) log: LogTable,
}

/// The peer-to-peer network.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NetworkTable {
    /// The address on which the node listens for peers: an IP address and a TCP port as a multiaddress, such
    /// as `/ip4/0.0.0.0/tcp/26600`.
    pub(super) listen: String,
    /// Addresses of peers, in addition to the endpoints on the ledger: organisation = list of at most 8 multiaddresses
    /// without a peer id.
    #[serde(default)]
    pub(super) peers: BTreeMap<String, Vec<String>>,
}

/// The gRPC server.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RpcTable {
    /// The address on which the node listens for clients. The node does not support TLS yet, so it refuses every
    /// address except loopback. To serve other machines, put a TLS proxy in front of it.
    pub(super) listen: SocketAddr,
    /// The tokens of the node's clients, made by `piaolian token new`; a file for
    /// the node's user alone (mode 0600).
    pub(super) tokens: PathBuf,
}

/// Checks of an issuer's node before it signs.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct IssuingTable {
    /// The agencies (执收单位) on whose behalf this organisation issues.
    pub(super) agencies: Vec<String>,
}

/// Serving holders.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct HoldersTable {}

/// The organisation's encryption keys.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct EncryptionTable {
    /// Days for which a key should be in force, counted from the block with which it began. Afterwards the node logs
    /// every hour, and its status shows, that the next key is due. Registering it needs the admin key, which no node
    /// has.
    pub(super) period_days: Option<NonZeroU32>,
    /// Days after which an earlier key is destroyed, counted from the block that ended it. Default: keys are kept. The
    /// destruction cannot be undone.
    pub(super) destroy_after_days: Option<NonZeroU32>,
}

/// Attachments of receipts and authorisations: encrypted details, wrapped keys.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AttachmentsTable {
    /// Days after which an attachment is removed from this node, counted from when the ledger named it or the node
    /// fetched it again. Default: attachments are kept. An issuer's own details are always kept.
    pub(super) keep_days: Option<NonZeroU32>,
    /// MiB that this node fetches by itself of the attachments that one member named on one UTC day of the ledger; the
    /// rest is fetched when a reader on this node asks for it. Default: 4,096.
    pub(super) member_mib_a_day: Option<NonZeroU32>,
}

/// The log of read receipt details.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AccessLogTable {
    /// Number of the organisation's log that the node writes. Default: 1. Raise it by one when the log is lost or
    /// broken. Every member sees on the ledger that a new log began.
    pub(super) number: Option<NonZeroU32>,
}

/// The metrics server.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct MetricsTable {
    /// The address on which the node listens for Prometheus, at `/metrics`. Anyone who reaches it may read: it
    /// asks for no token and speaks no TLS.
    pub(super) listen: SocketAddr,
    /// Allows `listen` to be another than a loopback address.
    pub(super) beyond_loopback: bool,
}

/// The log, on stderr.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LogTable {
    /// A filter in the syntax of `tracing_subscriber::EnvFilter`, such as `warn,piaolian_service::api=debug`. By
    /// default the consensus engine logs only warnings, because it logs a line for each vote.
    pub(super) filter: String,
    /// `text` or `json`.
    pub(super) format: LogFormat,
}

impl Default for RpcTable {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], Config::RPC_PORT)),
            tokens: PathBuf::from("tokens.toml"),
        }
    }
}

impl Default for MetricsTable {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], Config::METRICS_PORT)),
            beyond_loopback: false,
        }
    }
}

impl Default for LogTable {
    fn default() -> Self {
        Self {
            filter: FILTER_USUAL.to_owned(),
            format: LogFormat::Text,
        }
    }
}
