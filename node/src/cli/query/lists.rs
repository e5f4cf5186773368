//! `piaolian query receipts, totals`.

use clap::{Args, Subcommand, ValueEnum};
use piaolian_proto::v1::{GetTotalsRequest, ListReceiptsRequest, ReceiptStatus};

use super::pages::show_all;
use crate::cli::{Failure, client::Node, output::Output};

/// Items that one answer is asked for.
const PAGE_SIZE: u32 = 500;

#[derive(Debug, Subcommand)]
pub(super) enum Question {
    /// Receipts by issuer, date, kind, region and status, latest issue date first.
    Receipts {
        #[command(flatten)]
        of: Of,
        /// Of this status alone.
        #[arg(long)]
        status: Option<StatusArgument>,
        /// At most so many; all unless given.
        #[arg(long)]
        limit: Option<usize>,
    },
    /// Running totals, one for each day, issuer and kind, latest day first.
    Totals {
        #[command(flatten)]
        of: Of,
        /// At most so many; all unless given.
        #[arg(long)]
        limit: Option<usize>,
    },
}

/// Which receipts a list is of.
#[derive(Debug, Args)]
pub(super) struct Of {
    /// Unified social credit code.
    #[arg(long, default_value = "")]
    issuer: String,
    /// The first issue date, yyyymmdd.
    #[arg(long, default_value_t = 0)]
    from: u32,
    /// The last issue date, yyyymmdd.
    #[arg(long, default_value_t = 0)]
    to: u32,
    /// Category and kind, digits 3 to 6 of the receipt code.
    #[arg(long, default_value = "")]
    kind: String,
    /// Where the issuer is: 2, 4 or 6 digits.
    #[arg(long, default_value = "")]
    region: String,
}

/// A status as people see it.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum StatusArgument {
    /// 已开具
    Issued,
    /// 已锁定
    Claimed,
    /// 部分入账
    PartlyReimbursed,
    /// 已入账
    Reimbursed,
    /// 已换开纸质
    OnPaper,
    /// 已归档
    Archived,
    /// 已冲红
    Reversed,
    /// 红票
    Reversal,
}

impl From<StatusArgument> for ReceiptStatus {
    fn from(status: StatusArgument) -> Self {
        match status {
            StatusArgument::Issued => Self::Issued,
            StatusArgument::Claimed => Self::Claimed,
            StatusArgument::PartlyReimbursed => Self::PartlyReimbursed,
            StatusArgument::Reimbursed => Self::Reimbursed,
            StatusArgument::OnPaper => Self::OnPaper,
            StatusArgument::Archived => Self::Archived,
            StatusArgument::Reversed => Self::Reversed,
            StatusArgument::Reversal => Self::Reversal,
        }
    }
}

pub(super) async fn ask(node: &Node, question: Question, output: &Output) -> Result<(), Failure> {
    match question {
        Question::Receipts { of, status, limit } => {
            let status = status.map(ReceiptStatus::from).unwrap_or_default();
            receipts(node, of, status, limit, output).await
        }
        Question::Totals { of, limit } => totals(node, of, limit, output).await,
    }
}

async fn receipts(
    node: &Node,
    of: Of,
    status: ReceiptStatus,
    limit: Option<usize>,
    output: &Output,
) -> Result<(), Failure> {
    show_all(
        limit,
        |item| output.show(item),
        async |page_token| {
            let request = ListReceiptsRequest {
                issuer: of.issuer.clone(),
                issue_date_from: of.from,
                issue_date_to: of.to,
                kind: of.kind.clone(),
                region: of.region.clone(),
                status: status.into(),
                page_size: PAGE_SIZE,
                page_token,
            };
            let page = node.receipts().list_receipts(request).await?.into_inner();
            Ok((page.receipts, page.next_page_token))
        },
    )
    .await
}

async fn totals(node: &Node, of: Of, limit: Option<usize>, output: &Output) -> Result<(), Failure> {
    show_all(
        limit,
        |item| output.show(item),
        async |page_token| {
            let request = GetTotalsRequest {
                issuer: of.issuer.clone(),
                issue_date_from: of.from,
                issue_date_to: of.to,
                kind: of.kind.clone(),
                region: of.region.clone(),
                page_size: PAGE_SIZE,
                page_token,
            };
            let page = node.receipts().get_totals(request).await?.into_inner();
            Ok((page.totals, page.next_page_token))
        },
    )
    .await
}
