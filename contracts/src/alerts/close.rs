//! `CloseAlert`: finance closes an alert with its result.

use piaolian_proto::v1 as proto;

use super::{
    record::{AlertClosing, AlertId},
    schema::{self, ALERTS, OPEN_ALERTS, OpenKey},
    state::{AlertResult, AlertStep},
};
use crate::{
    action::{ActionContext, Effects, Handler},
    malformed::Malformed,
    organisations::Role,
    rejection::Stop,
    types::Reason,
};

/// Closes an alert, whether or not an organisation was asked. A later finding raises a new alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseAlert {
    alert: AlertId,
    result: AlertResult,
    reason: Reason,
}

impl TryFrom<proto::CloseAlert> for CloseAlert {
    type Error = Malformed;

    fn try_from(message: proto::CloseAlert) -> Result<Self, Malformed> {
        Ok(Self {
            alert: AlertId::parse("alert_id", message.alert_id)?,
            result: AlertResult::parse("result", message.result)?,
            reason: Reason::parse("reason", message.reason)?,
        })
    }
}

impl Handler for CloseAlert {
    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::Finance)?;
        let mut alert = schema::read(ctx, self.alert)?;
        alert.check(AlertStep::Close, ctx.actor_id())?;
        alert.closing = Some(AlertClosing {
            result: self.result,
            reason: self.reason.clone(),
            bureau: ctx.actor_id(),
            operator: ctx.operator.cloned(),
            height: ctx.block.height,
            time: ctx.block.time,
        });
        for key in [OpenKey::Alert(alert.id), OpenKey::Matter(alert.matter())] {
            ctx.overlay.entry(OPEN_ALERTS, &key)?.remove()?;
        }
        ctx.overlay.entry(ALERTS, &self.alert)?.set(alert);
        Ok(Effects::none())
    }
}
