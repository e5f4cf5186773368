//! Reports of payments and statements, with what the block decided of each item.

use piaolian_ledger::CommittedOutcome;
use piaolian_proto::v1::{
    PaymentReport, PaymentReportResult, ReportPayments, ReportPaymentsRequest,
    ReportPaymentsResponse, SubmitStatementRequest, SubmitStatementResponse,
    transaction_body::Action,
};

use super::{Submitter, outcomes};
use crate::{error::ServiceError, parse::required};

impl Submitter {
    /// Reports payments; each is accepted or rejected for itself.
    ///
    /// # Errors
    /// When the request is malformed, or the transaction is refused, or rejected as a whole.
    pub async fn report_payments(
        &self,
        request: ReportPaymentsRequest,
    ) -> Result<ReportPaymentsResponse, ServiceError> {
        let payments = request.payments;
        let action = Action::ReportPayments(ReportPayments {
            items: payments.clone(),
        });
        let submitted = self.sign_and_submit(action, request.options).await?;
        let results = submitted
            .outcome
            .as_ref()
            .map(|decided| reported(&payments, decided));
        Ok(ReportPaymentsResponse {
            submitted: Some(submitted.answer),
            payments: results.unwrap_or_default(),
        })
    }

    /// Submits a part of a day's statement.
    ///
    /// # Errors
    /// When the request is malformed, or the part is refused, or rejected as a whole.
    pub async fn submit_statement(
        &self,
        request: SubmitStatementRequest,
    ) -> Result<SubmitStatementResponse, ServiceError> {
        let statement = required("submit_statement", request.submit_statement)?;
        let submitted = self
            .sign_and_submit(Action::SubmitStatement(statement), request.options)
            .await?;
        let rejections = submitted.outcome.map(|decided| {
            let lines = 0..decided.outcome.items.len();
            lines
                .filter_map(|line| outcomes::item_rejection(&decided.outcome, line, decided.height))
                .collect()
        });
        Ok(SubmitStatementResponse {
            submitted: Some(submitted.answer),
            rejections: rejections.unwrap_or_default(),
        })
    }
}

/// Returns what a block decided about each payment.
fn reported(payments: &[PaymentReport], decided: &CommittedOutcome) -> Vec<PaymentReportResult> {
    let result = |(place, payment): (usize, &PaymentReport)| {
        let item = decided.outcome.items.get(place);
        let rejection = outcomes::item_rejection(&decided.outcome, place, decided.height);
        let accepted = item.filter(|_| rejection.is_none());
        PaymentReportResult {
            bank_reference: payment.bank_reference.clone(),
            receipt: accepted.and_then(|item| item.receipt.clone()),
            decision_number: accepted
                .map(|item| item.reference.clone())
                .unwrap_or_default(),
            rejection,
        }
    };
    payments.iter().enumerate().map(result).collect()
}
