//! The banks' statements are compared with the reported payments; every difference is found, the
//! day is closed and the money is allocated.

use piaolian_proto::v1::{
    CloseDay, CloseDayRequest, GetReconciliationRequest, ListAllocationsRequest,
    ListMismatchesRequest, MismatchClass, ReconciliationDayRecord, StatementLine, SubmitStatement,
    SubmitStatementRequest, SubmitStatementResponse,
};
use tonic::{Response, Status};

use super::{Paid, REGION, account_day, total};
use crate::demo::{
    DemoError, Harness, Member,
    client::Client,
    display::{capital, yuan},
    rules,
};

/// Lines per part of a statement.
const AT_ONCE: usize = 1_000;
/// A bank serial number that was never reported.
const EXTRA: &str = "LS-777777";

/// Deliberate errors of the first bank's statement.
struct Planted {
    /// A payment that the statement omits.
    left_out: Paid,
    /// A payment that the statement has with another amount.
    altered: Paid,
    /// A payment on the statement that was never reported.
    extra_fen: i64,
}

pub(super) async fn run(harness: &mut Harness, paid: &[Paid]) -> Result<(), DemoError> {
    harness
        .report
        .chapter("Reconciliation and allocation · 对账与清分");
    let of = |bank| {
        let own = paid.iter().filter(move |paid| paid.bank == bank);
        own.cloned().collect::<Vec<Paid>>()
    };
    let (first, second) = (of(Member::Bank), of(Member::SecondBank));
    let planted = Planted {
        left_out: first[10].clone(),
        altered: first[20].clone(),
        extra_fen: 20_000,
    };
    hand_in(harness, Member::Bank, &statement(&first, &planted)).await?;
    found(harness, &planted).await?;
    close_too_early(harness).await?;
    let lines: Vec<StatementLine> = second.iter().map(line).collect();
    hand_in(harness, Member::SecondBank, &lines).await?;
    close(harness).await?;
    allocate(harness, paid, &planted).await?;
    late_line(harness, &planted).await
}

fn line(paid: &Paid) -> StatementLine {
    StatementLine {
        bank_reference: paid.bank_reference.clone(),
        notice: "-".to_owned(),
        amount_fen: paid.amount_fen,
    }
}

/// The first bank's statement with its three errors.
fn statement(paid: &[Paid], planted: &Planted) -> Vec<StatementLine> {
    let lines = paid
        .iter()
        .filter(|paid| paid.bank_reference != planted.left_out.bank_reference)
        .map(|paid| {
            let mut line = line(paid);
            if line.bank_reference == planted.altered.bank_reference {
                line.amount_fen += 5_000;
            }
            line
        });
    let mut lines: Vec<StatementLine> = lines.collect();
    lines.push(StatementLine {
        bank_reference: EXTRA.to_owned(),
        notice: "990100269999998".to_owned(),
        amount_fen: planted.extra_fen,
    });
    lines
}

async fn hand_in(
    harness: &mut Harness,
    bank: Member,
    lines: &[StatementLine],
) -> Result<(), DemoError> {
    let client = harness.network.client(bank)?;
    harness.report.begin(format!(
        "{} hands in its statement of yesterday: {} lines",
        capital(bank.title()),
        lines.len()
    ));
    let sum: i64 = lines.iter().map(|line| line.amount_fen).sum();
    let parts = lines.chunks(AT_ONCE).count();
    let mut refusals = 0;
    for (place, part) in lines.chunks(AT_ONCE).enumerate() {
        let last = place + 1 == parts;
        let answer = submit(&client, part, last.then_some((lines.len(), sum))).await;
        let answer = answer.map_err(DemoError::no_answer("a statement"))?;
        refusals += answer.rejections.len();
    }
    let happened = format!(
        "{parts} parts, {refusals} lines rejected, {} declared",
        yuan(sum)
    );
    harness
        .report
        .check("taken whole", [happened], refusals == 0)
}

async fn submit(
    bank: &Client,
    lines: &[StatementLine],
    declared: Option<(usize, i64)>,
) -> Result<SubmitStatementResponse, Status> {
    let (count, sum) = declared.unwrap_or_default();
    let statement = SubmitStatement {
        account_day: account_day(),
        region: REGION.to_owned(),
        lines: lines.to_vec(),
        last: declared.is_some(),
        declared_count: count as u64,
        declared_sum_fen: sum,
    };
    let request = SubmitStatementRequest {
        submit_statement: Some(statement),
        options: bank.options(),
    };
    let answer = bank.payments().submit_statement(request).await;
    answer.map(Response::into_inner)
}

async fn found(harness: &mut Harness, planted: &Planted) -> Result<(), DemoError> {
    let finance = harness.network.client(Member::Finance)?;
    harness
        .report
        .begin("Finance asks for every difference of that bank");
    harness.network.wait_until_level().await?;
    let request = ListMismatchesRequest {
        region: REGION.to_owned(),
        day: account_day(),
        page_size: 500,
        page_token: String::new(),
    };
    let answer = finance.payments().list_mismatches(request).await;
    let answer = answer.map_err(DemoError::no_answer("the mismatches"))?;
    let of_bank = answer.into_inner().mismatches.into_iter().filter(|view| {
        let entry = view.entry.clone().unwrap_or_default();
        entry.bank == Member::Bank.id().as_str()
    });
    let mut found: Vec<(String, MismatchClass)> = of_bank
        .map(|view| {
            let class = view.class();
            (view.entry.unwrap_or_default().bank_reference, class)
        })
        .collect();
    found.sort();
    let mut expected = vec![
        (
            planted.left_out.bank_reference.clone(),
            MismatchClass::ReportedOnly,
        ),
        (
            planted.altered.bank_reference.clone(),
            MismatchClass::AmountDiffers,
        ),
        (EXTRA.to_owned(), MismatchClass::StatedOnly),
    ];
    expected.sort();
    let lines: Vec<String> = found
        .iter()
        .map(|(reference, class)| format!("{reference}: {}", class.as_str_name()))
        .collect();
    harness.report.check(
        "the payment left out, the one altered, the one nobody reported, and nothing else",
        lines,
        found == expected,
    )
}

async fn close_too_early(harness: &mut Harness) -> Result<(), DemoError> {
    let finance = harness.network.client(Member::Finance)?;
    harness
        .report
        .begin("Finance tries to close the day while the second bank's statement is missing");
    let answer = finance.payments().close_day(closing(&finance)).await;
    let naming = [Member::SecondBank.id().to_string()];
    harness
        .report
        .rejected(&finance, rules::STATEMENT_INCOMPLETE, &naming, answer)
        .await
}

async fn close(harness: &mut Harness) -> Result<(), DemoError> {
    let finance = harness.network.client(Member::Finance)?;
    harness.report.begin("Finance closes the day");
    let answer = finance.payments().close_day(closing(&finance)).await;
    harness.report.accepted(answer.map(Response::into_inner))?;
    Ok(())
}

fn closing(finance: &Client) -> CloseDayRequest {
    CloseDayRequest {
        close_day: Some(CloseDay {
            account_day: account_day(),
            region: REGION.to_owned(),
            incomplete_reason: String::new(),
        }),
        options: finance.options(),
    }
}

async fn allocate(
    harness: &mut Harness,
    paid: &[Paid],
    planted: &Planted,
) -> Result<(), DemoError> {
    let finance = harness.network.client(Member::Finance)?;
    harness
        .report
        .begin("What each bank holds for the police is what matched, to the fen");
    let request = ListAllocationsRequest {
        region: REGION.to_owned(),
        day: account_day(),
        page_size: 0,
        page_token: String::new(),
    };
    let answer = finance.payments().list_allocations(request).await;
    let answer = answer.map_err(DemoError::no_answer("the allocations"))?;
    let allocated: Vec<(String, i64)> = answer
        .into_inner()
        .allocations
        .iter()
        .map(|allocation| {
            let tally = allocation.matched.unwrap_or_default();
            (allocation.bank.clone(), tally.sum_fen)
        })
        .collect();
    let mut expected = Vec::new();
    for bank in [Member::Bank, Member::SecondBank] {
        let matched = paid.iter().filter(|paid| {
            paid.bank == bank
                && paid.bank_reference != planted.left_out.bank_reference
                && paid.bank_reference != planted.altered.bank_reference
        });
        expected.push((
            bank.id().to_string(),
            matched.map(|paid| paid.amount_fen).sum::<i64>(),
        ));
    }
    let lines = allocated.iter().map(|(bank, sum)| {
        let member = Member::of(bank).map_or("?", Member::title);
        format!("{member}: {}", yuan(*sum))
    });
    let mut lines: Vec<String> = lines.collect();
    lines.push(format!(
        "together {}",
        total(allocated.iter().map(|(_, sum)| *sum))
    ));
    let equal = expected.iter().all(|row| allocated.contains(row)) && allocated.len() == 2;
    harness.report.check(
        "two banks, one agency, sums as paid and stated",
        lines,
        equal,
    )
}

/// A report after the closing counts towards the first open day.
async fn late_line(harness: &mut Harness, planted: &Planted) -> Result<(), DemoError> {
    let bank = harness.network.client(Member::Bank)?;
    let finance = harness.network.client(Member::Finance)?;
    let before = day(&finance).await?;
    harness
        .report
        .begin("The line that the bank left out comes a day late");
    let answer = submit(&bank, &[line(&planted.left_out)], None).await;
    let answer = answer.map_err(DemoError::no_answer("a statement"))?;
    harness.network.wait_until_level().await?;
    let after = day(&finance).await?;
    let happened = format!("{} lines rejected", answer.rejections.len());
    harness.report.check(
        "it is taken, and the closed day stays as it was",
        [happened],
        answer.rejections.is_empty() && before == after && !before.is_empty(),
    )
}

async fn day(finance: &Client) -> Result<Vec<ReconciliationDayRecord>, DemoError> {
    let request = GetReconciliationRequest {
        region: REGION.to_owned(),
        day: account_day(),
    };
    let answer = finance.payments().get_reconciliation(request).await;
    let answer = answer.map_err(DemoError::no_answer("the reconciliation"))?;
    Ok(answer.into_inner().banks)
}
