//! The effects of an accepted action.

use crate::{chain::Hash, rejection::Rejection, types::ReceiptId};

/// The effects of an accepted transaction.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// The verdict on each item, in the order of the request.
    pub(crate) items: Vec<ItemVerdict>,
    /// The issued hashes of the new receipts, in order.
    pub(crate) issued: Vec<Hash>,
}

impl Effects {
    /// Effects on no receipt.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// Effects on existing receipts, all accepted.
    pub(crate) fn on(receipts: impl IntoIterator<Item = ReceiptId>) -> Self {
        Self {
            items: receipts.into_iter().map(ItemVerdict::accepted).collect(),
            issued: Vec::new(),
        }
    }
}

/// The verdict on one item.
#[derive(Debug, Default)]
pub(crate) struct ItemVerdict {
    /// `None` if the item is about no receipt, or if a rejected issue had no number yet.
    pub(crate) receipt: Option<ReceiptId>,
    pub(crate) rejection: Option<Rejection>,
    /// The subject of the item if it is not a receipt.
    pub(crate) subject: String,
    /// The record that the ledger links to the item.
    pub(crate) reference: String,
}

impl ItemVerdict {
    pub(crate) fn accepted(receipt: ReceiptId) -> Self {
        Self {
            receipt: Some(receipt),
            ..Self::default()
        }
    }

    /// Accepted, about something that is not a receipt.
    pub(crate) fn on(subject: &impl ToString) -> Self {
        Self {
            subject: subject.to_string(),
            ..Self::default()
        }
    }

    /// Rejected, about something that is not a receipt.
    pub(crate) fn rejected(subject: &impl ToString, rejection: Rejection) -> Self {
        Self {
            rejection: Some(rejection),
            ..Self::on(subject)
        }
    }
}
