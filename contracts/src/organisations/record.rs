//! The record of an organisation.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
};

use piaolian_proto::v1 as proto;
use prost::Message;

use super::roles::{KeyPurpose, Role, Roles};
use crate::{
    chain::{Height, KeyAlgorithm, PublicKey},
    malformed::Malformed,
    storage::Record,
    types::{OrganisationId, OrganisationName, Reason, Region},
};

/// Most keys of an organisation, ended ones included: ten rotations of six
/// purposes and more, and the record still fits 8 KiB.
pub const KEYS_MAX: usize = 128;

/// Most endpoints of an organisation.
pub(super) const ENDPOINTS_MAX: usize = 8;

/// The number of a key within its organisation: 1, 2, … and never reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct KeyId(u32);

impl KeyId {
    /// Takes the value of a message's field.
    ///
    /// # Errors
    /// When it is 0.
    pub fn parse(field: &str, key_id: u32) -> Result<Self, Malformed> {
        if key_id == 0 {
            return Err(Malformed::new(field, "must be at least 1"));
        }
        Ok(Self(key_id))
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A key of an organisation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key {
    /// Its number within the organisation.
    pub id: KeyId,
    /// What it may sign.
    pub purpose: KeyPurpose,
    /// The public key.
    pub public_key: PublicKey,
    /// Acts from this height …
    pub first_height: Height,
    /// … to this one, inclusive; `None` has no end.
    pub last_height: Option<Height>,
}

impl Key {
    /// Whether it acts at `height`.
    #[must_use]
    pub fn is_live(&self, height: Height) -> bool {
        self.first_height <= height && self.last_height.is_none_or(|last| height <= last)
    }
}

/// Where an organisation's node is reached: a multiaddress over TCP without a
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
    #[must_use]
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

/// A suspension in force or about to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Suspension {
    /// The first height at which business acts are refused.
    pub from_height: Height,
    /// Why.
    pub reason: Reason,
}

/// An organisation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Organisation {
    /// Its unified social credit code.
    pub id: OrganisationId,
    /// Its legal name.
    pub name: OrganisationName,
    /// What it may do.
    pub roles: Roles,
    /// Every key it ever registered, in order of id.
    pub keys: Vec<Key>,
    /// Where its node is reached.
    pub endpoints: Vec<Endpoint>,
    /// Its administrative division.
    pub region: Region,
    /// `None` while active.
    pub suspension: Option<Suspension>,
    /// When it was admitted; 0 is the founding.
    pub admitted_height: Height,
}

impl Organisation {
    /// Whether it holds `role`.
    #[must_use]
    pub fn has_role(&self, role: Role) -> bool {
        self.roles.contains(role)
    }

    /// The key with this id.
    #[must_use]
    pub fn key(&self, key_id: KeyId) -> Option<&Key> {
        // Ids are given in order from 1, so the place is known.
        let place = usize::try_from(key_id.get()).ok()?.checked_sub(1)?;
        self.keys.get(place).filter(|key| key.id == key_id)
    }

    /// The keys of `purpose` that act at `height`.
    pub fn live_keys(&self, purpose: KeyPurpose, height: Height) -> impl Iterator<Item = &Key> {
        self.keys
            .iter()
            .filter(move |key| key.purpose == purpose && key.is_live(height))
    }

    /// The suspension that holds at `height`.
    #[must_use]
    pub fn suspended_at(&self, height: Height) -> Option<&Suspension> {
        self.suspension
            .as_ref()
            .filter(|suspension| suspension.from_height <= height)
    }
}

impl Record for Organisation {
    fn encode(&self) -> Vec<u8> {
        proto::OrganisationRecord::from(self).encode_to_vec()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        proto::OrganisationRecord::decode(bytes)
            .map_err(|error| Malformed::new("organisation", error.to_string()))?
            .try_into()
    }
}

impl From<&Organisation> for proto::OrganisationRecord {
    fn from(organisation: &Organisation) -> Self {
        Self {
            organisation: organisation.id.to_string(),
            name: organisation.name.to_string(),
            roles: organisation.roles.iter().map(Role::number).collect(),
            keys: organisation.keys.iter().map(Into::into).collect(),
            endpoints: organisation.endpoints.iter().map(Into::into).collect(),
            region: organisation.region.to_string(),
            suspension: organisation.suspension.as_ref().map(Into::into),
            admitted_height: organisation.admitted_height.get(),
        }
    }
}

impl TryFrom<proto::OrganisationRecord> for Organisation {
    type Error = Malformed;

    fn try_from(record: proto::OrganisationRecord) -> Result<Self, Malformed> {
        Ok(Self {
            id: OrganisationId::parse("organisation", &record.organisation)?,
            name: OrganisationName::parse("name", record.name)?,
            roles: Roles::parse("roles", &record.roles)?,
            keys: record
                .keys
                .into_iter()
                .map(Key::try_from)
                .collect::<Result<_, _>>()?,
            endpoints: parse_endpoints(record.endpoints)?,
            region: Region::parse("region", record.region)?,
            suspension: record.suspension.map(Suspension::try_from).transpose()?,
            admitted_height: Height::new(record.admitted_height),
        })
    }
}

impl From<&Key> for proto::Key {
    fn from(key: &Key) -> Self {
        Self {
            key_id: key.id.get(),
            purpose: i32::from(key.purpose.number()),
            algorithm: i32::from(key.public_key.algorithm().number()),
            public_key: key.public_key.as_bytes().to_vec().into(),
            first_height: key.first_height.get(),
            last_height: key.last_height.map_or(0, Height::get),
        }
    }
}

impl TryFrom<proto::Key> for Key {
    type Error = Malformed;

    fn try_from(key: proto::Key) -> Result<Self, Malformed> {
        let algorithm = KeyAlgorithm::parse("algorithm", key.algorithm)?;
        Ok(Self {
            id: KeyId::parse("key_id", key.key_id)?,
            purpose: KeyPurpose::parse("purpose", key.purpose)?,
            public_key: PublicKey::parse("public_key", algorithm, &key.public_key)?,
            first_height: Height::new(key.first_height),
            last_height: end_of_life(key.last_height),
        })
    }
}

/// The last height of a key in a message, where 0 means no end.
pub(super) fn end_of_life(last_height: u64) -> Option<Height> {
    (last_height != 0).then(|| Height::new(last_height))
}

impl From<&Suspension> for proto::Suspension {
    fn from(suspension: &Suspension) -> Self {
        Self {
            from_height: suspension.from_height.get(),
            reason: suspension.reason.to_string(),
        }
    }
}

impl TryFrom<proto::Suspension> for Suspension {
    type Error = Malformed;

    fn try_from(suspension: proto::Suspension) -> Result<Self, Malformed> {
        Ok(Self {
            from_height: Height::new(suspension.from_height),
            reason: Reason::parse("suspension.reason", suspension.reason)?,
        })
    }
}

impl From<&Endpoint> for proto::Endpoint {
    fn from(endpoint: &Endpoint) -> Self {
        Self {
            address: endpoint.0.clone(),
        }
    }
}

/// Takes the endpoints of a message.
pub(super) fn parse_endpoints(endpoints: Vec<proto::Endpoint>) -> Result<Vec<Endpoint>, Malformed> {
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

    #[test]
    fn a_key_lives_from_its_first_height_to_its_last() {
        let key = |last| Key {
            id: KeyId(1),
            purpose: KeyPurpose::Sign,
            public_key: PublicKey::ed25519([1; 32]),
            first_height: Height::new(5),
            last_height: end_of_life(last),
        };
        let live = |key: Key| {
            (3..=9)
                .filter(|h| key.is_live(Height::new(*h)))
                .collect::<Vec<_>>()
        };
        assert_eq!(live(key(7)), [5, 6, 7]);
        assert_eq!(live(key(0)), [5, 6, 7, 8, 9]);
        // Revoked in the block that added it.
        assert_eq!(live(key(4)), [0; 0]);
    }
}
