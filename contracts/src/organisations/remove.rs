//! Removing an organisation: the governors take it out of the network for good.

use piaolian_proto::v1 as proto;

use super::{
    errors::OrganisationError,
    record::Removal,
    roles::Role,
    schema::{FINANCE_BUREAUS, FinanceBureaus, ORGANISATIONS, member},
    suspend::refuse_last_finance,
};
use crate::{
    act::Act,
    malformed::Malformed,
    rejection::Stop,
    state::Fault,
    types::{OrganisationId, Reason},
    upgrades::Schedule,
};

/// Ends a membership with this block: every key of the organisation ends. Its record
/// and the receipts it issued stay, and its code is never admitted again, so that
/// what it signed is never another's.
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
    #[must_use]
    pub const fn organisation(&self) -> &OrganisationId {
        &self.organisation
    }

    /// Removes it.
    pub(crate) fn carry_out(&self, act: &mut Act<'_, '_>) -> Result<(), Stop> {
        let (id, height) = (self.organisation, act.block.height);
        let mut organisation = member(act.overlay, id)?;
        if Schedule::read(act.overlay, height)?.has_organisation(&id) {
            return Err(OrganisationError::StillValidator { organisation: id }.into());
        }
        refuse_last_finance(act, &organisation)?;
        let keys: Vec<_> = organisation.keys.iter().map(|key| key.id).collect();
        for key_id in keys {
            organisation.end_key(key_id, height);
        }
        organisation.removal = Some(Removal {
            height,
            reason: self.reason.clone(),
        });
        if organisation.has_role(Role::Finance) {
            unlist_as_finance(act, id)?;
        }
        act.overlay.entry(ORGANISATIONS, &id)?.set(organisation);
        Ok(())
    }
}

fn unlist_as_finance(act: &mut Act<'_, '_>, id: OrganisationId) -> Result<(), Fault> {
    if let Some(listed) = act.overlay.get(FINANCE_BUREAUS, &())? {
        let bureaus = listed.organisations().iter().copied();
        let left = bureaus.filter(|bureau| *bureau != id).collect();
        act.overlay
            .entry(FINANCE_BUREAUS, &())?
            .set(FinanceBureaus(left));
    }
    Ok(())
}
