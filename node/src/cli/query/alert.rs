//! Questions about what supervision found.

use clap::{Args, Subcommand};
use piaolian_proto::v1::{GetAlertRequest, ListAlertsRequest};

use crate::cli::{Failure, client::Node, output::Output};

#[derive(Debug, Subcommand)]
pub(super) enum Question {
    /// An alert.
    Alert {
        /// Its number.
        alert: u64,
    },
    /// The open alerts, newest first: all on finance's node, on another those that name its
    /// organisation.
    Alerts(Wanted),
}

#[derive(Debug, Args)]
pub(super) struct Wanted {
    /// The closed ones too.
    #[arg(long)]
    all: bool,
    /// Of this kind alone, by number; may be given several times.
    #[arg(long = "kind")]
    kinds: Vec<u32>,
    /// Only those that name this organisation.
    #[arg(long, default_value = "")]
    organisation: String,
}

pub(super) async fn ask(node: &Node, question: Question, output: &Output) -> Result<(), Failure> {
    let mut supervision = node.supervision();
    match question {
        Question::Alert { alert } => {
            let request = GetAlertRequest { alert_id: alert };
            output.show(&supervision.get_alert(request).await?.into_inner())
        }
        Question::Alerts(wanted) => {
            let mut request = ListAlertsRequest {
                with_closed: wanted.all,
                kinds: wanted.kinds,
                organisation: wanted.organisation,
                ..Default::default()
            };
            loop {
                let page = supervision.list_alerts(request.clone()).await?.into_inner();
                page.alerts
                    .iter()
                    .try_for_each(|alert| output.show(alert))?;
                request.page_token = page.next_page_token;
                if request.page_token.is_empty() {
                    return Ok(());
                }
            }
        }
    }
}
