//! Banks' statements against what was reported: every difference is found, then the
//! day is closed and the money allocated.

use piaolian_proto::v1::{
    CloseDay, CloseDayRequest, GetReconciliationRequest, ListAllocationsRequest,
    ListMismatchesRequest, MismatchClass, ReconciliationDayRecord, StatementLine, SubmitStatement,
    SubmitStatementRequest, SubmitStatementResponse,
};
use tonic::{Response, Status};

use super::{Paid, REGION, account_day, total};
use crate::story::{
    Failed, Stage, Who,
    client::Client,
    display::{capital, yuan},
    rules,
};

/// Lines of one part of a statement.
const AT_ONCE: usize = 1_000;
/// A payment that nobody reported.
const EXTRA: &str = "LS-777777";

/// What the first bank's statement gets wrong on purpose.
struct Planted {
    /// It leaves this payment out.
    left_out: Paid,
    /// It has this one with another amount.
    altered: Paid,
    /// It has one that nobody reported.
    extra_fen: i64,
}

pub(super) async fn play(stage: &mut Stage, paid: &[Paid]) -> Result<(), Failed> {
    stage
        .report
        .chapter("Reconciliation and allocation · 对账与清分");
    let of = |bank| {
        let own = paid.iter().filter(move |paid| paid.bank == bank);
        own.cloned().collect::<Vec<Paid>>()
    };
    let (first, second) = (of(Who::Bank), of(Who::SecondBank));
    let planted = Planted {
        left_out: first[10].clone(),
        altered: first[20].clone(),
        extra_fen: 20_000,
    };
    hand_in(stage, Who::Bank, &statement(&first, &planted)).await?;
    found(stage, &planted).await?;
    close_too_early(stage).await?;
    let lines: Vec<StatementLine> = second.iter().map(|paid| line(paid)).collect();
    hand_in(stage, Who::SecondBank, &lines).await?;
    close(stage).await?;
    allocate(stage, paid, &planted).await?;
    late_line(stage, &planted).await
}

fn line(paid: &Paid) -> StatementLine {
    StatementLine {
        bank_reference: paid.bank_reference.clone(),
        notice: "-".to_owned(),
        amount_fen: paid.amount_fen,
    }
}

/// The first bank's statement, with its three faults.
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

async fn hand_in(stage: &mut Stage, bank: Who, lines: &[StatementLine]) -> Result<(), Failed> {
    let client = stage.network.client(bank)?;
    stage.report.begin(format!(
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
        let answer = answer.map_err(Failed::unanswered("a statement"))?;
        refusals += answer.refusals.len();
    }
    let happened = format!(
        "{parts} parts, {refusals} lines refused, {} declared",
        yuan(sum)
    );
    stage.report.seen("taken whole", [happened], refusals == 0)
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

async fn found(stage: &mut Stage, planted: &Planted) -> Result<(), Failed> {
    let finance = stage.network.client(Who::Finance)?;
    stage
        .report
        .begin("Finance asks for every difference of that bank");
    stage.network.level().await?;
    let request = ListMismatchesRequest {
        region: REGION.to_owned(),
        day: account_day(),
        page_size: 500,
        page_token: String::new(),
    };
    let answer = finance.payments().list_mismatches(request).await;
    let answer = answer.map_err(Failed::unanswered("the mismatches"))?;
    let of_bank = answer.into_inner().mismatches.into_iter().filter(|view| {
        let entry = view.entry.clone().unwrap_or_default();
        entry.bank == Who::Bank.id().as_str()
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
            MismatchClass::AgencyOnly,
        ),
        (
            planted.altered.bank_reference.clone(),
            MismatchClass::AmountDiffers,
        ),
        (EXTRA.to_owned(), MismatchClass::BankOnly),
    ];
    expected.sort();
    let lines: Vec<String> = found
        .iter()
        .map(|(reference, class)| format!("{reference}: {}", class.as_str_name()))
        .collect();
    stage.report.seen(
        "the payment left out, the one altered, the one nobody reported, and nothing else",
        lines,
        found == expected,
    )
}

async fn close_too_early(stage: &mut Stage) -> Result<(), Failed> {
    let finance = stage.network.client(Who::Finance)?;
    stage
        .report
        .begin("Finance tries to close the day while the second bank's statement is missing");
    let answer = finance.payments().close_day(closing(&finance)).await;
    let naming = [Who::SecondBank.id().to_string()];
    stage
        .report
        .refused(&finance, rules::STATEMENT_INCOMPLETE, &naming, answer)
        .await
}

async fn close(stage: &mut Stage) -> Result<(), Failed> {
    let finance = stage.network.client(Who::Finance)?;
    stage.report.begin("Finance closes the day");
    let answer = finance.payments().close_day(closing(&finance)).await;
    stage.report.accepted(answer.map(Response::into_inner))?;
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

async fn allocate(stage: &mut Stage, paid: &[Paid], planted: &Planted) -> Result<(), Failed> {
    let finance = stage.network.client(Who::Finance)?;
    stage
        .report
        .begin("What each bank holds for the police is what matched, to the fen");
    let request = ListAllocationsRequest {
        region: REGION.to_owned(),
        day: account_day(),
        page_size: 0,
        page_token: String::new(),
    };
    let answer = finance.payments().list_allocations(request).await;
    let answer = answer.map_err(Failed::unanswered("the allocations"))?;
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
    for bank in [Who::Bank, Who::SecondBank] {
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
        let who = Who::of(bank).map_or("?", Who::title);
        format!("{who}: {}", yuan(*sum))
    });
    let mut lines: Vec<String> = lines.collect();
    lines.push(format!(
        "together {}",
        total(allocated.iter().map(|(_, sum)| *sum))
    ));
    let equal = expected.iter().all(|row| allocated.contains(row)) && allocated.len() == 2;
    stage.report.seen(
        "two banks, one agency, sums as paid and stated",
        lines,
        equal,
    )
}

/// What comes after the closing counts in the first open day.
async fn late_line(stage: &mut Stage, planted: &Planted) -> Result<(), Failed> {
    let bank = stage.network.client(Who::Bank)?;
    let finance = stage.network.client(Who::Finance)?;
    let before = day(&finance).await?;
    stage
        .report
        .begin("The line that the bank left out comes a day late");
    let answer = submit(&bank, &[line(&planted.left_out)], None).await;
    let answer = answer.map_err(Failed::unanswered("a statement"))?;
    stage.network.level().await?;
    let after = day(&finance).await?;
    let happened = format!("{} lines refused", answer.refusals.len());
    stage.report.seen(
        "it is taken, and the closed day stays as it was",
        [happened],
        answer.refusals.is_empty() && before == after && !before.is_empty(),
    )
}

async fn day(finance: &Client) -> Result<Vec<ReconciliationDayRecord>, Failed> {
    let request = GetReconciliationRequest {
        region: REGION.to_owned(),
        day: account_day(),
    };
    let answer = finance.payments().get_reconciliation(request).await;
    let answer = answer.map_err(Failed::unanswered("the reconciliation"))?;
    Ok(answer.into_inner().banks)
}
