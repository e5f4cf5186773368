//! `ResumeOrganisation`: finance ends a suspension.

use piaolian_proto::v1 as proto;

use crate::{
    action::{ActionContext, Effects, Handler},
    malformed::Malformed,
    organisations::{KeyPurpose, ORGANISATIONS, OrganisationError, Role, member},
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
    /// Ends the suspension, decided by finance or by vote.
    pub(crate) fn apply(&self, ctx: &mut ActionContext<'_, '_>) -> Result<(), Stop> {
        let id = self.organisation;
        let mut organisation = member(ctx.overlay, id)?;
        if organisation.suspension.take().is_none() {
            return Err(OrganisationError::NotSuspended { organisation: id }.into());
        }
        ctx.overlay.entry(ORGANISATIONS, &id)?.set(organisation);
        Ok(())
    }

    /// The reason why the suspension ends.
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

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::Finance)?;
        self.apply(ctx)?;
        Ok(Effects::none())
    }
}
