//! `UpdateEndpoints`: an organisation says where its node is reached.

use piaolian_proto::v1 as proto;

use super::{
    endpoint::{Endpoint, parse_endpoints},
    roles::KeyPurpose,
    schema::{ORGANISATIONS, member},
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
        let mut organisation = member(act.overlay, id)?;
        organisation.endpoints.clone_from(&self.endpoints);
        act.overlay.entry(ORGANISATIONS, &id)?.set(organisation);
        Ok(Effects::none())
    }
}
