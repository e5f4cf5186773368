//! Questions about what the governors decide.

use clap::Subcommand;
use piaolian_proto::v1::{
    GetGovernorsRequest, GetProposalRequest, GetValidatorsRequest, ListProposalsRequest,
    ListUpgradesRequest,
};

use super::pages::show_all;
use crate::cli::{Failure, client::Node, output::Output};

#[derive(Debug, Subcommand)]
pub(super) enum Question {
    /// A proposal with its votes.
    Proposal {
        /// Its number.
        proposal: u64,
    },
    /// Proposals, the latest first.
    Proposals {
        /// Only those that take votes.
        #[arg(long)]
        open: bool,
    },
    /// Who governs, and how many must agree.
    Governors,
    /// Who decides a height, and by which version of the protocol.
    Validators {
        /// 0: the next.
        #[arg(default_value_t = 0)]
        height: u64,
    },
    /// What is set for heights to come.
    Upgrades,
}

pub(super) async fn ask(node: &Node, question: Question, output: &Output) -> Result<(), Failure> {
    let mut governance = node.governance();
    match question {
        Question::Proposal { proposal } => {
            let request = GetProposalRequest {
                proposal_id: proposal,
            };
            output.show(&governance.get_proposal(request).await?.into_inner())
        }
        Question::Proposals { open } => proposals(node, open, output).await,
        Question::Governors => {
            let answer = governance.get_governors(GetGovernorsRequest {}).await?;
            output.show(&answer.into_inner())
        }
        Question::Validators { height } => {
            let request = GetValidatorsRequest { height };
            output.show(&governance.get_validators(request).await?.into_inner())
        }
        Question::Upgrades => {
            let answer = governance.list_upgrades(ListUpgradesRequest {}).await?;
            output.show(&answer.into_inner())
        }
    }
}

async fn proposals(node: &Node, open_only: bool, output: &Output) -> Result<(), Failure> {
    show_all(
        None,
        |item| output.show(item),
        async |page_token| {
            let request = ListProposalsRequest {
                open_only,
                page_size: 0,
                page_token,
            };
            let page = node
                .governance()
                .list_proposals(request)
                .await?
                .into_inner();
            Ok((page.proposals, page.next_page_token))
        },
    )
    .await
}
