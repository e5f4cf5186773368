//! `ResumeOrganisation`: finance ends a suspension.

use piaolian_proto::v1 as proto;

use super::{
    errors::OrganisationError,
    roles::{KeyPurpose, Role},
    schema::{ORGANISATIONS, member},
};
use crate::{
    act::{Act, Effects, Handler},
    malformed::Malformed,
    rejection::Stop,
    types::{OrganisationId, Reason},
};

/// Ends a suspension from the next block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResumeOrganisation {
    organisation: OrganisationId,
    /// Kept with the transaction; the record of an active organisation has none.
    reason: Reason,
}

impl ResumeOrganisation {
    /// Ends the suspension, whoever decided it.
    pub(crate) fn carry_out(&self, act: &mut Act<'_, '_>) -> Result<(), Stop> {
        let id = self.organisation;
        let mut organisation = member(act.overlay, id)?;
        if organisation.suspension.take().is_none() {
            return Err(OrganisationError::NotSuspended { organisation: id }.into());
        }
        act.overlay.entry(ORGANISATIONS, &id)?.set(organisation);
        Ok(())
    }

    /// Why the suspension ends.
    #[must_use]
    pub const fn reason(&self) -> &Reason {
        &self.reason
    }
}

impl TryFrom<proto::ResumeOrganisation> for ResumeOrganisation {
    type Error = Malformed;

    fn try_from(message: proto::ResumeOrganisation) -> Result<Self, Malformed> {
        Ok(Self {
            organisation: OrganisationId::parse("organisation", &message.organisation)?,
            reason: Reason::parse("reason", message.reason)?,
        })
    }
}

impl Handler for ResumeOrganisation {
    fn key_purpose(&self) -> KeyPurpose {
        KeyPurpose::Admin
    }

    fn execute(&self, act: &mut Act<'_, '_>) -> Result<Effects, Stop> {
        act.authorise(Role::Finance)?;
        self.carry_out(act)?;
        Ok(Effects::none())
    }
}
