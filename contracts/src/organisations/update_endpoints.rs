//! `UpdateEndpoints`: an organisation says where its node is reached.

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use super::{
    errors::OrganisationError,
    record::{Endpoint, parse_endpoints},
    roles::KeyPurpose,
    schema::ORGANISATIONS,
};
use crate::{
    act::{Act, Effects, Handler},
    malformed::Malformed,
    rejection::Stop,
};

/// Replaces the acting organisation's endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateEndpoints {
    endpoints: Vec<Endpoint>,
}

impl TryFrom<proto::UpdateEndpoints> for UpdateEndpoints {
    type Error = Malformed;

    fn try_from(message: proto::UpdateEndpoints) -> Result<Self, Malformed> {
        Ok(Self {
            endpoints: parse_endpoints(message.endpoints)?,
        })
    }
}

impl Handler for UpdateEndpoints {
    fn key_purpose(&self) -> KeyPurpose {
        KeyPurpose::Admin
    }

    fn execute(&self, act: &mut Act<'_, '_>) -> Result<Effects, Stop> {
        let id = act.actor_id();
        let organisation = act
            .overlay
            .get(ORGANISATIONS, &id)?
            .ok_or(OrganisationError::UnknownOrganisation { organisation: id })?;
        let mut organisation = Arc::unwrap_or_clone(organisation);
        organisation.endpoints.clone_from(&self.endpoints);
        act.overlay.put(ORGANISATIONS, &id, organisation);
        Ok(Effects::none())
    }
}
