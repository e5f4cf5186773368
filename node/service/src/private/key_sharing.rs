//! Handing the key of a receipt's details on to whom its holder authorises.
//!
//! ```text
//!   GrantAccess ─► whose key opens them here: the details' own, or our authorisation's
//!                        └─► wrapped for the grantee's newest seal key ─► kept (synced)
//!                                              └─ its hash goes into the act ─► signed
//! ```

use bytes::Bytes;
use piaolian_contracts::{
    disclosure::Purpose,
    receipts::{RECEIPTS, Receipt},
    types::{OrganisationId, ReceiptId},
};
use piaolian_custody::vault::OpenError;
use piaolian_proto::v1::{GrantAccess, WrappedKey};
use piaolian_sealing::attachment_hash;
use prost::Message;
use tokio::task::block_in_place;

use crate::{
    Service, error::ServiceError, issue::recipients::seal_key, private::details_access::refused,
};

impl Service {
    /// Hands the details' key on, where the receipt has details attached, and names in the
    /// act what it attached. Asked again, it attaches the very same.
    ///
    /// # Errors
    /// When the grantee has no seal key in force, the sealed details are nowhere to be had,
    /// or this organisation cannot open them itself.
    pub(crate) async fn hand_on(&self, grant: GrantAccess) -> Result<GrantAccess, ServiceError> {
        let id = ReceiptId::parse("grant.receipt", grant.receipt.clone())?;
        let grantee = OrganisationId::parse("grant.grantee", &grant.grantee)?;
        let purpose = Purpose::parse("grant.purpose", grant.purpose)?;
        // Of what is not on the ledger, the ledger says so.
        let receipt = block_in_place(|| RECEIPTS.get(&self.state(), &id))?;
        let Some(receipt) = receipt.filter(|receipt| receipt.attachment_hash.is_some()) else {
            return Ok(grant);
        };
        let reader = block_in_place(|| seal_key(&self.state(), grantee))?;
        let keys = self.keys_to_hand_on(&receipt, purpose).await?;
        let commitment = receipt.details_commitment;
        let wrapped = self.vault.hand_on(&commitment, &keys, &reader);
        let wrapped = wrapped.map_err(|error| match error {
            OpenError::Sealing(error @ piaolian_sealing::SealingError::UnfitKey { .. }) => {
                error.into()
            }
            error => ServiceError::from(refused(&receipt, error)),
        })?;
        let attachment = Bytes::from(wrapped.encode_to_vec());
        let hash = attachment_hash(&attachment);
        block_in_place(|| self.attachments.keep_own(hash, attachment))?;
        Ok(GrantAccess {
            wrapped_key_hash: hash.into(),
            ..grant
        })
    }

    /// Wrapped keys of which this organisation can open one: those of the sealed details,
    /// and the one that its own authorisation for the purpose handed on.
    async fn keys_to_hand_on(
        &self,
        receipt: &Receipt,
        purpose: Purpose,
    ) -> Result<Vec<WrappedKey>, ServiceError> {
        let mut keys = self.sealed_details(receipt).await?.keys().to_vec();
        let own = block_in_place(|| self.own_grant(&self.state(), receipt.id, purpose))?;
        if let Some(own) = own {
            keys.push(self.granted_key(receipt, &own).await?);
        }
        Ok(keys)
    }
}
