//! The outcome that a block records for a transaction.
//!
//! ```text
//!   accepted   code 0; one entry an item, each with its own code
//!   rejected   code and arguments; one entry an item concerned, with the code alone
//! ```

use piaolian_proto::v1 as proto;

use crate::{
    action::{Effects, ItemVerdict},
    rejection::Rejection,
    transaction::Transaction,
};

/// The transaction was executed; a batch may have rejected items.
pub(super) fn accepted(transaction: &Transaction, effects: Effects) -> proto::Outcome {
    proto::Outcome {
        transaction_id: (*transaction.id()).into(),
        code: 0,
        arguments: Vec::new(),
        items: effects.items.into_iter().map(item).collect(),
    }
}

/// The transaction was rejected as a whole. The arguments of the rule are in the outcome, not in its items.
pub(super) fn rejected(transaction: &Transaction, rejection: Rejection) -> proto::Outcome {
    let handler = transaction.action().handler();
    let refused = proto::ItemOutcome {
        code: rejection.code,
        ..Default::default()
    };
    let receipts = handler.receipts().into_iter();
    let receipts = receipts.map(|receipt| proto::ItemOutcome {
        receipt: receipt.map(Into::into),
        ..refused.clone()
    });
    let others = handler.item_subjects().into_iter();
    let others = others.map(|subject| proto::ItemOutcome {
        subject,
        ..refused.clone()
    });
    proto::Outcome {
        transaction_id: (*transaction.id()).into(),
        code: rejection.code,
        items: receipts.chain(others).collect(),
        arguments: rejection.arguments,
    }
}

fn item(verdict: ItemVerdict) -> proto::ItemOutcome {
    let (code, arguments) = verdict.rejection.map_or((0, Vec::new()), |rejection| {
        (rejection.code, rejection.arguments)
    });
    proto::ItemOutcome {
        code,
        arguments,
        receipt: verdict.receipt.map(Into::into),
        subject: verdict.subject,
        reference: verdict.reference,
    }
}
