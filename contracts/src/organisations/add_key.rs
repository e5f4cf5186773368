//! `AddKey`: an organisation registers a key of its own.

use piaolian_proto::v1 as proto;

use super::{
    new_key::NewKey,
    revoke_key::refuse_ended_key,
    roles::KeyPurpose,
    schema::{ORGANISATIONS, member},
};
use crate::{
    act::{Act, Effects, Handler},
    malformed::{Malformed, required},
    rejection::Stop,
};

/// Registers a key of the acting organisation. It acts from the next block, and
/// lives overlap, so that keys rotate without a gap.
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

    fn execute(&self, act: &mut Act<'_, '_>) -> Result<Effects, Stop> {
        let id = act.actor_id();
        let mut organisation = member(act.overlay, id)?;
        refuse_ended_key(act, &organisation)?;
        let (chain_id, height) = (&act.block.chain_id, act.block.height);
        self.key
            .register(act.overlay, chain_id, height, &mut organisation)?;
        act.overlay.entry(ORGANISATIONS, &id)?.set(organisation);
        Ok(Effects::none())
    }
}
