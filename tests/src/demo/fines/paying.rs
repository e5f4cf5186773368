//! Payers pay at any bank, and each payment issues its receipt in the same block.

use std::time::Instant;

use piaolian_contracts::types::Fen;
use piaolian_proto::v1::{
    ErrorDetail, NoticeState, PaymentReport, PaymentReportResult, ReportPaymentsRequest,
    get_notice_request::By, payment_report::Notice,
};

use super::{Fine, Paid, REGION, account_day, notices::LATE, total, yesterday};
use crate::demo::{
    DemoError, Harness, Member,
    client::Client,
    display::{capital, receipt, yuan},
    rules::{self, Rule},
};

/// Number of payers at each bank: nine of ten at the first.
const AT_BANKS: [(Member, usize); 2] = [(Member::Bank, 1_700), (Member::SecondBank, 190)];
/// Payments per call.
const AT_ONCE: usize = 1_000;

pub(super) async fn run(harness: &mut Harness, fines: &[Fine]) -> Result<Vec<Paid>, DemoError> {
    harness
        .report
        .chapter("Payment and receipt · 缴款与自动开票");
    let mut paid = Vec::new();
    let mut rest = fines;
    for (bank, count) in AT_BANKS {
        let (these, others) = rest.split_at(count);
        rest = others;
        paid.extend(pay(harness, bank, these, paid.len()).await?);
    }
    rejections(harness, fines, rest).await?;
    let late = &rest[rest.len() - LATE];
    paid.push(with_late_fee(harness, late).await?);
    Ok(paid)
}

async fn pay(
    harness: &mut Harness,
    bank: Member,
    fines: &[Fine],
    first: usize,
) -> Result<Vec<Paid>, DemoError> {
    let client = harness.network.client(bank)?;
    harness.report.begin(format!(
        "{} reports {} payments of yesterday",
        capital(bank.title()),
        fines.len()
    ));
    let reports: Vec<PaymentReport> = fines
        .iter()
        .zip(first + 1..)
        .map(|(fine, serial)| report(fine, &format!("LS-{serial:06}"), fine.amount_fen))
        .collect();
    let began = Instant::now();
    let results = send(&client, &reports).await?;
    let took = began.elapsed().as_secs_f64();
    let paid: Vec<Paid> = results
        .iter()
        .zip(&reports)
        .filter(|(result, _)| result.receipt.is_some())
        .map(|(_, report)| Paid {
            bank,
            bank_reference: report.bank_reference.clone(),
            amount_fen: report.amount_fen,
        })
        .collect();
    let happened = format!(
        "{} receipts issued by the centre, {}, in {took:.1} s",
        paid.len(),
        total(paid.iter().map(|paid| paid.amount_fen))
    );
    let all = paid.len() == fines.len();
    harness
        .report
        .check("each has its receipt at once", [happened], all)?;

    harness.report.begin(format!(
        "{} sends the first call again, as after a lost answer",
        capital(bank.title())
    ));
    let again = send(&client, &reports[..reports.len().min(AT_ONCE)]).await?;
    let same = again
        .iter()
        .zip(&results)
        .all(|(again, first)| again.rejection.is_none() && again.receipt == first.receipt);
    let happened = format!("{} answered with their receipts", again.len());
    harness
        .report
        .check("nothing is issued twice", [happened], same)?;
    Ok(paid)
}

/// Prices that a bank tells its customer at the counter.
async fn rejections(
    harness: &mut Harness,
    fines: &[Fine],
    unpaid: &[Fine],
) -> Result<(), DemoError> {
    let bank = harness.network.client(Member::Bank)?;
    let (open, late) = unpaid.split_at(unpaid.len() - LATE);
    let again = report(&fines[0], "LS-900001", fines[0].amount_fen);
    rejected(
        harness,
        &bank,
        "A fine that is paid is paid again",
        again,
        rules::PAID_ALREADY,
    )
    .await?;

    let elsewhere = PaymentReport {
        region: "350100".to_owned(),
        ..report(&open[0], "LS-900002", open[0].amount_fen)
    };
    rejected(
        harness,
        &bank,
        "A bank of another province takes it for its own",
        elsewhere,
        rules::WRONG_AREA,
    )
    .await?;

    let unknown = PaymentReport {
        notice: Some(Notice::DecisionNumber("990100269999999".to_owned())),
        ..report(&open[0], "LS-900003", open[0].amount_fen)
    };
    rejected(
        harness,
        &bank,
        "A decision that nobody made",
        unknown,
        rules::UNKNOWN_NOTICE,
    )
    .await?;

    let less = report(&open[0], "LS-900004", open[0].amount_fen - 1);
    rejected(
        harness,
        &bank,
        "One fen too little",
        less,
        rules::AMOUNT_DIFFERS,
    )
    .await?;

    let bare = report(&late[0], "LS-900005", late[0].amount_fen);
    rejected(
        harness,
        &bank,
        "The bare fine, a year late",
        bare,
        rules::LATE_FEE_OWED,
    )
    .await
}

async fn with_late_fee(harness: &mut Harness, late: &Fine) -> Result<Paid, DemoError> {
    let bank = harness.network.client(Member::Bank)?;
    harness
        .report
        .begin("The counter asks what is owed, and takes fine and late fee together");
    let by = By::PaymentCode(late.payment_code.clone());
    let owed = bank.notice(by).await?;
    let payment = report(late, "LS-900006", owed.owed_fen);
    let results = send(&bank, std::slice::from_ref(&payment)).await?;
    let by = By::DecisionNumber(late.decision_number.clone());
    let notice = bank.notice(by).await?;
    let result = results.into_iter().next().unwrap_or_default();
    let none = || DemoError::missing("receipt");
    let issued = result.receipt.ok_or_else(none)?;
    let happened = format!(
        "fine {}, late fee {}; receipt {} over {}",
        yuan(late.amount_fen),
        yuan(owed.late_fee_fen),
        receipt(&issued),
        yuan(owed.owed_fen),
    );
    // After so long the late fee has reached its cap, which is the amount of the fine.
    let doubled = owed.owed_fen == 2 * late.amount_fen && owed.late_fee_fen == late.amount_fen;
    let told = "the late fee is the fine again, and no more";
    let paid = notice.state() == NoticeState::Paid;
    harness.report.check(told, [happened], doubled && paid)?;
    Ok(Paid {
        bank: Member::Bank,
        bank_reference: payment.bank_reference,
        amount_fen: payment.amount_fen,
    })
}

async fn rejected(
    harness: &mut Harness,
    bank: &Client,
    title: &str,
    payment: PaymentReport,
    rule: Rule,
) -> Result<(), DemoError> {
    harness.report.begin(title);
    let results = send(bank, &[payment]).await?;
    let refusal = results
        .into_iter()
        .next()
        .and_then(|result| result.rejection);
    let id = refusal
        .as_ref()
        .map(|refusal: &ErrorDetail| refusal.transaction_id.clone())
        .unwrap_or_default();
    let place = bank.place(&id).await;
    harness.report.rejected_by(refusal, place, rule, &[])
}

/// A payment made yesterday, alternately by decision number and by payment code.
fn report(fine: &Fine, bank_reference: &str, amount_fen: i64) -> PaymentReport {
    let by_code = bank_reference.ends_with(['1', '3', '5', '7', '9']);
    let notice = if by_code {
        Notice::PaymentCode(fine.payment_code.clone())
    } else {
        Notice::DecisionNumber(fine.decision_number.clone())
    };
    PaymentReport {
        bank_reference: bank_reference.to_owned(),
        notice: Some(notice),
        amount_fen: Fen::new(amount_fen).get(),
        paid_ms: yesterday().as_ms(),
        account_day: account_day(),
        region: REGION.to_owned(),
    }
}

async fn send(
    bank: &Client,
    payments: &[PaymentReport],
) -> Result<Vec<PaymentReportResult>, DemoError> {
    let mut results = Vec::with_capacity(payments.len());
    for part in payments.chunks(AT_ONCE) {
        let request = ReportPaymentsRequest {
            payments: part.to_vec(),
            options: bank.options(),
        };
        let answer = bank.payments().report_payments(request).await;
        let answer = answer.map_err(DemoError::no_answer("reporting payments"))?;
        results.extend(answer.into_inner().payments);
    }
    Ok(results)
}
