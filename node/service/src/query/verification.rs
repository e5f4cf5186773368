//! Verification (查验): checks whether a receipt, as presented by its bearer, is on the ledger.
//!
//! ```text
//!   code, number, check code (, date, amount) ──► matched ──► FinanceCheck, status, seal
//!                                            └──► not matched: one answer for unknown and wrong
//!                                                     └─ counted, for each token and each receipt
//! ```
//!
//! A check code has 36^6 values, so nobody can guess one with ten wrong attempts for a receipt in ten minutes. It keeps
//! out the clients of a node, not the members of the chain. The record on the ledger has the code's salted hash, so
//! whoever reads blocks can try all values against it.

use std::time::Instant;

use piaolian_contracts::{
    malformed::Malformed,
    receipts::{CheckCodeHash, RECEIPTS, Receipt, status::last_booking},
    types::{BeijingDate, Fen, ReceiptId},
};
use piaolian_ledger::{Ledger, StateView};
use piaolian_proto::v1::{FinanceCheck, VerifyReceiptRequest, VerifyReceiptResponse, VerifyResult};

use super::{
    parameters, proof,
    receipts::{issuance_of, name_of, status_of},
};
use crate::{attempt_limiter::AttemptLimiter, calling_client::CallingClient, error::ServiceError};

/// A verification, parsed.
struct Presented {
    receipt: ReceiptId,
    check_code: String,
    issue_date: Option<BeijingDate>,
    total: Option<Fen>,
}

/// Verifies receipts, and counts wrong answers.
pub struct Verification {
    ledger: Ledger,
    attempts: AttemptLimiter<ReceiptId>,
}

impl Verification {
    /// Returns verification against `ledger`.
    pub(crate) fn new(ledger: Ledger) -> Self {
        Self {
            ledger,
            attempts: AttemptLimiter::default(),
        }
    }

    /// Verifies a receipt as `client` presents it.
    ///
    /// # Errors
    /// When the request is malformed, there were too many wrong attempts, or the store cannot be read.
    pub fn verify_receipt(
        &self,
        client: &CallingClient,
        request: &VerifyReceiptRequest,
    ) -> Result<VerifyReceiptResponse, ServiceError> {
        let with_proof = request.with_proof;
        let presented = Presented::parse(request)?;
        let now = Instant::now();
        self.attempts.begin(&client.name, presented.receipt, now)?;
        let chain = self.ledger.view();
        let state = chain.state();
        let found = RECEIPTS.get(&state, &presented.receipt)?;
        let matched = presented.matched(found.as_ref());
        let Some(receipt) = found.filter(|_| matched) else {
            return Ok(not_matched(&state));
        };
        self.attempts.succeeded(&client.name, &presented.receipt);
        let proof = with_proof.then(|| proof::of_receipt(chain, &receipt.id));
        Ok(VerifyReceiptResponse {
            proof: proof.transpose()?,
            ..matched_answer(&state, &receipt)?
        })
    }
}

impl Presented {
    fn parse(request: &VerifyReceiptRequest) -> Result<Self, Malformed> {
        let is_code = request.check_code.len() == 6
            && request
                .check_code
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if !is_code {
            return Err(Malformed::new("check_code", "must be 6 of [0-9a-z]"));
        }
        let date = request
            .issue_date
            .map(|date| BeijingDate::parse("issue_date", date));
        Ok(Self {
            receipt: ReceiptId::parse("receipt", request.receipt.clone())?,
            check_code: request.check_code.clone(),
            issue_date: date.transpose()?,
            total: request.total_fen.map(Fen::new),
        })
    }

    /// Returns whether everything that was presented matches the ledger. An unknown receipt takes the same work.
    fn matched(&self, found: Option<&Receipt>) -> bool {
        let Some(receipt) = found else {
            std::hint::black_box(CheckCodeHash::hash_of(&[0; 16], &self.check_code));
            return false;
        };
        let code = receipt.check_code.matches(&self.check_code);
        let date = self
            .issue_date
            .is_none_or(|date| date == receipt.issue_date);
        let total = self.total.is_none_or(|total| total == receipt.total);
        code & date & total
    }
}

fn not_matched(state: &StateView<'_>) -> VerifyReceiptResponse {
    let check = FinanceCheck {
        result: VerifyResult::NotMatched.into(),
        ..Default::default()
    };
    VerifyReceiptResponse {
        check: Some(check),
        height: state.tip().height.get(),
        block_time_ms: state.tip().time.as_ms(),
        ..Default::default()
    }
}

fn matched_answer(
    state: &StateView<'_>,
    receipt: &Receipt,
) -> Result<VerifyReceiptResponse, ServiceError> {
    Ok(VerifyReceiptResponse {
        check: Some(finance_check(receipt)),
        status: status_of(state, &parameters(state)?, receipt).into(),
        sealed: issuance_of(state, receipt)?.seal.is_some(),
        issuer: receipt.issuer.to_string(),
        issuer_name: name_of(state, &receipt.issuer)?,
        issue_date: receipt.issue_date.get(),
        total_fen: receipt.total.get(),
        ..not_matched(state)
    })
}

/// Returns the answer in the archive standard's shape (DA/T 95-2022, table B.10).
pub(super) fn finance_check(receipt: &Receipt) -> FinanceCheck {
    let reversal = receipt.reversed_by;
    let booking = last_booking(receipt);
    let paper = receipt.paper();
    FinanceCheck {
        result: VerifyResult::Matched.into(),
        is_exchange_paper: paper.is_some(),
        related_invoice_code: paper
            .map(|paper| paper.code.to_string())
            .unwrap_or_default(),
        related_invoice_number: paper
            .map(|paper| paper.number.to_string())
            .unwrap_or_default(),
        is_reversed: reversal.is_some(),
        reversal_invoice_code: reversal.map(|id| id.code.to_string()).unwrap_or_default(),
        reversal_invoice_number: reversal.map(|id| id.number.to_string()).unwrap_or_default(),
        is_accounted: booking.is_some(),
        acc_date: booking
            .map(|booking| booking.date().get())
            .unwrap_or_default(),
        acc_amount_fen: receipt.booked().get(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(number: u64) -> ReceiptId {
        let id = piaolian_proto::v1::ReceiptId {
            code: "11010125".to_owned(),
            number,
        };
        ReceiptId::try_from(id).unwrap()
    }

    #[test]
    fn only_what_can_be_a_check_code_is_looked_up() {
        let request = |check_code: &str| VerifyReceiptRequest {
            receipt: Some(receipt(1).into()),
            check_code: check_code.to_owned(),
            ..Default::default()
        };
        assert!(Presented::parse(&request("656aa9")).is_ok());
        for bad in ["", "656AA9", "656aa", "656aa9a", "656a 9", "６５"] {
            assert!(Presented::parse(&request(bad)).is_err(), "{bad}");
        }
    }
}
