//! `GrantAccess`: records a holder's authorisation on the ledger (授权).

use piaolian_proto::v1 as proto;

use super::{
    errors::DisclosureError,
    holder,
    liveness::{DEPTH_MAX, Live, live_in, require_live},
    purpose::Purpose,
    record::Grant,
    schema::{GRANTS, GrantKey},
};
use crate::{
    action::{ActionContext, Effects, Handler},
    chain::Hash,
    malformed::Malformed,
    organisations::member,
    receipts,
    rejection::Stop,
    types::{BlockTime, OrganisationId, ReceiptId},
};

/// Longest authorisation: five years, two leap days among them.
pub const GRANT_MS_MAX: u64 = 1_827 * 86_400_000;

/// Records that an organisation may use a receipt for a purpose until a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantAccess {
    receipt: ReceiptId,
    grantee: OrganisationId,
    purpose: Purpose,
    expires: BlockTime,
    consent_hash: Hash,
    wrapped_key_hash: Option<Hash>,
    onward: bool,
}

impl TryFrom<proto::GrantAccess> for GrantAccess {
    type Error = Malformed;

    fn try_from(message: proto::GrantAccess) -> Result<Self, Malformed> {
        Ok(Self {
            receipt: ReceiptId::parse("receipt", message.receipt)?,
            grantee: OrganisationId::parse("grantee", &message.grantee)?,
            purpose: Purpose::parse("purpose", message.purpose)?,
            expires: BlockTime::from_ms(message.expires_ms),
            consent_hash: Hash::parse("consent_hash", &message.consent_hash)?,
            wrapped_key_hash: Hash::parse_optional("wrapped_key_hash", &message.wrapped_key_hash)?,
            onward: message.onward,
        })
    }
}

impl Handler for GrantAccess {
    fn receipts(&self) -> Vec<Option<ReceiptId>> {
        vec![Some(self.receipt)]
    }

    fn attachments(&self) -> Vec<Option<Hash>> {
        vec![self.wrapped_key_hash]
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.require_active()?;
        let receipt = receipts::read(ctx.overlay, self.receipt)?;
        member(ctx.overlay, self.grantee)?;
        let for_holder = holder::is_served_by_actor(ctx, &receipt)?;
        let shared_from = if for_holder {
            None
        } else {
            Some(self.check_sharing(ctx)?)
        };
        self.check_expiry(ctx)?;
        let generation = self.check_earlier(ctx, for_holder)?;
        let grant = Grant {
            receipt: self.receipt,
            grantee: self.grantee,
            purpose: self.purpose,
            grantor: ctx.actor_id(),
            shared_from,
            expires: self.expires,
            consent_hash: self.consent_hash,
            wrapped_key_hash: self.wrapped_key_hash,
            onward: self.onward,
            generation,
            height: ctx.block.height,
            time: ctx.block.time,
            revocation: None,
        };
        ctx.overlay.entry(GRANTS, &self.key())?.set(grant);
        Ok(Effects::on([self.receipt]))
    }
}

impl GrantAccess {
    const fn key(&self) -> GrantKey {
        GrantKey {
            receipt: self.receipt,
            grantee: self.grantee,
            purpose: self.purpose,
        }
    }

    /// Checks that the actor's own authorisation allows this one to be shared onward: its expiry and its place in the
    /// row. Returns its generation.
    fn check_sharing(&self, ctx: &mut ActionContext<'_, '_>) -> Result<u32, Stop> {
        let Live { grant: own, depth } = require_live(ctx, self.receipt, self.purpose)?;
        let (receipt, organisation) = (self.receipt, ctx.actor_id());
        if !own.onward {
            return Err(DisclosureError::NotOnward {
                receipt,
                organisation,
                purpose: self.purpose,
                grantor: own.grantor,
            }
            .into());
        }
        if depth >= DEPTH_MAX {
            return Err(DisclosureError::TooFarOnward {
                receipt,
                organisation,
                depth_max: DEPTH_MAX,
            }
            .into());
        }
        if self.expires > own.expires {
            return Err(DisclosureError::OutlivesOwn {
                receipt,
                organisation,
                expires: self.expires.in_beijing(),
                own: own.expires.in_beijing(),
            }
            .into());
        }
        Ok(own.generation)
    }

    fn check_expiry(&self, ctx: &ActionContext<'_, '_>) -> Result<(), DisclosureError> {
        let now = ctx.block.time;
        if self.expires <= now {
            return Err(DisclosureError::GrantWouldBeOver {
                receipt: self.receipt,
                expires: self.expires.in_beijing(),
                now: now.in_beijing(),
            });
        }
        let latest = now.after_ms(GRANT_MS_MAX);
        if self.expires > latest {
            return Err(DisclosureError::GrantTooLong {
                receipt: self.receipt,
                expires: self.expires.in_beijing(),
                latest: latest.in_beijing(),
            });
        }
        Ok(())
    }

    /// Refuses to replace a live authorisation of another grantor, unless the actor serves the holder. Returns the
    /// generation. It stays if the earlier authorisation is live and does not lose the right to be shared: then
    /// everything that was shared from it stays too. Otherwise a new generation begins.
    fn check_earlier(
        &self,
        ctx: &mut ActionContext<'_, '_>,
        for_holder: bool,
    ) -> Result<u32, Stop> {
        let key = self.key();
        let Some(earlier) = ctx.overlay.get(GRANTS, &key)? else {
            return Ok(1);
        };
        let is_live = live_in(ctx, &key)?.is_ok();
        if is_live && earlier.grantor != ctx.actor_id() && !for_holder {
            return Err(DisclosureError::GrantedByAnother {
                receipt: self.receipt,
                organisation: self.grantee,
                purpose: self.purpose,
                grantor: earlier.grantor,
                until: earlier.expires.in_beijing(),
            }
            .into());
        }
        let goes_on = is_live && (self.onward || !earlier.onward);
        Ok(if goes_on {
            earlier.generation
        } else {
            earlier.generation.saturating_add(1)
        })
    }
}
