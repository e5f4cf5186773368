//! Lock, unlock, book, unbook: each one act, signed and waited for. Whole claims are in
//! [`filed`].

mod filed;

pub(super) use filed::view;

use piaolian_proto::v1::{
    self, ActionResponse, BookReceiptRequest, LockReceiptRequest, LockReceiptResponse,
    UnbookReceiptRequest, UnlockReceiptRequest, transaction_body::Action,
};

use super::{Service, error::ServiceError, request::required};

impl Service {
    /// Takes the claim lock of a receipt.
    ///
    /// # Errors
    /// When the request is malformed or refused.
    pub async fn lock_receipt(
        &self,
        request: LockReceiptRequest,
    ) -> Result<LockReceiptResponse, ServiceError> {
        let lock = required("lock_receipt", request.lock_receipt)?;
        let lease_ms = lock.lease_ms;
        let acted = self.act(Action::LockReceipt(lock), request.options).await?;
        let from = acted
            .submitted
            .place
            .as_ref()
            .map(|place| place.block_time_ms);
        Ok(LockReceiptResponse {
            until_ms: from
                .map(|from| from.saturating_add(lease_ms))
                .unwrap_or_default(),
            submitted: Some(acted.submitted),
        })
    }

    /// Gives the lock back.
    ///
    /// # Errors
    /// When the request is malformed or refused.
    pub async fn unlock_receipt(
        &self,
        request: UnlockReceiptRequest,
    ) -> Result<ActionResponse, ServiceError> {
        let unlock: v1::UnlockReceipt = required("unlock_receipt", request.unlock_receipt)?;
        let acted = self
            .act(Action::UnlockReceipt(unlock), request.options)
            .await?;
        Ok(ActionResponse {
            submitted: Some(acted.submitted),
        })
    }

    /// Books a reimbursement.
    ///
    /// # Errors
    /// When the request is malformed or refused.
    pub async fn book_receipt(
        &self,
        request: BookReceiptRequest,
    ) -> Result<ActionResponse, ServiceError> {
        let booking = required("book_receipt", request.book_receipt)?;
        let acted = self
            .act(Action::BookReceipt(booking), request.options)
            .await?;
        Ok(ActionResponse {
            submitted: Some(acted.submitted),
        })
    }

    /// Takes a booking back.
    ///
    /// # Errors
    /// When the request is malformed or refused.
    pub async fn unbook_receipt(
        &self,
        request: UnbookReceiptRequest,
    ) -> Result<ActionResponse, ServiceError> {
        let unbooking = required("unbook_receipt", request.unbook_receipt)?;
        let acted = self
            .act(Action::UnbookReceipt(unbooking), request.options)
            .await?;
        Ok(ActionResponse {
            submitted: Some(acted.submitted),
        })
    }
}
