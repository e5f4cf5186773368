//! Removing an organisation: the governors take it out of the network for good.

use piaolian_proto::v1 as proto;

use super::suspend::refuse_last_finance;
use crate::{
    action::ActionContext,
    malformed::Malformed,
    organisations::{
        FINANCE_BUREAUS, FinanceBureaus, ORGANISATIONS, OrganisationError, Removal, Role, member,
    },
    rejection::Stop,
    state::Fault,
    types::{OrganisationId, Reason},
    upgrades::Schedule,
};

/// Ends a membership with this block: every key of the organisation ends. Its record and the receipts that it issued
/// stay. Its code is never admitted again, so that its signatures never belong to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoveOrganisation {
    organisation: OrganisationId,
    reason: Reason,
}

impl TryFrom<proto::RemoveOrganisation> for RemoveOrganisation {
    type Error = Malformed;

    fn try_from(message: proto::RemoveOrganisation) -> Result<Self, Malformed> {
        Ok(Self {
            organisation: OrganisationId::parse("organisation", &message.organisation)?,
            reason: Reason::parse("reason", message.reason)?,
        })
    }
}

impl RemoveOrganisation {
    /// The organisation to remove.
    pub const fn organisation(&self) -> &OrganisationId {
        &self.organisation
    }

    /// Removes it.
    pub(crate) fn apply(&self, ctx: &mut ActionContext<'_, '_>) -> Result<(), Stop> {
        let (id, height) = (self.organisation, ctx.block.height);
        let mut organisation = member(ctx.overlay, id)?;
        if Schedule::read(ctx.overlay, height)?.has_organisation(&id) {
            return Err(OrganisationError::StillValidator { organisation: id }.into());
        }
        refuse_last_finance(ctx, &organisation)?;
        let keys: Vec<_> = organisation.keys.iter().map(|key| key.id).collect();
        for key_id in keys {
            organisation.end_key(key_id, height);
        }
        organisation.removal = Some(Removal {
            height,
            reason: self.reason.clone(),
        });
        if organisation.has_role(Role::Finance) {
            unlist_as_finance(ctx, id)?;
        }
        ctx.overlay.entry(ORGANISATIONS, &id)?.set(organisation);
        Ok(())
    }
}

fn unlist_as_finance(ctx: &mut ActionContext<'_, '_>, id: OrganisationId) -> Result<(), Fault> {
    if let Some(listed) = ctx.overlay.get(FINANCE_BUREAUS, &())? {
        let bureaus = listed.organisations().iter().copied();
        let left = bureaus.filter(|bureau| *bureau != id).collect();
        ctx.overlay
            .entry(FINANCE_BUREAUS, &())?
            .set(FinanceBureaus(left));
    }
    Ok(())
}
