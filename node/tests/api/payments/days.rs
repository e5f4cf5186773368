//! A day of a bank: reports, statement, reconciliation, closing.

use piaolian_proto::v1::{
    CloseDay, CloseDayRequest, GetReconciliationRequest, ListAllocationsRequest,
    ListMismatchesRequest, ListMismatchesResponse, MismatchClass, NoticeState, PaymentReport,
    PaymentReportResult, ReportPaymentsRequest, StatementLine, SubmitStatement,
    SubmitStatementRequest, get_notice_request::By, payment_report::Notice,
};
use tonic::{Code, Status};

use super::{FINE, REGION, clerk, code_of, decision, paid_ms, reader, shown, yesterday};
use crate::world::{World, operator, refusal};

fn report(number: u32, reference: &str, amount_fen: i64) -> PaymentReport {
    PaymentReport {
        bank_reference: reference.to_owned(),
        notice: Some(Notice::DecisionNumber(decision(number))),
        amount_fen,
        paid_ms: paid_ms(),
        account_day: yesterday(),
        region: REGION.to_owned(),
    }
}

async fn send(world: &World, payments: Vec<PaymentReport>) -> Vec<PaymentReportResult> {
    let request = ReportPaymentsRequest {
        payments,
        options: operator("clerk-1"),
    };
    let answer = clerk(world).report_payments(request).await;
    answer.unwrap().into_inner().payments
}

pub(super) async fn each_payment_of_a_call_has_its_answer(world: &World) {
    let payments = vec![
        report(1, "LS-1", FINE),
        report(3, "LS-3", FINE - 1),
        report(6, "LS-6", FINE),
        report(1, "LS-1b", FINE),
        report(9, "LS-9", FINE),
        report(3, "LS-3b", FINE),
    ];
    let results = send(world, payments.clone()).await;
    let refused: Vec<_> = results
        .iter()
        .map(|result| code_of(result.rejection.as_ref()))
        .collect();
    let told = [None, Some(1711), Some(1708), Some(1709), Some(1700), None];
    assert_eq!(refused, told);
    let receipts: Vec<_> = results
        .iter()
        .map(|result| result.receipt.as_ref().map(|receipt| receipt.number))
        .collect();
    assert_eq!(receipts, [Some(1), None, None, None, None, Some(2)]);
    // After a lost answer, and days later: the same receipts.
    let again = send(world, payments[..1].to_vec()).await;
    assert_eq!(again[0], results[0]);
    let paid = shown(world, By::DecisionNumber(decision(1))).await.unwrap();
    assert_eq!((paid.state(), paid.owed_fen), (NoticeState::Paid, 0));
    assert_eq!(paid.notice.unwrap().payment.unwrap().amount_fen, FINE);
}

fn line(reference: &str, amount_fen: i64) -> StatementLine {
    StatementLine {
        bank_reference: reference.to_owned(),
        notice: decision(1),
        amount_fen,
    }
}

fn statement(lines: Vec<StatementLine>, declared: Option<(u64, i64)>) -> SubmitStatementRequest {
    let (declared_count, declared_sum_fen) = declared.unwrap_or_default();
    SubmitStatementRequest {
        submit_statement: Some(SubmitStatement {
            account_day: yesterday(),
            region: REGION.to_owned(),
            lines,
            last: declared.is_some(),
            declared_count,
            declared_sum_fen,
        }),
        options: operator("clerk-1"),
    }
}

pub(super) async fn a_statement_is_taken_line_by_line(world: &World) {
    let lines = vec![line("LS-1", FINE), line("LS-7", 500), line("LS-7", 600)];
    let answer = clerk(world).submit_statement(statement(lines, None)).await;
    let rejections = answer.unwrap().into_inner().rejections;
    assert_eq!(rejections.len(), 1, "{rejections:?}");
    assert_eq!(
        (rejections[0].code, rejections[0].field.as_str()),
        (1717, "items[2]")
    );
    let wrong = statement(vec![line("LS-8", 700)], Some((9, 1)));
    let (code, detail) = refusal(clerk(world).submit_statement(wrong).await);
    assert_eq!((code, detail.code), (Code::FailedPrecondition, 1718));
    let whole = statement(vec![line("LS-8", 700)], Some((3, FINE + 1_200)));
    let answer = clerk(world)
        .submit_statement(whole)
        .await
        .unwrap()
        .into_inner();
    assert!(answer.rejections.is_empty() && answer.submitted.is_some());
}

pub(super) async fn mismatches(
    world: &World,
    page_size: u32,
    page_token: &str,
) -> Result<ListMismatchesResponse, Status> {
    let request = ListMismatchesRequest {
        region: REGION.to_owned(),
        day: yesterday(),
        page_size,
        page_token: page_token.to_owned(),
    };
    let answer = reader(world).list_mismatches(request).await?;
    Ok(answer.into_inner())
}

pub(super) async fn mismatches_come_in_pages_and_the_day_closes(world: &World) {
    let mut found = Vec::new();
    let mut token = String::new();
    for _ in 0..3 {
        let page = mismatches(world, 1, &token).await.unwrap();
        let [mismatch] = page.mismatches.try_into().unwrap();
        found.push((mismatch.class(), mismatch.entry.unwrap().bank_reference));
        token = page.next_page_token;
    }
    assert_eq!(token, "");
    let told = [
        (MismatchClass::StatedOnly, "LS-8"),
        (MismatchClass::StatedOnly, "LS-7"),
        (MismatchClass::ReportedOnly, "LS-3b"),
    ];
    assert_eq!(
        found,
        told.map(|(class, reference)| (class, reference.to_owned()))
    );

    let closing = CloseDayRequest {
        close_day: Some(CloseDay {
            account_day: yesterday(),
            region: REGION.to_owned(),
            ..CloseDay::default()
        }),
        options: operator("finance-1"),
    };
    clerk(world).close_day(closing.clone()).await.unwrap();
    let (code, detail) = refusal(clerk(world).close_day(closing).await);
    assert_eq!((code, detail.code), (Code::FailedPrecondition, 1723));
    let request = GetReconciliationRequest {
        region: REGION.to_owned(),
        day: yesterday(),
    };
    let answer = reader(world).get_reconciliation(request).await;
    let answer = answer.unwrap().into_inner();
    assert_eq!(answer.closed_through, yesterday());
    assert_eq!(answer.banks[0].matched.unwrap().count, 1);
    assert_eq!(answer.banks[0].stated_only.unwrap().sum_fen, 1_200);
    assert!(answer.statements[0].complete);
    let request = ListAllocationsRequest {
        region: REGION.to_owned(),
        day: yesterday(),
        ..ListAllocationsRequest::default()
    };
    let answer = reader(world).list_allocations(request).await;
    let answer = answer.unwrap().into_inner();
    assert_eq!(answer.next_page_token, "");
    let [allocation] = answer.allocations.try_into().unwrap();
    assert_eq!(allocation.matched.unwrap().sum_fen, FINE);
}
