//! `AddKey`: an organisation registers a key of its own.

use piaolian_proto::v1 as proto;

use super::revoke_key::refuse_ended_key;
use crate::{
    action::{ActionContext, Effects, Handler},
    malformed::{Malformed, required},
    organisations::{KeyPurpose, NewKey, ORGANISATIONS, member},
    rejection::Stop,
};

/// Registers a key of the acting organisation. It takes effect from the next block. The lives of keys may overlap, so
/// that keys rotate without a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddKey {
    key: NewKey,
}

impl TryFrom<proto::AddKey> for AddKey {
    type Error = Malformed;

    fn try_from(message: proto::AddKey) -> Result<Self, Malformed> {
        let key = NewKey::try_from(required("key", message.key)?);
        Ok(Self {
            key: key.map_err(|error| error.within("key"))?,
        })
    }
}

impl Handler for AddKey {
    fn key_purpose(&self) -> KeyPurpose {
        KeyPurpose::Admin
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        let id = ctx.actor_id();
        let mut organisation = member(ctx.overlay, id)?;
        refuse_ended_key(ctx, &organisation)?;
        let (chain_id, height) = (&ctx.block.chain_id, ctx.block.height);
        self.key
            .register(ctx.overlay, chain_id, height, &mut organisation)?;
        ctx.overlay.entry(ORGANISATIONS, &id)?.set(organisation);
        Ok(Effects::none())
    }
}
