//! The record of an organisation as the message that is stored and hashed.

use piaolian_proto::v1 as proto;

use super::{
    endpoint::parse_endpoints,
    record::{Key, Organisation, Removal, Suspension},
    roles::Roles,
};
use crate::{
    chain::Height,
    fields::{Field, as_message},
    malformed::Malformed,
    storage::stored_as,
    types::{OrganisationId, OrganisationName, Region, Role},
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
            keys: Field::from_message("keys", record.keys)?,
            endpoints: parse_endpoints(record.endpoints)?,
            region: Region::parse("region", record.region)?,
            suspension: Field::from_message("suspension", record.suspension)?,
            admitted_height: Height::new(record.admitted_height),
            removal: Field::from_message("removal", record.removal)?,
        })
    }
}

as_message! {
    Key: proto::Key {
        purpose, first_height, last_height;
        id: key_id,
    }
    public_key: (algorithm, public_key),
}

/// The last height of a key in a message, where 0 means no end.
pub(super) fn end_of_life(last_height: u64) -> Option<Height> {
    (last_height != 0).then(|| Height::new(last_height))
}

as_message! {
    Suspension: proto::Suspension {
        from_height, reason,
    }
}

as_message! {
    Removal: proto::Removal {
        height, reason,
    }
}
