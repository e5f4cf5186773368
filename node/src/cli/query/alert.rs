//! Questions about what supervision found.

use clap::{Args, Subcommand};
use piaolian_proto::v1::{GetAlertRequest, ListAlertsRequest};

use super::pages::show_all;
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
    match question {
        Question::Alert { alert } => {
            let request = GetAlertRequest { alert_id: alert };
            output.show(node.supervision().get_alert(request).await?.get_ref())
        }
        Question::Alerts(wanted) => {
            show_all(
                None,
                |item| output.show(item),
                async |page_token| {
                    let request = ListAlertsRequest {
                        with_closed: wanted.all,
                        kinds: wanted.kinds.clone(),
                        organisation: wanted.organisation.clone(),
                        page_size: 0,
                        page_token,
                    };
                    let page = node.supervision().list_alerts(request).await?.into_inner();
                    Ok((page.alerts, page.next_page_token))
                },
            )
            .await
        }
    }
}
