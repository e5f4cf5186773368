//! Lock, unlock, book, unbook: each one act, signed and waited for. Whole claims are in
//! [`filed`].

mod filed;

pub(super) use filed::view;

use piaolian_proto::v1::{
    self, BookRequest, BookResponse, LockRequest, LockResponse, UnbookRequest, UnbookResponse,
    UnlockRequest, UnlockResponse, transaction_body::Action,
};

use super::{Service, error::ServiceError, request::required};

impl Service {
    /// Takes the claim lock of a receipt.
    ///
    /// # Errors
    /// When the request is malformed or refused.
    pub async fn lock(&self, request: LockRequest) -> Result<LockResponse, ServiceError> {
        let lock = required("lock", request.lock)?;
        let lease_ms = lock.lease_ms;
        let acted = self.act(Action::LockReceipt(lock), request.options).await?;
        let from = acted
            .submitted
            .place
            .as_ref()
            .map(|place| place.block_time_ms);
        Ok(LockResponse {
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
    pub async fn unlock(&self, request: UnlockRequest) -> Result<UnlockResponse, ServiceError> {
        let unlock: v1::UnlockReceipt = required("unlock", request.unlock)?;
        let acted = self
            .act(Action::UnlockReceipt(unlock), request.options)
            .await?;
        Ok(UnlockResponse {
            submitted: Some(acted.submitted),
        })
    }

    /// Books a reimbursement.
    ///
    /// # Errors
    /// When the request is malformed or refused.
    pub async fn book(&self, request: BookRequest) -> Result<BookResponse, ServiceError> {
        let booking = required("booking", request.booking)?;
        let acted = self
            .act(Action::BookReceipt(booking), request.options)
            .await?;
        Ok(BookResponse {
            submitted: Some(acted.submitted),
        })
    }

    /// Takes a booking back.
    ///
    /// # Errors
    /// When the request is malformed or refused.
    pub async fn unbook(&self, request: UnbookRequest) -> Result<UnbookResponse, ServiceError> {
        let unbooking = required("unbooking", request.unbooking)?;
        let acted = self
            .act(Action::UnbookReceipt(unbooking), request.options)
            .await?;
        Ok(UnbookResponse {
            submitted: Some(acted.submitted),
        })
    }
}
