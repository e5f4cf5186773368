//! `piaolian notice create`, `payment report`, `payment submit-statement`: long files, as several calls.
//!
//! ```text
//!   FILE: JSON objects, in one array or one after the other ──1,000 at a time──► calls
//! ```
//!
//! Files are in the form in which `--json` shows the same messages.

use std::path::PathBuf;

use clap::Args;
use piaolian_contracts::types::BeijingDate;
use piaolian_proto::v1::{
    CreateNoticesRequest, NewNotice, PaymentReport, ReportPaymentsRequest, StatementLine,
    SubmitStatement, SubmitStatementRequest,
};

use super::{
    Failure,
    connection::NodeArguments,
    failure::none_refused,
    generated::{CallArguments, date},
    output::Output,
    request_files,
    verb::{Verb, wait_for},
};

/// Most items of one call.
const ITEMS_MAX: usize = 1_000;

#[derive(Debug, Args)]
struct Batch {
    /// JSON of the messages; `-` for stdin.
    file: PathBuf,
    #[command(flatten)]
    call: CallArguments,
    #[command(flatten)]
    node: NodeArguments,
}

#[derive(Debug, Args)]
struct Statement {
    /// Accounting day, such as 2026-11-30.
    #[arg(value_parser = date)]
    day: BeijingDate,
    /// The division whose account was credited, 6 digits.
    region: String,
    #[command(flatten)]
    batch: Batch,
}

pub(super) fn verbs() -> [Verb; 3] {
    [
        Verb::of(
            "notice create",
            "Creates payment notices from a file of `NewNotice` messages (a collecting agency).",
            &["piaolian notice create notices.json --operator clerk-7"],
            |arguments, output| wait_for(notices(arguments, output)),
        ),
        Verb::of(
            "payment report",
            "Reports payments from a file of `PaymentReport` messages (an agent bank).",
            &["piaolian payment report payments.json"],
            |arguments, output| wait_for(reports(arguments, output)),
        ),
        Verb::of(
            "payment submit-statement",
            "Submits a bank's statement of a day for one region and declares it complete: the file holds all its \
             `StatementLine` messages, `[]` where there are none (an agent bank).",
            &["piaolian payment submit-statement 2026-11-30 990100 lines.json"],
            |arguments, output| wait_for(statement(arguments, output)),
        ),
    ]
}

/// Refuses a client id for a file that needs several calls, because a client id stands for one call.
fn check_calls(items: usize, call: &CallArguments) -> Result<(), Failure> {
    if items > ITEMS_MAX && call.is_named() {
        return Err(Failure::Usage(format!(
            "--client-id names one call, and {items} items are several: \
             leave it out, repeating is safe without"
        )));
    }
    Ok(())
}

async fn notices(arguments: Batch, output: &Output) -> Result<(), Failure> {
    let notices: Vec<NewNotice> = request_files::read_some(&arguments.file)?;
    check_calls(notices.len(), &arguments.call)?;
    let mut payments = arguments.node.connect().await?.payments();
    let mut refusals = Vec::new();
    for part in notices.chunks(ITEMS_MAX) {
        let request = CreateNoticesRequest {
            notices: part.to_vec(),
            options: Some(arguments.call.options()),
        };
        for notice in payments.create_notices(request).await?.into_inner().notices {
            output.show(&notice)?;
            refusals.extend(notice.refusal);
        }
    }
    none_refused(&refusals)
}

async fn reports(arguments: Batch, output: &Output) -> Result<(), Failure> {
    let reports: Vec<PaymentReport> = request_files::read_some(&arguments.file)?;
    check_calls(reports.len(), &arguments.call)?;
    let mut payments = arguments.node.connect().await?.payments();
    let mut refusals = Vec::new();
    for part in reports.chunks(ITEMS_MAX) {
        let request = ReportPaymentsRequest {
            payments: part.to_vec(),
            options: Some(arguments.call.options()),
        };
        for payment in payments
            .report_payments(request)
            .await?
            .into_inner()
            .payments
        {
            output.show(&payment)?;
            refusals.extend(payment.rejection);
        }
    }
    none_refused(&refusals)
}

/// Submits all parts; the last declares their count and sum.
async fn statement(arguments: Statement, output: &Output) -> Result<(), Failure> {
    let Statement { day, region, batch } = arguments;
    let lines: Vec<StatementLine> = request_files::read(&batch.file)?;
    check_calls(lines.len(), &batch.call)?;
    let sum = lines
        .iter()
        .try_fold(0_i64, |sum, line| sum.checked_add(line.amount_fen));
    let sum = sum.ok_or_else(|| Failure::Usage("the lines' sum is too large".to_owned()))?;
    let mut parts: Vec<Vec<StatementLine>> = lines.chunks(ITEMS_MAX).map(<[_]>::to_vec).collect();
    if parts.is_empty() {
        parts.push(Vec::new());
    }
    let mut payments = batch.node.connect().await?.payments();
    let count = parts.len();
    let mut refusals = Vec::new();
    for (place, part) in parts.into_iter().enumerate() {
        let last = place + 1 == count;
        let statement = SubmitStatement {
            account_day: day.get(),
            region: region.clone(),
            lines: part,
            last,
            declared_count: if last { lines.len() as u64 } else { 0 },
            declared_sum_fen: if last { sum } else { 0 },
        };
        let request = SubmitStatementRequest {
            submit_statement: Some(statement),
            options: Some(batch.call.options()),
        };
        let answer = payments.submit_statement(request).await?.into_inner();
        output.show(&answer)?;
        refusals.extend(answer.rejections);
    }
    none_refused(&refusals)
}
