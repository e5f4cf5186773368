//! The lock of a receipt, and whole claims in [`filed`].

use piaolian_proto::v1::{LockReceiptRequest, LockReceiptResponse, transaction_body::Action};

use crate::{Service, error::ServiceError, parse::required};

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
}
