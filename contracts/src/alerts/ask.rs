//! `AskExplanation`: finance asks an organisation to explain an alert.

use piaolian_proto::v1 as proto;

use super::{
    errors::AlertError,
    record::{Alert, AlertId, QUESTIONS_MAX, Question},
    schema::{self, ALERTS},
    state::AlertStep,
};
use crate::{
    action::{ActionContext, Effects, Handler},
    fields::Field,
    malformed::Malformed,
    organisations::Role,
    rejection::Stop,
    types::OrganisationId,
};

/// Asks an organisation that the alert names: the given one, or its subject if none is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskExplanation {
    alert: AlertId,
    organisation: Option<OrganisationId>,
}

impl TryFrom<proto::AskExplanation> for AskExplanation {
    type Error = Malformed;

    fn try_from(message: proto::AskExplanation) -> Result<Self, Malformed> {
        Ok(Self {
            alert: AlertId::parse("alert_id", message.alert_id)?,
            organisation: Field::from_message("organisation", message.organisation)?,
        })
    }
}

impl Handler for AskExplanation {
    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::Finance)?;
        let mut alert = schema::read(ctx, self.alert)?;
        alert.check(AlertStep::Ask, ctx.actor_id())?;
        let organisation = self.organisation.unwrap_or(alert.subject);
        check_askable(&alert, organisation)?;
        alert.questions.push(Question {
            organisation,
            bureau: ctx.actor_id(),
            operator: ctx.operator.cloned(),
            height: ctx.block.height,
            time: ctx.block.time,
            explanation: None,
        });
        ctx.overlay.entry(ALERTS, &self.alert)?.set(alert);
        Ok(Effects::none())
    }
}

fn check_askable(alert: &Alert, organisation: OrganisationId) -> Result<(), AlertError> {
    if !alert.concerns(&organisation) {
        return Err(AlertError::NotNamed {
            alert: alert.id,
            organisation,
        });
    }
    if let Some(place) = alert.open_question(organisation) {
        return Err(AlertError::AskedAlready {
            alert: alert.id,
            organisation,
            height: alert.questions[place].height,
        });
    }
    if alert.questions.len() >= QUESTIONS_MAX {
        return Err(AlertError::TooManyQuestions {
            alert: alert.id,
            questions_max: QUESTIONS_MAX,
        });
    }
    Ok(())
}
