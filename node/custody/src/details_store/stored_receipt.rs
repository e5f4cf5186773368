//! A receipt that its issuer stores: prepared, and encrypted for its readers.

use bytes::Bytes;
use piaolian_details::{Details, Prepared, reversal::PreparedReversal};
use piaolian_encryption::{EncryptedDetails, EncryptionError};
use piaolian_proto::v1::{IssueItem, NoticeItem, ReverseReceipt, stored_receipt_record::Request};

use crate::vault::{EncryptionKey, Vault};

/// A stored receipt. The signed request names the encrypted details.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredReceipt {
    /// The details.
    pub details: Details,
    /// The details, encrypted for their readers.
    pub encrypted: EncryptedDetails,
    /// The request that was or will be signed.
    pub request: Request,
}

/// Encrypts receipts that are about to be stored. Each method also returns the request to sign.
#[derive(Clone, Copy, Debug)]
pub struct ReceiptEncryptor<'a> {
    /// The vault that encrypts.
    pub vault: &'a Vault,
    /// The readers.
    pub readers: &'a [EncryptionKey],
}

impl ReceiptEncryptor<'_> {
    /// Encrypts a receipt to be issued.
    ///
    /// # Errors
    /// When there are no readers, too many, or one twice, or a key is not an encryption key.
    pub fn issue(&self, prepared: Prepared) -> Result<(IssueItem, StoredReceipt), EncryptionError> {
        let Prepared { details, item } = prepared;
        let naming = |attachment_hash| IssueItem {
            attachment_hash,
            ..item
        };
        self.encrypt(details, naming, Request::Issue)
    }

    /// Encrypts a reversal receipt.
    ///
    /// # Errors
    /// As [`Self::issue`].
    pub fn reversal(
        &self,
        prepared: PreparedReversal,
    ) -> Result<(ReverseReceipt, StoredReceipt), EncryptionError> {
        let PreparedReversal { details, request } = prepared;
        let naming = |attachment_hash| ReverseReceipt {
            attachment_hash,
            ..request
        };
        self.encrypt(details, naming, Request::Reverse)
    }

    /// Encrypts the receipt that the payment of a notice will issue.
    ///
    /// # Errors
    /// As [`Self::issue`].
    pub fn notice(
        &self,
        details: Details,
        item: NoticeItem,
    ) -> Result<(NoticeItem, StoredReceipt), EncryptionError> {
        let naming = |attachment_hash| NoticeItem {
            attachment_hash,
            ..item
        };
        self.encrypt(details, naming, Request::Notice)
    }

    fn encrypt<T: Clone>(
        &self,
        details: Details,
        naming: impl FnOnce(Bytes) -> T,
        request: impl FnOnce(T) -> Request,
    ) -> Result<(T, StoredReceipt), EncryptionError> {
        let encrypted = self.vault.encrypt(&details, self.readers)?;
        let signed = naming(encrypted.hash().into());
        let kept = StoredReceipt {
            details,
            encrypted,
            request: request(signed.clone()),
        };
        Ok((signed, kept))
    }
}
