//! The addresses of an organisation's node.

use std::net::{Ipv4Addr, Ipv6Addr};

use piaolian_proto::v1 as proto;

use crate::malformed::Malformed;

/// Most endpoints of an organisation.
const ENDPOINTS_MAX: usize = 8;

/// An address of an organisation's node: a multiaddress over TCP without a
/// peer id, such as `/ip4/10.1.2.3/tcp/26600`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Endpoint(String);

impl Endpoint {
    /// Longest address, in bytes.
    pub const BYTES_MAX: usize = 128;

    /// Parses the value of a message's field.
    ///
    /// # Errors
    /// When it is not `/ip4|ip6|dns|dns4|dns6/<host>/tcp/<port>`.
    pub fn parse(field: &str, address: String) -> Result<Self, Malformed> {
        if address.len() <= Self::BYTES_MAX && is_tcp_multiaddress(&address) {
            return Ok(Self(address));
        }
        let form = "must be a multiaddress such as /ip4/10.1.2.3/tcp/26600, at most 128 bytes";
        Err(Malformed::new(field, form))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_tcp_multiaddress(address: &str) -> bool {
    let parts: Vec<&str> = address.split('/').collect();
    let ["", kind, host, "tcp", port] = parts[..] else {
        return false;
    };
    let host = match kind {
        "ip4" => host.parse::<Ipv4Addr>().is_ok(),
        "ip6" => host.parse::<Ipv6Addr>().is_ok(),
        "dns" | "dns4" | "dns6" => is_host_name(host),
        _ => false,
    };
    host && port.parse::<u16>().is_ok_and(|port| port > 0)
}

fn is_host_name(host: &str) -> bool {
    let label = |label: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&label.len()) && label.bytes().all(plain)
    };
    host.split('.').all(label)
}

impl From<&Endpoint> for proto::Endpoint {
    fn from(endpoint: &Endpoint) -> Self {
        Self {
            address: endpoint.0.clone(),
        }
    }
}

/// Takes the endpoints of a message.
pub(crate) fn parse_endpoints(endpoints: Vec<proto::Endpoint>) -> Result<Vec<Endpoint>, Malformed> {
    if endpoints.len() > ENDPOINTS_MAX {
        return Err(Malformed::new("endpoints", "must be at most 8"));
    }
    endpoints
        .into_iter()
        .map(|endpoint| Endpoint::parse("endpoints.address", endpoint.address))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_tcp_multiaddresses_without_a_peer() {
        for good in [
            "/ip4/10.1.2.3/tcp/26600",
            "/ip6/fe80::1/tcp/1",
            "/dns4/node-1.czt.gov.cn/tcp/65535",
        ] {
            assert!(Endpoint::parse("", good.to_owned()).is_ok(), "{good}");
        }
        for bad in [
            "",
            "10.1.2.3:26600",
            "/ip4/10.1.2/tcp/1",
            "/ip4/10.1.2.3/tcp/0",
            "/ip4/10.1.2.3/tcp/70000",
            "/ip4/10.1.2.3/udp/1",
            "/dns//tcp/1",
            "/dns/a_b/tcp/1",
            "/ip4/10.1.2.3/tcp/1/p2p/QmPeer",
        ] {
            assert!(Endpoint::parse("", bad.to_owned()).is_err(), "{bad}");
        }
    }
}
