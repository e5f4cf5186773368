//! `SetParameters`: a governor replaces the parameters, if the threshold is 1.

use piaolian_proto::v1 as proto;

use super::{decide::governing, errors::GovernanceError};
use crate::{
    action::{ActionContext, Effects, Handler},
    malformed::{Malformed, required},
    organisations::KeyPurpose,
    parameters::{PARAMETERS, ProposedParameters},
    rejection::Stop,
};

/// Replaces the governed parameters, in force from the next block.
#[derive(Clone, Debug, PartialEq)]
pub struct SetParameters {
    /// Boxed: it is far larger than every other action.
    proposed: Box<ProposedParameters>,
}

impl TryFrom<proto::SetParameters> for SetParameters {
    type Error = Malformed;

    fn try_from(message: proto::SetParameters) -> Result<Self, Malformed> {
        let proposed = required("parameters", message.parameters)?;
        let proposed = ProposedParameters::try_from(proposed);
        let proposed = proposed.map_err(|error| error.within("parameters"))?;
        Ok(Self {
            proposed: Box::new(proposed),
        })
    }
}

impl Handler for SetParameters {
    fn key_purpose(&self) -> KeyPurpose {
        KeyPurpose::Admin
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        let governors = governing(ctx)?;
        if governors.threshold() > 1 {
            return Err(GovernanceError::NeedsVote {
                threshold: governors.threshold(),
                governors: governors.organisations().len(),
            }
            .into());
        }
        self.apply(ctx)?;
        Ok(Effects::none())
    }
}

impl SetParameters {
    /// Replaces the parameters, decided by one governor or by vote.
    pub(super) fn apply(&self, ctx: &mut ActionContext<'_, '_>) -> Result<(), Stop> {
        let parameters = self.proposed.within_bounds()?;
        ctx.overlay.entry(PARAMETERS, &())?.set(parameters);
        Ok(())
    }
}
