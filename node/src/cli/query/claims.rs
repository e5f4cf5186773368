//! `piaolian query claim, claims, policy, policies, grants, readers, access-log`.

use clap::Subcommand;
use piaolian_proto::v1::{
    GetAccessLogAnchorRequest, GetClaimRequest, GetPolicyRequest, ListClaimsRequest,
    ListGrantsRequest, ListPoliciesRequest, ListReadersRequest, get_policy_request::Which,
};

use super::{ReceiptArgument, pages::show_all};
use crate::cli::{Failure, client::Node, output::Output};

#[derive(Debug, Subcommand)]
pub(super) enum Question {
    /// A claim with every step of its computation.
    Claim {
        /// The insurer's number of it.
        claim: String,
        /// Whose: the node's own organisation unless given.
        #[arg(long, default_value = "")]
        insurer: String,
    },
    /// An insurer's claims, newest first.
    Claims {
        /// Whose: the node's own organisation unless given.
        #[arg(long, default_value = "")]
        insurer: String,
        /// Filed on this date or before, yyyymmdd; 0: all.
        #[arg(long, default_value_t = 0)]
        to_date: u32,
    },
    /// A version of a policy: the one in force today unless one is named.
    Policy {
        /// The insurer's code of it.
        policy: String,
        /// Whose: the node's own organisation unless given.
        #[arg(long, default_value = "")]
        insurer: String,
        /// 1, 2, …
        #[arg(long)]
        policy_version: Option<u32>,
        /// The one for receipts issued on this date, yyyymmdd.
        #[arg(long, conflicts_with = "policy_version")]
        on_date: Option<u32>,
    },
    /// Every version of every policy of an insurer.
    Policies {
        /// Whose: the node's own organisation unless given.
        #[arg(long, default_value = "")]
        insurer: String,
    },
    /// Whom the holder of a receipt authorised.
    Grants {
        /// CODE-NUMBER
        receipt: ReceiptArgument,
    },
    /// How far the log goes of what an organisation read, as it was anchored last.
    AccessLog {
        /// Unified social credit code; the node's own organisation where none is named.
        #[arg(default_value = "")]
        organisation: String,
        /// Which of its logs, from 1; 0: the newest.
        #[arg(long, default_value_t = 0)]
        log: u32,
    },
    /// Who could read a receipt's details, when and why.
    Readers {
        /// CODE-NUMBER
        receipt: ReceiptArgument,
    },
}

pub(super) async fn ask(node: &Node, question: Question, output: &Output) -> Result<(), Failure> {
    match question {
        Question::Claim { claim, insurer } => {
            let request = GetClaimRequest {
                insurer,
                claim_number: claim,
            };
            output.show(node.claims().get_claim(request).await?.get_ref())
        }
        Question::Claims { insurer, to_date } => claims(node, &insurer, to_date, output).await,
        Question::Policy {
            policy,
            insurer,
            policy_version,
            on_date,
        } => {
            let version = policy_version.map(Which::Version);
            let request = GetPolicyRequest {
                insurer,
                policy_code: policy,
                which: version.or(on_date.map(Which::OnDate)),
            };
            output.show(node.policies().get_policy(request).await?.get_ref())
        }
        Question::Policies { insurer } => policies(node, &insurer, output).await,
        Question::Grants { receipt } => grants(node, receipt, output).await,
        Question::AccessLog { organisation, log } => {
            let request = GetAccessLogAnchorRequest { organisation, log };
            let answer = node.disclosure().get_access_log_anchor(request).await?;
            output.show(answer.get_ref())
        }
        Question::Readers { receipt } => {
            let request = ListReadersRequest {
                receipt: Some(receipt.into()),
            };
            let readers = node.disclosure().list_readers(request).await?.into_inner();
            output.show(&readers)
        }
    }
}

async fn claims(node: &Node, insurer: &str, to_date: u32, output: &Output) -> Result<(), Failure> {
    show_all(
        None,
        |item| output.show(item),
        async |page_token| {
            let request = ListClaimsRequest {
                insurer: insurer.to_owned(),
                to_date,
                page_size: 0,
                page_token,
            };
            let page = node.claims().list_claims(request).await?.into_inner();
            Ok((page.claims, page.next_page_token))
        },
    )
    .await
}

async fn policies(node: &Node, insurer: &str, output: &Output) -> Result<(), Failure> {
    show_all(
        None,
        |item| output.show(item),
        async |page_token| {
            let request = ListPoliciesRequest {
                insurer: insurer.to_owned(),
                page_size: 0,
                page_token,
            };
            let page = node.policies().list_policies(request).await?.into_inner();
            Ok((page.policies, page.next_page_token))
        },
    )
    .await
}

async fn grants(node: &Node, receipt: ReceiptArgument, output: &Output) -> Result<(), Failure> {
    show_all(
        None,
        |item| output.show(item),
        async |page_token| {
            let request = ListGrantsRequest {
                receipt: Some(receipt.into()),
                page_size: 0,
                page_token,
            };
            let page = node.disclosure().list_grants(request).await?.into_inner();
            Ok((page.grants, page.next_page_token))
        },
    )
    .await
}
