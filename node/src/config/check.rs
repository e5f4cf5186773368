//! Checks of the configuration file. Every problem is noted under its field's name, and all are reported together.

use std::{collections::BTreeMap, fmt, num::NonZeroU32, path::Path, time::Duration};

use libp2p::Multiaddr;
use piaolian_contracts::{disclosure::LogNumber, organisations::Endpoint};
use tracing_subscriber::EnvFilter;

use super::{
    Config, IssuingConfig, LogConfig, MetricsConfig, NetworkConfig, RpcConfig,
    file::{File, IssuingTable, LogTable, MetricsTable, NetworkTable, RpcTable},
};

/// Most extra addresses of one peer: as many as its record on the ledger may have.
const ADDRESSES_OF_A_PEER_MAX: usize = 8;

/// Every problem of a configuration's fields.
#[derive(Debug, Default)]
pub struct Problems(Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl Problems {
    /// Returns the value of a result. Notes an error under the field's name.
    fn note<T, E: fmt::Display>(&mut self, field: &str, result: Result<T, E>) -> Option<T> {
        result
            .map_err(|error| self.0.push(format!("{field}: {error}")))
            .ok()
    }
}

impl File {
    /// Checks every field. Relative paths are relative to `folder`.
    pub(super) fn check(self, folder: &Path) -> Result<Config, Problems> {
        let mut problems = Problems::default();
        let organisation = problems.note("organisation", self.organisation.parse());
        let network = self.network.check(&mut problems);
        let rpc = self.rpc.check(folder, &mut problems);
        let issuing = self.issuing.map(|issuing| issuing.check(&mut problems));
        let metrics = self.metrics.map(|metrics| metrics.check(&mut problems));
        let log = self.log.check(&mut problems);
        let (Some(organisation), Some(network), Some(rpc), Some(log)) =
            (organisation, network, rpc, log)
        else {
            return Err(problems);
        };
        if !problems.0.is_empty() {
            return Err(problems);
        }
        Ok(Config {
            organisation,
            genesis: folder.join(self.genesis),
            data: folder.join(self.data),
            keys: folder.join(self.keys),
            network,
            rpc,
            issuing,
            serves_holders: self.holders.is_some(),
            encryption_key_period: self.encryption.period_days.map(days),
            encryption_keys_kept: self.encryption.destroy_after_days.map(days),
            attachments_kept_days: self.attachments.keep_days,
            attachments_member_mib_a_day: self.attachments.member_mib_a_day,
            access_log: self
                .access_log
                .number
                .map_or(LogNumber::FIRST, LogNumber::from),
            metrics: metrics.flatten(),
            log,
        })
    }
}

fn days(days: NonZeroU32) -> Duration {
    Duration::from_secs(86_400) * days.get()
}

impl NetworkTable {
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

/// Parses an address as the ledger has it: over TCP, without a peer id.
fn endpoint(address: &str) -> Result<Multiaddr, String> {
    let endpoint = Endpoint::parse("", address.to_owned())
        .map_err(|error| format!("{address} {}", error.problem()))?;
    let address = endpoint.as_str().parse::<Multiaddr>();
    address.map_err(|error| error.to_string())
}

/// Parses the address on which the node listens. It must be an IP address, not a host name.
fn listening(address: &str) -> Result<Multiaddr, String> {
    let is_named = address.starts_with("/dns");
    match endpoint(address) {
        Ok(_) if is_named => Err(format!("{address} must begin with /ip4 or /ip6")),
        checked => checked,
    }
}

impl RpcTable {
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

impl IssuingTable {
    fn check(self, problems: &mut Problems) -> IssuingConfig {
        let agencies = self.agencies.iter();
        let agencies =
            agencies.filter_map(|agency| problems.note("issuing.agencies", agency.parse()));
        IssuingConfig {
            agencies: agencies.collect(),
        }
    }
}

impl MetricsTable {
    /// Returns the checked table; `None` if it has problems, which are noted.
    fn check(self, problems: &mut Problems) -> Option<MetricsConfig> {
        let listen = if self.listen.ip().is_loopback() || self.beyond_loopback {
            Ok(self.listen)
        } else {
            Err(
                "it has no token: must be a loopback address, such as 127.0.0.1:26701, \
                 or say beyond_loopback = true",
            )
        };
        let listen = problems.note("metrics.listen", listen)?;
        Some(MetricsConfig { listen })
    }
}

impl LogTable {
    fn check(self, problems: &mut Problems) -> Option<LogConfig> {
        problems.note("log.filter", EnvFilter::try_new(&self.filter))?;
        Some(LogConfig {
            filter: self.filter,
            format: self.format,
        })
    }
}
