//! Actions of finance and of organisations on alerts.

use piaolian_proto::v1::{self as proto, transaction_body::Action};

use super::requests::{ActionRequest, business};

/// Asks the subject of an alert.
pub fn ask_explanation(alert: u64) -> ActionRequest {
    business("finance", move |_| {
        Action::AskExplanation(proto::AskExplanation {
            alert_id: alert,
            organisation: String::new(),
        })
    })
}

/// Asks one organisation that an alert names.
pub fn ask_explanation_of(alert: u64, name: &str) -> ActionRequest {
    let name = name.to_owned();
    business("finance", move |world| {
        Action::AskExplanation(proto::AskExplanation {
            alert_id: alert,
            organisation: world.member(&name).id.to_string(),
        })
    })
}

pub fn explain_alert(alert: u64, name: &str) -> ActionRequest {
    business(name, move |_| {
        Action::ExplainAlert(proto::ExplainAlert {
            alert_id: alert,
            text: "the counter mistyped the number".to_owned(),
        })
    })
}

/// Closes an alert as cleared.
pub fn close_alert(alert: u64) -> ActionRequest {
    close_alert_as(alert, proto::AlertResult::Cleared)
}

pub fn close_alert_as(alert: u64, result: proto::AlertResult) -> ActionRequest {
    business("finance", move |_| {
        Action::CloseAlert(proto::CloseAlert {
            alert_id: alert,
            result: result.into(),
            reason: "seen by two officers".to_owned(),
        })
    })
}
