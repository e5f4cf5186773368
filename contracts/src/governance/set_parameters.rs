//! `SetParameters`: a governor whose word is enough replaces the parameters.

use piaolian_proto::v1 as proto;

use super::{decide::governing, errors::GovernanceError};
use crate::{
    act::{Act, Effects, Handler},
    malformed::{Malformed, required},
    organisations::KeyPurpose,
    parameters::{PARAMETERS, ProposedParameters},
    rejection::Stop,
};

/// Replaces the governed parameters, in force from the next block.
#[derive(Clone, Debug, PartialEq)]
pub struct SetParameters {
    proposed: ProposedParameters,
}

impl TryFrom<proto::SetParameters> for SetParameters {
    type Error = Malformed;

    fn try_from(message: proto::SetParameters) -> Result<Self, Malformed> {
        let proposed = required("parameters", message.parameters)?;
        let proposed = ProposedParameters::try_from(proposed);
        Ok(Self {
            proposed: proposed.map_err(|error| error.within("parameters"))?,
        })
    }
}

impl Handler for SetParameters {
    fn key_purpose(&self) -> KeyPurpose {
        KeyPurpose::Admin
    }

    fn execute(&self, act: &mut Act<'_, '_>) -> Result<Effects, Stop> {
        let governors = governing(act)?;
        if governors.threshold() > 1 {
            return Err(GovernanceError::NeedsVote {
                threshold: governors.threshold(),
                governors: governors.organisations().len(),
            }
            .into());
        }
        self.carry_out(act)?;
        Ok(Effects::none())
    }
}

impl SetParameters {
    /// Replaces the parameters, whoever decided it.
    pub(super) fn carry_out(&self, act: &mut Act<'_, '_>) -> Result<(), Stop> {
        let parameters = self.proposed.within_bounds()?;
        act.overlay.entry(PARAMETERS, &())?.set(parameters);
        Ok(())
    }
}
