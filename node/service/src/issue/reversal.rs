//! Reversal (冲红) by the node of the original's issuer.
//!
//! ```text
//!   original's details: kept here, or opened as they were encrypted for this issuer
//!     ─► negated, salted ─► encrypted, kept (synced) ─► signed
//! ```
//!
//! No client sees the original's details, so the access log gets no entry.

use piaolian_base::clock;
use piaolian_contracts::{
    malformed::Malformed,
    types::{BeijingDate, BeijingTime, BlockTime, ReceiptCode, ReceiptId},
};
use piaolian_custody::details_store::{ReceiptEncryptor, StoredReceipt};
use piaolian_details::{Details, item, reversal::Reversal};
use piaolian_proto::v1::{
    NewReversal, ReverseReceipt, ReverseReceiptRequest, ReverseReceiptResponse,
    reverse_receipt_request::Form, stored_receipt_record::Request, transaction_body::Action,
};
use tokio::task::block_in_place;

use super::Issuance;
use crate::error::ServiceError;

impl Issuance {
    /// Cancels a receipt by a reversal receipt.
    ///
    /// # Errors
    /// When the request is malformed, the action is refused or rejected, or this node must make the reversal and has no
    /// details of the original, neither in its own store nor encrypted for it.
    pub async fn reverse_receipt(
        &self,
        request: ReverseReceiptRequest,
    ) -> Result<ReverseReceiptResponse, ServiceError> {
        let (prepared, kept) = match request.form {
            Some(Form::Prepared(prepared)) => {
                item::check_reversal(&prepared)?;
                (prepared, None)
            }
            Some(Form::Reversal(reversal)) => {
                let (prepared, kept) = self.prepare_reversal(reversal).await?;
                (prepared, Some(kept))
            }
            None => return Err(Malformed::new("form", "must be given").into()),
        };
        let action = Action::ReverseReceipt(prepared);
        let submitted = self
            .submitter
            .sign_and_submit(action, request.options)
            .await?;
        // The first receipt of the outcome is the reversal, the second its original.
        let reversal = submitted
            .outcome
            .and_then(|decided| decided.outcome.items.into_iter().next())
            .and_then(|item| item.receipt);
        Ok(ReverseReceiptResponse {
            submitted: Some(submitted.answer),
            reversal,
            check_code: kept
                .map(|kept| kept.details.check_code().to_owned())
                .unwrap_or_default(),
        })
    }

    /// Returns the details that a reversal of a receipt mirrors.
    pub(super) async fn mirrored(&self, id: &ReceiptId) -> Result<Details, ServiceError> {
        let receipt = block_in_place(|| self.details.receipt_at_tip(id))?;
        let is_kept =
            || block_in_place(|| self.details.kept_details(&receipt)).map(|kept| kept.is_some());
        // Finance may read details of other issuers, but may not reverse their receipts.
        if receipt.issuer != self.organisation && !is_kept()? {
            let details = format!("details of receipt {id} on this node");
            return Err(ServiceError::not_found(details));
        }
        let (details, _) = self.details.open_own(&receipt).await?;
        Ok(details)
    }

    /// Prepares the reversal's details, and keeps them before anything is signed.
    pub(super) async fn prepare_reversal(
        &self,
        reversal: NewReversal,
    ) -> Result<(ReverseReceipt, StoredReceipt), ServiceError> {
        let original = ReceiptId::parse("reversal.original", reversal.original.clone())?;
        let earlier = || self.prepared_today(&reversal, clock::now());
        if let Some(earlier) = block_in_place(earlier)? {
            return Ok(earlier);
        }
        let mirrored = self.mirrored(&original).await?;
        block_in_place(|| self.mirror(original, &mirrored, reversal))
    }

    fn mirror(
        &self,
        original: ReceiptId,
        mirrored: &Details,
        reversal: NewReversal,
    ) -> Result<(ReverseReceipt, StoredReceipt), ServiceError> {
        let now = clock::now();
        let receipt_code = if reversal.receipt_code.is_empty() {
            original.code.to_string()
        } else {
            reversal.receipt_code
        };
        let prepared = Reversal {
            original: original.into(),
            receipt_code,
            receipt_number: reversal.receipt_number,
            issue_date: BeijingDate::at(now).get(),
            issue_time: BeijingTime::at(now).get(),
            business_number: reversal.business_number,
            reason: reversal.reason,
        }
        .prepare(mirrored, &mut rand::rng())?;
        let code = ReceiptCode::parse("reversal.receipt_code", &prepared.request.receipt_code)?;
        let readers = self.recipients(&self.state(), self.organisation, code)?;
        let encryptor = ReceiptEncryptor {
            vault: &self.vault,
            readers: &readers,
        };
        let (request, kept) = encryptor.reversal(prepared)?;
        self.store()?.keep([&kept])?;
        Ok((request, kept))
    }

    /// Returns the same reversal if it was prepared earlier today, because a retry submits the same bytes.
    fn prepared_today(
        &self,
        asked: &NewReversal,
        now: BlockTime,
    ) -> Result<Option<(ReverseReceipt, StoredReceipt)>, ServiceError> {
        let prepared = self.store()?.of_business(&asked.business_number)?;
        let today = BeijingDate::at(now).get();
        let found = prepared.into_iter().find_map(|kept| match &kept.request {
            Request::Reverse(request) if request.issue_date == today && is_of(request, asked) => {
                Some((request.clone(), kept))
            }
            Request::Reverse(_) | Request::Issue(_) | Request::Notice(_) => None,
        });
        Ok(found)
    }
}

/// Returns whether a prepared request matches the requested reversal.
fn is_of(request: &ReverseReceipt, asked: &NewReversal) -> bool {
    let code: &str = match &asked.original {
        Some(original) if asked.receipt_code.is_empty() => &original.code,
        _ => &asked.receipt_code,
    };
    request.original == asked.original
        && request.receipt_code == code
        && request.receipt_number == asked.receipt_number
        && request.reason == asked.reason
}

#[cfg(test)]
mod tests {
    use piaolian_proto::v1;

    use super::*;

    fn asked() -> NewReversal {
        NewReversal {
            original: Some(v1::ReceiptId {
                code: "11010125".to_owned(),
                number: 42,
            }),
            business_number: "R-1".to_owned(),
            reason: "wrong department".to_owned(),
            ..Default::default()
        }
    }

    fn request() -> ReverseReceipt {
        ReverseReceipt {
            original: asked().original,
            receipt_code: "11010125".to_owned(),
            reason: asked().reason,
            ..Default::default()
        }
    }

    #[test]
    fn a_retry_finds_the_request_that_was_made_for_it() {
        assert!(is_of(&request(), &asked()));
        let named = NewReversal {
            receipt_code: "11010125".to_owned(),
            ..asked()
        };
        assert!(is_of(&request(), &named));
    }

    #[test]
    fn another_reversal_is_not_taken_for_it() {
        for other in [
            NewReversal {
                reason: "other".to_owned(),
                ..asked()
            },
            NewReversal {
                receipt_number: Some(7),
                ..asked()
            },
            NewReversal {
                receipt_code: "11010126".to_owned(),
                ..asked()
            },
            NewReversal {
                original: None,
                ..asked()
            },
        ] {
            assert!(!is_of(&request(), &other), "{other:?}");
        }
    }
}
