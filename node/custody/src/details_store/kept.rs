//! A receipt as its issuer keeps it: prepared, and sealed for those who may read it.

use bytes::Bytes;
use piaolian_details::{Details, Prepared, reversal::PreparedReversal};
use piaolian_proto::v1::{IssueItem, NoticeItem, ReverseReceipt, kept_receipt::Request};
use piaolian_sealing::{Sealed, SealingError};

use crate::vault::{SealKey, Vault};

/// A receipt as it is kept. What is signed for it names the sealed details.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Its details.
    pub details: Details,
    /// The same for those who may read them.
    pub sealed: Sealed,
    /// What was or will be signed.
    pub request: Request,
}

/// Seals what is about to be kept. Each answers what is to be signed, too.
#[derive(Clone, Copy, Debug)]
pub struct Sealer<'a> {
    /// Who seals.
    pub vault: &'a Vault,
    /// For whom.
    pub readers: &'a [SealKey],
}

impl Sealer<'_> {
    /// A receipt to be issued.
    ///
    /// # Errors
    /// When there are no readers, too many or one twice, or a key is none to seal for.
    pub fn issue(&self, prepared: Prepared) -> Result<(IssueItem, Kept), SealingError> {
        let Prepared { details, item } = prepared;
        let seal = |attachment_hash| IssueItem {
            attachment_hash,
            ..item
        };
        self.seal(details, seal, Request::Issue)
    }

    /// A reversal receipt.
    ///
    /// # Errors
    /// The same.
    pub fn reversal(
        &self,
        prepared: PreparedReversal,
    ) -> Result<(ReverseReceipt, Kept), SealingError> {
        let PreparedReversal { details, request } = prepared;
        let seal = |attachment_hash| ReverseReceipt {
            attachment_hash,
            ..request
        };
        self.seal(details, seal, Request::Reverse)
    }

    /// The receipt that the payment of a notice will issue.
    ///
    /// # Errors
    /// The same.
    pub fn notice(
        &self,
        details: Details,
        item: NoticeItem,
    ) -> Result<(NoticeItem, Kept), SealingError> {
        let seal = |attachment_hash| NoticeItem {
            attachment_hash,
            ..item
        };
        self.seal(details, seal, Request::Notice)
    }

    fn seal<T: Clone>(
        &self,
        details: Details,
        naming: impl FnOnce(Bytes) -> T,
        request: impl FnOnce(T) -> Request,
    ) -> Result<(T, Kept), SealingError> {
        let sealed = self.vault.seal(&details, self.readers)?;
        let signed = naming(sealed.hash().into());
        let kept = Kept {
            details,
            sealed,
            request: request(signed.clone()),
        };
        Ok((signed, kept))
    }
}
