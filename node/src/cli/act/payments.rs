//! Acts of agencies, issuing centres, agent banks and finance about payments.
//!
//! ```text
//!   FILE: JSON objects, in one array or one after the other ──1,000 at a time──► calls
//! ```
//!
//! Files are in the form in which `--json` shows the same messages.

use std::path::PathBuf;

use clap::Subcommand;
use piaolian_contracts::types::{OrganisationId, ReceiptCode};
use piaolian_proto::v1::{
    CallOptions, CancelNotice, CancelNoticeRequest, CloseDay, CloseDayRequest,
    CreateNoticesRequest, NewNotice, PaymentReport, ReportPaymentsRequest, SetMandate,
    SetMandateRequest, StatementLine, SubmitStatement, SubmitStatementRequest,
};

use super::none_refused;
use crate::cli::{Failure, client::Node, output::Output, requests};

/// Most items of one call.
const ITEMS_MAX: usize = 1_000;

#[derive(Debug, Subcommand)]
pub(super) enum Act {
    /// Let an agency's payments be receipted from this centre's ranges of a code (an issuer).
    Mandate {
        /// The agency: unified social credit code.
        agency: OrganisationId,
        /// Receipt code, 8 digits.
        code: ReceiptCode,
        /// Take the mandate back.
        #[arg(long)]
        withdraw: bool,
    },
    /// Create payment notices (a collecting agency).
    Notices {
        /// JSON of `NewNotice` messages; `-` for stdin.
        file: PathBuf,
    },
    /// Cancel a notice that nobody has paid (its agency).
    CancelNotice {
        /// 处罚决定书号
        decision_number: String,
        /// Why; it goes on chain.
        #[arg(long)]
        reason: String,
    },
    /// Report payments (an agent bank).
    ReportPayments {
        /// JSON of `PaymentReport` messages; `-` for stdin.
        file: PathBuf,
    },
    /// Hand in the whole statement of a day (an agent bank).
    Statement {
        /// Accounting day, yyyymmdd.
        day: u32,
        /// The division whose account was credited, 6 digits.
        region: String,
        /// JSON of `StatementLine` messages; `-` for stdin. `[]` where the day has none.
        file: PathBuf,
    },
    /// Close a region's day (finance).
    CloseDay {
        /// Accounting day, yyyymmdd.
        day: u32,
        /// 6 digits.
        region: String,
        /// Why it is closed although a bank's statement is missing.
        #[arg(long, default_value = "")]
        incomplete_reason: String,
    },
}

pub(super) async fn run(
    node: &Node,
    act: Act,
    options: CallOptions,
    output: &Output,
) -> Result<(), Failure> {
    let mut payments = node.payments();
    match act {
        Act::Mandate {
            agency,
            code,
            withdraw,
        } => {
            let request = SetMandateRequest {
                set_mandate: Some(SetMandate {
                    agency: agency.to_string(),
                    receipt_code: code.to_string(),
                    active: !withdraw,
                }),
                options: Some(options),
            };
            output.show(payments.set_mandate(request).await?.get_ref())
        }
        Act::Notices { file } => notices(node, requests::read_some(&file)?, options, output).await,
        Act::CancelNotice {
            decision_number,
            reason,
        } => {
            let request = CancelNoticeRequest {
                cancel_notice: Some(CancelNotice {
                    decision_number,
                    reason,
                }),
                options: Some(options),
            };
            output.show(payments.cancel_notice(request).await?.get_ref())
        }
        Act::ReportPayments { file } => {
            reports(node, requests::read_some(&file)?, options, output).await
        }
        Act::Statement { day, region, file } => {
            let lines = requests::read(&file)?;
            statement(node, (day, region), lines, options, output).await
        }
        Act::CloseDay {
            day,
            region,
            incomplete_reason,
        } => {
            let request = CloseDayRequest {
                close_day: Some(CloseDay {
                    account_day: day,
                    region,
                    incomplete_reason,
                }),
                options: Some(options),
            };
            output.show(payments.close_day(request).await?.get_ref())
        }
    }
}

/// A client id names one call, and a long file is several.
fn check_calls(items: usize, options: &CallOptions) -> Result<(), Failure> {
    if items > ITEMS_MAX && !options.client_id.is_empty() {
        return Err(Failure::Usage(format!(
            "--client-id names one call, and {items} items are several: \
             leave it out, repeating is safe without"
        )));
    }
    Ok(())
}

async fn notices(
    node: &Node,
    notices: Vec<NewNotice>,
    options: CallOptions,
    output: &Output,
) -> Result<(), Failure> {
    check_calls(notices.len(), &options)?;
    let mut refusals = Vec::new();
    for part in notices.chunks(ITEMS_MAX) {
        let request = CreateNoticesRequest {
            notices: part.to_vec(),
            options: Some(options.clone()),
        };
        let answer = node.payments().create_notices(request).await?.into_inner();
        for notice in answer.notices {
            output.show(&notice)?;
            refusals.extend(notice.refusal);
        }
    }
    none_refused(&refusals)
}

async fn reports(
    node: &Node,
    payments: Vec<PaymentReport>,
    options: CallOptions,
    output: &Output,
) -> Result<(), Failure> {
    check_calls(payments.len(), &options)?;
    let mut refusals = Vec::new();
    for part in payments.chunks(ITEMS_MAX) {
        let request = ReportPaymentsRequest {
            payments: part.to_vec(),
            options: Some(options.clone()),
        };
        let answer = node.payments().report_payments(request).await?.into_inner();
        for payment in answer.payments {
            output.show(&payment)?;
            refusals.extend(payment.refusal);
        }
    }
    none_refused(&refusals)
}

/// All parts; the last declares them all.
async fn statement(
    node: &Node,
    (account_day, region): (u32, String),
    lines: Vec<StatementLine>,
    options: CallOptions,
    output: &Output,
) -> Result<(), Failure> {
    check_calls(lines.len(), &options)?;
    let sum = lines
        .iter()
        .try_fold(0_i64, |sum, line| sum.checked_add(line.amount_fen));
    let sum = sum.ok_or_else(|| Failure::Usage("the lines' sum is too large".to_owned()))?;
    let mut parts: Vec<Vec<StatementLine>> = lines.chunks(ITEMS_MAX).map(<[_]>::to_vec).collect();
    if parts.is_empty() {
        parts.push(Vec::new());
    }
    let count = parts.len();
    let mut refusals = Vec::new();
    for (place, part) in parts.into_iter().enumerate() {
        let last = place + 1 == count;
        let request = SubmitStatementRequest {
            submit_statement: Some(SubmitStatement {
                account_day,
                region: region.clone(),
                lines: part,
                last,
                declared_count: if last { lines.len() as u64 } else { 0 },
                declared_sum_fen: if last { sum } else { 0 },
            }),
            options: Some(options.clone()),
        };
        let answer = node.payments().submit_statement(request).await?;
        let answer = answer.into_inner();
        output.show(&answer)?;
        refusals.extend(answer.refusals);
    }
    none_refused(&refusals)
}
