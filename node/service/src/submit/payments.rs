//! Payments: notices, reports, statements, closed days, and what can be asked of them.
//!
//! ```text
//!   agency's node   notices ──► details kept ──► CreateNotices      pick-up: details ◄── factor
//!   bank's node     reports, statements ──► receipts, tallies
//!   finance's node  CloseDay ──► allocation
//! ```

use piaolian_ledger::CommittedOutcome;
use piaolian_proto::v1::{
    PaymentReport, ReportPayments, ReportPaymentsRequest, ReportPaymentsResponse, ReportedResult,
    SubmitStatementRequest, SubmitStatementResponse, transaction_body::Action,
};

use crate::{Service, error::ServiceError, parse::required, submit::outcomes};

impl Service {
    /// Reports payments; each is judged for itself.
    ///
    /// # Errors
    /// When the request is malformed, or the transaction is refused as a whole.
    pub async fn report_payments(
        &self,
        request: ReportPaymentsRequest,
    ) -> Result<ReportPaymentsResponse, ServiceError> {
        let payments = request.payments;
        let act = Action::ReportPayments(ReportPayments {
            items: payments.clone(),
        });
        let acted = self.act(act, request.options).await?;
        let results = acted
            .settled
            .as_ref()
            .map(|settled| reported(&payments, settled));
        Ok(ReportPaymentsResponse {
            submitted: Some(acted.submitted),
            payments: results.unwrap_or_default(),
        })
    }

    /// Hands in a part of a day's statement.
    ///
    /// # Errors
    /// When the request is malformed, or the part is refused as a whole.
    pub async fn submit_statement(
        &self,
        request: SubmitStatementRequest,
    ) -> Result<SubmitStatementResponse, ServiceError> {
        let statement = required("submit_statement", request.submit_statement)?;
        let acted = self
            .act(Action::SubmitStatement(statement), request.options)
            .await?;
        let refusals = acted.settled.map(|settled| {
            let lines = 0..settled.outcome.items.len();
            lines
                .filter_map(|line| outcomes::item_refusal(&settled.outcome, line, settled.height))
                .collect()
        });
        Ok(SubmitStatementResponse {
            submitted: Some(acted.submitted),
            refusals: refusals.unwrap_or_default(),
        })
    }
}

/// What a block decided about each payment.
fn reported(payments: &[PaymentReport], settled: &CommittedOutcome) -> Vec<ReportedResult> {
    let result = |(place, payment): (usize, &PaymentReport)| {
        let item = settled.outcome.items.get(place);
        let refusal = outcomes::item_refusal(&settled.outcome, place, settled.height);
        let accepted = item.filter(|_| refusal.is_none());
        ReportedResult {
            bank_reference: payment.bank_reference.clone(),
            receipt: accepted.and_then(|item| item.receipt.clone()),
            decision_number: accepted
                .map(|item| item.reference.clone())
                .unwrap_or_default(),
            refusal,
        }
    };
    payments.iter().enumerate().map(result).collect()
}
