//! `SuspendOrganisation`: finance stops an organisation's business actions.

use piaolian_proto::v1 as proto;

use crate::{
    action::{ActionContext, Effects, Handler},
    malformed::Malformed,
    organisations::{
        FINANCE_BUREAUS, KeyPurpose, ORGANISATIONS, Organisation, OrganisationError, Role,
        Suspension, member,
    },
    rejection::Stop,
    state::Fault,
    types::{OrganisationId, Reason},
};

/// Stops an organisation's business actions from the next block. The receipts it
/// issued stay bookable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuspendOrganisation {
    organisation: OrganisationId,
    reason: Reason,
}

impl TryFrom<proto::SuspendOrganisation> for SuspendOrganisation {
    type Error = Malformed;

    fn try_from(message: proto::SuspendOrganisation) -> Result<Self, Malformed> {
        Ok(Self {
            organisation: OrganisationId::parse("organisation", &message.organisation)?,
            reason: Reason::parse("reason", message.reason)?,
        })
    }
}

impl Handler for SuspendOrganisation {
    fn key_purpose(&self) -> KeyPurpose {
        KeyPurpose::Admin
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::Finance)?;
        self.apply(ctx)?;
        Ok(Effects::none())
    }
}

impl SuspendOrganisation {
    /// Suspends the organisation, decided by finance or by vote.
    pub(crate) fn apply(&self, ctx: &mut ActionContext<'_, '_>) -> Result<(), Stop> {
        let id = self.organisation;
        let mut organisation = member(ctx.overlay, id)?;
        if let Some(suspension) = &organisation.suspension {
            return Err(OrganisationError::AlreadySuspended {
                organisation: id,
                from_height: suspension.from_height,
            }
            .into());
        }
        refuse_last_finance(ctx, &organisation)?;
        organisation.suspension = Some(Suspension {
            from_height: ctx.block.height.next(),
            reason: self.reason.clone(),
        });
        ctx.overlay.entry(ORGANISATIONS, &id)?.set(organisation);
        Ok(())
    }
}

/// Refuses to suspend the last finance bureau that can admit, suspend and resume.
pub(super) fn refuse_last_finance(
    ctx: &mut ActionContext<'_, '_>,
    organisation: &Organisation,
) -> Result<(), Stop> {
    let id = organisation.id;
    if organisation.has_role(Role::Finance) && !another_finance_is_active(ctx, id)? {
        return Err(OrganisationError::LastFinance { organisation: id }.into());
    }
    Ok(())
}

/// Whether a finance bureau other than `id` could still end a suspension. It reads this block's writes, so that two
/// bureaus cannot suspend each other in one block.
fn another_finance_is_active(
    ctx: &mut ActionContext<'_, '_>,
    id: OrganisationId,
) -> Result<bool, Fault> {
    let Some(bureaus) = ctx.overlay.get(FINANCE_BUREAUS, &())? else {
        return Ok(false);
    };
    for bureau in bureaus
        .organisations()
        .iter()
        .filter(|bureau| **bureau != id)
    {
        let Some(bureau) = ctx.overlay.get(ORGANISATIONS, bureau)? else {
            continue;
        };
        let next = ctx.block.height.next();
        let can_act = bureau.live_keys(KeyPurpose::Admin, next).next().is_some();
        if bureau.suspension.is_none() && can_act {
            return Ok(true);
        }
    }
    Ok(false)
}
