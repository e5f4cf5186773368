//! A receipt as its issuer keeps it: prepared, and encrypted for those who may read it.

use bytes::Bytes;
use piaolian_details::{Details, Prepared, reversal::PreparedReversal};
use piaolian_encryption::{EncryptedDetails, EncryptionError};
use piaolian_proto::v1::{IssueItem, NoticeItem, ReverseReceipt, kept_receipt::Request};

use crate::vault::{EncryptionKey, Vault};

/// A receipt as it is kept. What is signed for it names the encrypted details.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Its details.
    pub details: Details,
    /// The same for those who may read them.
    pub encrypted: EncryptedDetails,
    /// What was or will be signed.
    pub request: Request,
}

/// Encrypts what is about to be kept. Each answers what is to be signed, too.
#[derive(Clone, Copy, Debug)]
pub struct Encryptor<'a> {
    /// Who seals.
    pub vault: &'a Vault,
    /// For whom.
    pub readers: &'a [EncryptionKey],
}

impl Encryptor<'_> {
    /// A receipt to be issued.
    ///
    /// # Errors
    /// When there are no readers, too many or one twice, or a key is none to seal for.
    pub fn issue(&self, prepared: Prepared) -> Result<(IssueItem, Kept), EncryptionError> {
        let Prepared { details, item } = prepared;
        let naming = |attachment_hash| IssueItem {
            attachment_hash,
            ..item
        };
        self.encrypt(details, naming, Request::Issue)
    }

    /// A reversal receipt.
    ///
    /// # Errors
    /// The same.
    pub fn reversal(
        &self,
        prepared: PreparedReversal,
    ) -> Result<(ReverseReceipt, Kept), EncryptionError> {
        let PreparedReversal { details, request } = prepared;
        let naming = |attachment_hash| ReverseReceipt {
            attachment_hash,
            ..request
        };
        self.encrypt(details, naming, Request::Reverse)
    }

    /// The receipt that the payment of a notice will issue.
    ///
    /// # Errors
    /// The same.
    pub fn notice(
        &self,
        details: Details,
        item: NoticeItem,
    ) -> Result<(NoticeItem, Kept), EncryptionError> {
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
    ) -> Result<(T, Kept), EncryptionError> {
        let encrypted = self.vault.encrypt(&details, self.readers)?;
        let signed = naming(encrypted.hash().into());
        let kept = Kept {
            details,
            encrypted,
            request: request(signed.clone()),
        };
        Ok((signed, kept))
    }
}
