//! `SetMandate`: a centre lets an agency's payments be receipted from its own ranges.

use piaolian_proto::v1 as proto;

use super::{errors::PaymentError, record::Mandate, schema::MANDATES, table_keys::MandateKey};
use crate::{
    action::{ActionContext, Effects, Handler},
    malformed::Malformed,
    organisations::{Role, member},
    rejection::Stop,
    storage::Overlay,
    types::{OrganisationId, ReceiptCode},
};

/// Gives or withdraws a mandate, in force at once. A repetition is accepted and changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetMandate {
    agency: OrganisationId,
    receipt_code: ReceiptCode,
    active: bool,
}

impl TryFrom<proto::SetMandate> for SetMandate {
    type Error = Malformed;

    fn try_from(message: proto::SetMandate) -> Result<Self, Malformed> {
        Ok(Self {
            agency: OrganisationId::parse("agency", &message.agency)?,
            receipt_code: ReceiptCode::parse("receipt_code", &message.receipt_code)?,
            active: message.active,
        })
    }
}

impl Handler for SetMandate {
    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::Issuer)?;
        if self.active {
            // A mandate can be withdrawn even from an agency that has been removed.
            self.check_agency(ctx)?;
        }
        let key = MandateKey {
            centre: ctx.actor_id(),
            agency: self.agency,
            receipt_code: self.receipt_code,
        };
        let mandate = ctx.overlay.get(MANDATES, &key)?;
        if mandate.is_none() && !self.active {
            return Err(no_mandate(&key).into());
        }
        if mandate.is_none_or(|mandate| mandate.active != self.active) {
            let mandate = Mandate {
                centre: key.centre,
                agency: key.agency,
                receipt_code: key.receipt_code,
                active: self.active,
                height: ctx.block.height,
            };
            ctx.overlay.entry(MANDATES, &key)?.set(mandate);
        }
        Ok(Effects::none())
    }
}

impl SetMandate {
    fn check_agency(&self, ctx: &mut ActionContext<'_, '_>) -> Result<(), Stop> {
        let organisation = self.agency;
        let agency = member(ctx.overlay, organisation)?;
        if !agency.has_role(Role::CollectingAgency) {
            return Err(PaymentError::NotAnAgency { organisation }.into());
        }
        Ok(())
    }
}

/// Requires a mandate that was given and not withdrawn.
pub(super) fn require_mandate(overlay: &mut Overlay<'_>, key: &MandateKey) -> Result<(), Stop> {
    match overlay.get(MANDATES, key)? {
        Some(mandate) if mandate.active => Ok(()),
        Some(mandate) => Err(PaymentError::MandateWithdrawn {
            centre: key.centre,
            agency: key.agency,
            code: key.receipt_code,
            height: mandate.height,
        }
        .into()),
        None => Err(no_mandate(key).into()),
    }
}

const fn no_mandate(key: &MandateKey) -> PaymentError {
    PaymentError::NoMandate {
        centre: key.centre,
        agency: key.agency,
        code: key.receipt_code,
    }
}
