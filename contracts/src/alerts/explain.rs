//! `ExplainAlert`: an organisation answers finance.

use piaolian_proto::v1 as proto;

use super::{
    errors::AlertError,
    record::{AlertId, Explanation},
    schema::{self, ALERTS},
    state::AlertStep,
};
use crate::{
    action::{ActionContext, Effects, Handler},
    malformed::Malformed,
    rejection::Stop,
    types::Reason,
};

/// Answers the question that finance asked. Even a suspended organisation may answer, because finance waits for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainAlert {
    alert: AlertId,
    text: Reason,
}

impl TryFrom<proto::ExplainAlert> for ExplainAlert {
    type Error = Malformed;

    fn try_from(message: proto::ExplainAlert) -> Result<Self, Malformed> {
        Ok(Self {
            alert: AlertId::parse("alert_id", message.alert_id)?,
            text: Reason::parse("text", message.text)?,
        })
    }
}

impl Handler for ExplainAlert {
    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        let organisation = ctx.actor_id();
        let mut alert = schema::read(ctx, self.alert)?;
        alert.check(AlertStep::Explain, organisation)?;
        let place = alert
            .open_question(organisation)
            .ok_or(AlertError::NotAsked {
                alert: alert.id,
                organisation,
            })?;
        alert.questions[place].explanation = Some(Explanation {
            text: self.text.clone(),
            operator: ctx.operator.cloned(),
            height: ctx.block.height,
            time: ctx.block.time,
        });
        ctx.overlay.entry(ALERTS, &self.alert)?.set(alert);
        Ok(Effects::none())
    }
}
