//! Sharing the key of a receipt's details with an organisation that its holder authorises.
//!
//! ```text
//!   GrantAccess ─► a key that opens the details here: their own, or our authorisation's
//!                        └─► wrapped for the grantee's newest encryption key ─► kept (synced)
//!                                              └─ its hash goes into the action ─► signed
//! ```

use std::sync::Arc;

use bytes::Bytes;
use piaolian_contracts::{
    disclosure::{GRANTS, Grant, GrantKey, Purpose},
    receipts::{RECEIPTS, Receipt},
    types::{OrganisationId, ReceiptId},
};
use piaolian_custody::{
    attachments::Attachments,
    vault::{DecryptionError, Vault},
};
use piaolian_encryption::{EncryptionError, attachment_hash};
use piaolian_ledger::{Ledger, StateView};
use piaolian_proto::v1::{
    ActionResponse, GrantAccess, GrantAccessRequest, WrappedKey, transaction_body::Action,
};
use prost::Message;
use tokio::task::block_in_place;

use super::details_access::{DetailsAccess, refused};
use crate::{error::ServiceError, member_keys::encryption_key, parse::required, submit::Submitter};

/// Authorises organisations, and shares keys of details with them.
pub struct KeySharing {
    ledger: Ledger,
    organisation: OrganisationId,
    vault: Arc<Vault>,
    attachments: Arc<Attachments>,
    details: Arc<DetailsAccess>,
    submitter: Arc<Submitter>,
}

impl KeySharing {
    /// Returns the object that shares, for `organisation`, the keys of details that `details` can decrypt.
    pub(crate) const fn new(
        ledger: Ledger,
        organisation: OrganisationId,
        vault: Arc<Vault>,
        attachments: Arc<Attachments>,
        details: Arc<DetailsAccess>,
        submitter: Arc<Submitter>,
    ) -> Self {
        Self {
            ledger,
            organisation,
            vault,
            attachments,
            details,
            submitter,
        }
    }

    /// Authorises an organisation for a purpose, and shares the details' key with it unless the request forbids that.
    ///
    /// # Errors
    /// When the request is malformed, the action is refused or rejected, or the key cannot be shared.
    pub async fn grant_access(
        &self,
        request: GrantAccessRequest,
    ) -> Result<ActionResponse, ServiceError> {
        let mut grant = required("grant_access", request.grant_access)?;
        if grant.wrapped_key_hash.is_empty() && !request.without_details {
            grant = self.share_key(grant).await?;
        }
        let action = Action::GrantAccess(grant);
        let submitted = self.submitter.sign_and_submit(action, request.options);
        Ok(ActionResponse {
            submitted: Some(submitted.await?.answer),
        })
    }

    /// Shares the details' key, where the receipt has details attached, and names the shared key's hash in the action.
    /// Idempotent: the same request attaches the same bytes.
    ///
    /// # Errors
    /// When the grantee has no encryption key in force, neither this node nor a peer has the encrypted details, or this
    /// organisation cannot decrypt them itself.
    async fn share_key(&self, grant: GrantAccess) -> Result<GrantAccess, ServiceError> {
        let id = ReceiptId::parse("grant_access.receipt", grant.receipt.clone())?;
        let grantee = OrganisationId::parse("grant_access.grantee", &grant.grantee)?;
        let purpose = Purpose::parse("grant_access.purpose", grant.purpose)?;
        // A receipt that is not on the ledger is not checked here: the ledger rejects the action.
        let receipt = block_in_place(|| RECEIPTS.get(&self.ledger.view().state(), &id))?;
        let Some(receipt) = receipt.filter(|receipt| receipt.attachment_hash.is_some()) else {
            return Ok(grant);
        };
        let reader = block_in_place(|| encryption_key(&self.ledger.view().state(), grantee))?;
        let keys = self.keys_to_share(&receipt, purpose).await?;
        let commitment = receipt.details_commitment;
        let wrapped = self.vault.share_key(&commitment, &keys, &reader);
        let wrapped = wrapped.map_err(|error| match error {
            DecryptionError::Encryption(error @ EncryptionError::UnfitKey { .. }) => error.into(),
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

    /// Returns wrapped keys of which this organisation can open one: those of the encrypted details, and the one that
    /// its own authorisation for the purpose shared.
    async fn keys_to_share(
        &self,
        receipt: &Receipt,
        purpose: Purpose,
    ) -> Result<Vec<WrappedKey>, ServiceError> {
        let mut keys = self.details.encrypted(receipt).await?.keys().to_vec();
        let own = block_in_place(|| {
            let state = self.ledger.view().state();
            own_grant(&state, self.organisation, receipt.id, purpose)
        })?;
        if let Some(own) = own {
            keys.push(self.details.granted_key(receipt, &own).await?);
        }
        Ok(keys)
    }
}

/// Returns an organisation's own authorisation, if it has a key from it.
fn own_grant(
    state: &StateView<'_>,
    organisation: OrganisationId,
    receipt: ReceiptId,
    purpose: Purpose,
) -> Result<Option<Grant>, ServiceError> {
    let key = GrantKey {
        receipt,
        grantee: organisation,
        purpose,
    };
    let grant = GRANTS.get(state, &key)?;
    Ok(grant.filter(|grant| grant.wrapped_key_hash.is_some()))
}
