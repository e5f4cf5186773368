//! The record of an organisation as the message that is stored and hashed.

use piaolian_proto::v1 as proto;

use super::{
    endpoint::parse_endpoints,
    record::{Key, KeyId, Organisation, Removal, Suspension},
    roles::{KeyPurpose, Roles},
};
use crate::{
    chain::{Height, KeyAlgorithm, PublicKey},
    malformed::Malformed,
    storage::stored_as,
    types::{OrganisationId, OrganisationName, Reason, Region, Role},
};

stored_as!(Organisation: proto::OrganisationRecord, "organisation");

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
            removal: organisation.removal.as_ref().map(Into::into),
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
            removal: record.removal.map(Removal::try_from).transpose()?,
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

impl From<&Removal> for proto::Removal {
    fn from(removal: &Removal) -> Self {
        Self {
            height: removal.height.get(),
            reason: removal.reason.to_string(),
        }
    }
}

impl TryFrom<proto::Removal> for Removal {
    type Error = Malformed;

    fn try_from(removal: proto::Removal) -> Result<Self, Malformed> {
        Ok(Self {
            height: Height::new(removal.height),
            reason: Reason::parse("removal.reason", removal.reason)?,
        })
    }
}
