//! `CancelNotice`: an agency takes an unpaid notice back.

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use super::{
    errors::PaymentError,
    record::{Cancellation, Notice},
    schema::NOTICES,
};
use crate::{
    action::{ActionContext, Effects, Handler, ItemVerdict},
    malformed::Malformed,
    organisations::Role,
    rejection::Stop,
    types::{DecisionNumber, Reason},
};

/// Cancels an unpaid notice. Its decision number stays reserved for the agency, which may create the notice anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelNotice {
    decision_number: DecisionNumber,
    reason: Reason,
}

impl TryFrom<proto::CancelNotice> for CancelNotice {
    type Error = Malformed;

    fn try_from(message: proto::CancelNotice) -> Result<Self, Malformed> {
        Ok(Self {
            decision_number: DecisionNumber::parse("decision_number", message.decision_number)?,
            reason: Reason::parse("reason", message.reason)?,
        })
    }
}

impl Handler for CancelNotice {
    fn item_subjects(&self) -> Vec<String> {
        vec![self.decision_number.to_string()]
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::CollectingAgency)?;
        let notice = ctx
            .overlay
            .get(NOTICES, &self.decision_number)?
            .ok_or_else(|| PaymentError::UnknownNotice {
                notice: self.decision_number.to_string(),
            })?;
        if notice.agency != ctx.actor_id() {
            return Err(PaymentError::NotTheAgency {
                decision_number: self.decision_number.clone(),
                agency: notice.agency,
            }
            .into());
        }
        require_unpaid(&notice)?;
        let mut notice = Arc::unwrap_or_clone(notice);
        notice.cancellation = Some(Cancellation {
            reason: self.reason.clone(),
            operator: ctx.operator.cloned(),
            height: ctx.block.height,
            time: ctx.block.time,
        });
        ctx.overlay
            .entry(NOTICES, &self.decision_number)?
            .set(notice);
        Ok(Effects {
            items: vec![ItemVerdict::on(&self.decision_number)],
            issued: Vec::new(),
        })
    }
}

/// Refuses a notice that was cancelled or paid.
pub(super) fn require_unpaid(notice: &Notice) -> Result<(), PaymentError> {
    let decision_number = notice.decision_number.clone();
    if let Some(cancellation) = &notice.cancellation {
        return Err(PaymentError::NoticeCancelled {
            decision_number,
            height: cancellation.height,
            reason: cancellation.reason.clone(),
        });
    }
    match &notice.payment {
        None => Ok(()),
        Some(payment) => Err(PaymentError::PaidAlready {
            decision_number,
            bank: payment.bank,
            bank_reference: payment.bank_reference.clone(),
            account_day: payment.account_day,
            height: payment.height,
            receipt: payment.receipt,
        }),
    }
}
