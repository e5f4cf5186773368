//! What finance and organisations make of alerts.

use clap::{Args, Subcommand};
use piaolian_contracts::types::OrganisationId;
use piaolian_proto::v1::{
    AlertResult, AskExplanation, AskExplanationRequest, CallOptions, CloseAlert, CloseAlertRequest,
    ExplainAlert, ExplainAlertRequest,
};

use crate::cli::{Failure, client::Node, output::Output};

#[derive(Debug, Subcommand)]
pub(super) enum Act {
    /// Have an organisation explain an alert (finance).
    AskExplanation(Ask),
    /// Explain an alert (an organisation that was asked).
    ExplainAlert(Explain),
    /// Close an alert with its result (finance).
    CloseAlert(Close),
}

#[derive(Debug, Args)]
pub(super) struct Ask {
    /// The alert's number.
    alert: u64,
    /// Who is to explain: the alert's subject unless given.
    #[arg(long)]
    organisation: Option<OrganisationId>,
}

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The alert's number.
    alert: u64,
    /// The explanation; it goes on chain.
    #[arg(long)]
    text: String,
}

#[derive(Debug, Args)]
pub(super) struct Close {
    /// The alert's number.
    alert: u64,
    #[command(flatten)]
    result: ResultArguments,
    /// Why; it goes on chain.
    #[arg(long)]
    reason: String,
}

/// What came out: one of the two.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct ResultArguments {
    /// Nothing was wrong (排除).
    #[arg(long)]
    cleared: bool,
    /// The suspicion was right (属实).
    #[arg(long)]
    confirmed: bool,
}

impl Ask {
    fn request(self, options: CallOptions) -> AskExplanationRequest {
        let organisation = self
            .organisation
            .map(|organisation| organisation.to_string());
        let question = AskExplanation {
            alert_id: self.alert,
            organisation: organisation.unwrap_or_default(),
        };
        AskExplanationRequest {
            ask_explanation: Some(question),
            options: Some(options),
        }
    }
}

impl Explain {
    fn request(self, options: CallOptions) -> ExplainAlertRequest {
        let explanation = ExplainAlert {
            alert_id: self.alert,
            text: self.text,
        };
        ExplainAlertRequest {
            explain_alert: Some(explanation),
            options: Some(options),
        }
    }
}

impl Close {
    fn request(self, options: CallOptions) -> CloseAlertRequest {
        let result = if self.result.confirmed {
            AlertResult::Confirmed
        } else {
            AlertResult::Cleared
        };
        let closing = CloseAlert {
            alert_id: self.alert,
            result: result.into(),
            reason: self.reason,
        };
        CloseAlertRequest {
            close_alert: Some(closing),
            options: Some(options),
        }
    }
}

pub(super) async fn run(
    node: &Node,
    act: Act,
    options: CallOptions,
    output: &Output,
) -> Result<(), Failure> {
    let mut supervision = node.supervision();
    match act {
        Act::AskExplanation(ask) => {
            let answer = supervision.ask_explanation(ask.request(options)).await?;
            output.show(answer.get_ref())
        }
        Act::ExplainAlert(explain) => {
            let answer = supervision.explain_alert(explain.request(options)).await?;
            output.show(answer.get_ref())
        }
        Act::CloseAlert(close) => {
            let answer = supervision.close_alert(close.request(options)).await?;
            output.show(answer.get_ref())
        }
    }
}
