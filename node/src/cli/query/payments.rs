//! `piaolian query notice, notices, reconciliation, mismatches, allocations, pick-up`.

use clap::{Args, Subcommand};
use piaolian_proto::v1::{
    GetNoticeRequest, GetReconciliationRequest, ListAllocationsRequest, ListMismatchesRequest,
    ListNoticesRequest, PickUpReceiptRequest, get_notice_request::By,
    pick_up_receipt_request::Factor,
};

use super::pages::show_all;
use crate::cli::{Failure, client::Node, output::Output};

#[derive(Debug, Subcommand)]
pub(super) enum Question {
    /// A payment notice and what is owed for it.
    Notice {
        /// 处罚决定书号
        #[arg(required_unless_present = "payment_code")]
        decision_number: Option<String>,
        /// 缴款码, instead.
        #[arg(long, conflicts_with = "decision_number")]
        payment_code: Option<String>,
    },
    /// An agency's notices, newest first; of the node's own organisation where none is named.
    Notices {
        /// Unified social credit code.
        #[arg(long, default_value = "")]
        agency: String,
        /// Created on this date or before, yyyymmdd; 0: all.
        #[arg(long, default_value_t = 0)]
        to_date: u32,
    },
    /// A region's day, bank by bank.
    Reconciliation(Day),
    /// Every mismatch of a region's day.
    Mismatches(Day),
    /// What each bank holds for each agency of a region's day.
    Allocations(Day),
    /// The receipt of a paid notice, by a second factor; on the agency's node.
    PickUp {
        /// 处罚决定书号
        decision_number: String,
        /// The payer's name.
        #[arg(long, required_unless_present = "identity_tail")]
        name: Option<String>,
        /// The last 4 to 6 characters of the payer's identity number, instead.
        #[arg(long, conflicts_with = "name")]
        identity_tail: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(super) struct Day {
    /// yyyymmdd
    day: u32,
    /// 6 digits.
    region: String,
}

pub(super) async fn ask(node: &Node, question: Question, output: &Output) -> Result<(), Failure> {
    let mut payments = node.payments();
    match question {
        Question::Notice {
            decision_number,
            payment_code,
        } => {
            let by = decision_number
                .map(By::DecisionNumber)
                .or(payment_code.map(By::PaymentCode));
            let request = GetNoticeRequest { by };
            output.show(payments.get_notice(request).await?.get_ref())
        }
        Question::Notices { agency, to_date } => notices(node, agency, to_date, output).await,
        Question::Reconciliation(Day { day, region }) => {
            let request = GetReconciliationRequest { region, day };
            output.show(payments.get_reconciliation(request).await?.get_ref())
        }
        Question::Mismatches(day) => mismatches(node, day, output).await,
        Question::Allocations(day) => allocations(node, day, output).await,
        Question::PickUp {
            decision_number,
            name,
            identity_tail,
        } => {
            let factor = name
                .map(Factor::PayerName)
                .or(identity_tail.map(Factor::IdentityTail));
            let request = PickUpReceiptRequest {
                decision_number,
                factor,
            };
            let picked_up = payments.pick_up_receipt(request).await?.into_inner();
            if output.is_json() {
                output.show(&picked_up)
            } else {
                output.bytes(picked_up.xml.as_bytes())
            }
        }
    }
}

async fn notices(
    node: &Node,
    agency: String,
    to_date: u32,
    output: &Output,
) -> Result<(), Failure> {
    show_all(
        None,
        |item| output.show(item),
        async |page_token| {
            let request = ListNoticesRequest {
                agency: agency.clone(),
                to_date,
                page_size: 0,
                page_token,
            };
            let page = node.payments().list_notices(request).await?.into_inner();
            Ok((page.notices, page.next_page_token))
        },
    )
    .await
}

async fn mismatches(node: &Node, Day { day, region }: Day, output: &Output) -> Result<(), Failure> {
    show_all(
        None,
        |item| output.show(item),
        async |page_token| {
            let request = ListMismatchesRequest {
                region: region.clone(),
                day,
                page_size: 0,
                page_token,
            };
            let page = node.payments().list_mismatches(request).await?.into_inner();
            Ok((page.mismatches, page.next_page_token))
        },
    )
    .await
}

async fn allocations(
    node: &Node,
    Day { day, region }: Day,
    output: &Output,
) -> Result<(), Failure> {
    show_all(
        None,
        |item| output.show(item),
        async |page_token| {
            let request = ListAllocationsRequest {
                region: region.clone(),
                day,
                page_size: 0,
                page_token,
            };
            let page = node
                .payments()
                .list_allocations(request)
                .await?
                .into_inner();
            Ok((page.allocations, page.next_page_token))
        },
    )
    .await
}
