//! `RevokeAccess`: an authorisation ends before its time (撤销授权).

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use super::{
    errors::DisclosureError,
    holder,
    purpose::Purpose,
    record::{Grant, Revocation},
    schema::{GRANTS, GrantKey},
};
use crate::{
    action::{ActionContext, Effects, Handler},
    malformed::Malformed,
    receipts,
    rejection::Stop,
    types::{OrganisationId, Reason, ReceiptId},
};

/// Ends an authorisation and all that was shared onward from it. It is kept and marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokeAccess {
    key: GrantKey,
    reason: Reason,
}

impl TryFrom<proto::RevokeAccess> for RevokeAccess {
    type Error = Malformed;

    fn try_from(message: proto::RevokeAccess) -> Result<Self, Malformed> {
        Ok(Self {
            key: GrantKey {
                receipt: ReceiptId::parse("receipt", message.receipt)?,
                grantee: OrganisationId::parse("grantee", &message.grantee)?,
                purpose: Purpose::parse("purpose", message.purpose)?,
            },
            reason: Reason::parse("reason", message.reason)?,
        })
    }
}

impl Handler for RevokeAccess {
    fn receipts(&self) -> Vec<Option<ReceiptId>> {
        vec![Some(self.key.receipt)]
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.require_active()?;
        let receipt = receipts::read(ctx.overlay, self.key.receipt)?;
        let grant = self.find(ctx)?;
        if grant.grantor != ctx.actor_id() && !holder::is_served_by_actor(ctx, &receipt)? {
            return Err(DisclosureError::NotTheGrantor {
                receipt: grant.receipt,
                organisation: grant.grantee,
                purpose: grant.purpose,
                grantor: grant.grantor,
            }
            .into());
        }
        grant.check_own(ctx.block.time)?;
        let mut grant = Arc::unwrap_or_clone(grant);
        grant.revocation = Some(Revocation {
            organisation: ctx.actor_id(),
            reason: self.reason.clone(),
            height: ctx.block.height,
            time: ctx.block.time,
        });
        ctx.overlay.entry(GRANTS, &self.key)?.set(grant);
        Ok(Effects::on([self.key.receipt]))
    }
}

impl RevokeAccess {
    fn find(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Arc<Grant>, Stop> {
        let GrantKey {
            receipt,
            grantee: organisation,
            purpose,
        } = self.key;
        let found = ctx.overlay.get(GRANTS, &self.key)?;
        Ok(found.ok_or(DisclosureError::NotAuthorised {
            receipt,
            organisation,
            purpose,
        })?)
    }
}
