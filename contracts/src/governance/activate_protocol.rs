//! Activating a version of the protocol from a height on.

use piaolian_proto::v1 as proto;

use crate::{
    action::ActionContext,
    chain::Height,
    malformed::Malformed,
    rejection::Stop,
    upgrades::{Schedule, check_height},
};

/// Makes every node execute another version from a height on, or cancels a pending activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActivateProtocol {
    version: u32,
    effective_height: Height,
}

impl TryFrom<proto::ActivateProtocol> for ActivateProtocol {
    type Error = Malformed;

    fn try_from(message: proto::ActivateProtocol) -> Result<Self, Malformed> {
        if message.version == 0 {
            return Err(Malformed::new("version", "must be at least 1"));
        }
        Ok(Self {
            version: message.version,
            effective_height: Height::new(message.effective_height),
        })
    }
}

impl ActivateProtocol {
    /// Sets the version for its height.
    pub(super) fn apply(&self, ctx: &mut ActionContext<'_, '_>) -> Result<(), Stop> {
        check_height(ctx.block.height, self.effective_height)?;
        let schedule = Schedule::read(ctx.overlay, ctx.block.height)?;
        schedule.set_version(ctx.overlay, self.effective_height, self.version)
    }
}
