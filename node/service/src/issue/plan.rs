//! Plans of receipts on their way to the ledger, and their results.

use piaolian_contracts::types::ReceiptId;
use piaolian_custody::details_store::StoredReceipt;
use piaolian_proto::v1::{ErrorDetail, IssueItem, stored_receipt_record::Request};

/// A receipt on its way to the ledger.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every plan is of the large variant"
)]
pub(super) enum IssuePlan {
    /// The issuer's rules refuse it, or the ledger would reject it.
    Refused(Vec<ErrorDetail>),
    /// It is on the ledger, with the same details.
    Known(ReceiptId, Box<StoredReceipt>),
    /// To be issued, with its details if this node keeps them.
    New(IssueItem, Option<Box<StoredReceipt>>),
}

/// The result of a plan.
pub(super) enum IssueResult {
    /// Issued by this call.
    Issued(ReceiptId),
    /// On the ledger already.
    Known(ReceiptId),
    /// Refused or rejected, and why.
    Refused(Vec<ErrorDetail>),
    /// Not decided yet, because the caller did not want to wait.
    Waits,
}

impl IssuePlan {
    /// Returns the plan of a call with a client id, which may be a repetition. A repetition must submit the same items,
    /// including receipts that are on the ledger by now. Its client id then yields the outcome of the first call.
    pub(super) fn into_repeatable(self) -> Self {
        match self {
            Self::Known(receipt, kept) => match &kept.request {
                Request::Issue(item) => Self::New(item.clone(), Some(kept)),
                Request::Reverse(_) | Request::Notice(_) => Self::Known(receipt, kept),
            },
            plan @ (Self::Refused(_) | Self::New(..)) => plan,
        }
    }

    /// Gives the reason of a late issue date to a receipt that is to be issued. One that was prepared earlier without
    /// the reason keeps everything else.
    pub(super) fn with_late_reason(self, reason: &str) -> Self {
        match self {
            Self::New(item, kept) if !reason.is_empty() => {
                let item = IssueItem {
                    late_reason: reason.to_owned(),
                    ..item
                };
                let kept = kept.map(|mut kept| {
                    kept.request = Request::Issue(item.clone());
                    kept
                });
                Self::New(item, kept)
            }
            plan => plan,
        }
    }

    /// Returns the item that a transaction must carry.
    pub(super) fn item(&self) -> Option<&IssueItem> {
        match self {
            Self::New(item, _) => Some(item),
            Self::Refused(_) | Self::Known(..) => None,
        }
    }

    /// Returns the details that this node keeps.
    pub(super) fn kept(&self) -> Option<&StoredReceipt> {
        match self {
            Self::New(_, kept) => kept.as_deref(),
            Self::Known(_, kept) => Some(kept),
            Self::Refused(_) => None,
        }
    }

    /// Returns details that must be kept before the transaction is signed.
    pub(super) fn new_kept(&self) -> Option<&StoredReceipt> {
        match self {
            Self::New(_, kept) => kept.as_deref(),
            Self::Refused(_) | Self::Known(..) => None,
        }
    }

    /// Returns the result that is known before the ledger decides.
    pub(super) fn early_result(&self) -> IssueResult {
        match self {
            Self::Refused(details) => IssueResult::Refused(details.clone()),
            Self::Known(receipt, _) => IssueResult::Known(*receipt),
            Self::New(..) => IssueResult::Waits,
        }
    }
}
