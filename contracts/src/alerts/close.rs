//! `CloseAlert`: finance says what came out of an alert.

use piaolian_proto::v1 as proto;

use super::{
    flow::{Outcome, Step},
    record::{AlertId, Closing},
    schema::{self, ALERTS, OPEN_ALERTS, OpenKey},
};
use crate::{
    act::{Act, Effects, Handler},
    malformed::Malformed,
    organisations::Role,
    rejection::Stop,
    types::Reason,
};

/// Closes an alert, whether or not anybody was asked. What is found afterwards raises
/// another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseAlert {
    alert: AlertId,
    outcome: Outcome,
    reason: Reason,
}

impl TryFrom<proto::CloseAlert> for CloseAlert {
    type Error = Malformed;

    fn try_from(message: proto::CloseAlert) -> Result<Self, Malformed> {
        Ok(Self {
            alert: AlertId::parse("alert_id", message.alert_id)?,
            outcome: Outcome::parse("result", message.result)?,
            reason: Reason::parse("reason", message.reason)?,
        })
    }
}

impl Handler for CloseAlert {
    fn execute(&self, act: &mut Act<'_, '_>) -> Result<Effects, Stop> {
        act.authorise(Role::Finance)?;
        let mut alert = schema::read(act, self.alert)?;
        alert.check(Step::Close, act.actor_id())?;
        alert.closing = Some(Closing {
            outcome: self.outcome,
            reason: self.reason.clone(),
            bureau: act.actor_id(),
            operator: act.operator.cloned(),
            height: act.block.height,
            time: act.block.time,
        });
        for key in [OpenKey::Alert(alert.id), OpenKey::Matter(alert.matter())] {
            act.overlay.entry(OPEN_ALERTS, &key)?.remove()?;
        }
        act.overlay.entry(ALERTS, &self.alert)?.set(alert);
        Ok(Effects::none())
    }
}
