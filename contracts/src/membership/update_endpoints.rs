//! `UpdateEndpoints`: an organisation sets the addresses of its node.

use piaolian_proto::v1 as proto;

use crate::{
    action::{ActionContext, Effects, Handler},
    malformed::Malformed,
    organisations::{Endpoint, KeyPurpose, ORGANISATIONS, member, parse_endpoints},
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

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        let id = ctx.actor_id();
        let mut organisation = member(ctx.overlay, id)?;
        organisation.endpoints.clone_from(&self.endpoints);
        ctx.overlay.entry(ORGANISATIONS, &id)?.set(organisation);
        Ok(Effects::none())
    }
}
