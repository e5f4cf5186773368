//! A payer's actions on a receipt by hand.

use piaolian_contracts::types::{FundKind, ReceiptId};
use piaolian_proto::v1::{self as proto, transaction_body::Action};

use super::{OPERATOR, Request};
use crate::world::{DAY_MS, TOTAL, World};

/// A payer's action on a receipt.
pub struct Claim<M> {
    actor: String,
    operator: String,
    receipt: String,
    message: M,
    wrap: fn(M) -> Action,
    receipt_field: fn(&mut M) -> &mut Option<proto::ReceiptId>,
}

impl<M: Clone> Claim<M> {
    pub fn with(mut self, alter: impl FnOnce(&mut M)) -> Self {
        alter(&mut self.message);
        self
    }

    pub fn operated_by(mut self, operator: &str) -> Self {
        operator.clone_into(&mut self.operator);
        self
    }
}

impl<M: Clone> Request for Claim<M> {
    fn actor(&self) -> &str {
        &self.actor
    }

    fn operator(&self) -> &str {
        &self.operator
    }

    fn action(&self, world: &World) -> Action {
        let mut message = self.message.clone();
        let receipt: ReceiptId = world.receipt_id(&self.receipt);
        *(self.receipt_field)(&mut message) = Some(receipt.into());
        (self.wrap)(message)
    }
}

macro_rules! claim {
    ($receipt:ident, $payer:ident, $action:ident, $message:expr) => {
        Claim {
            actor: $payer.to_owned(),
            operator: OPERATOR.to_owned(),
            receipt: $receipt.to_owned(),
            message: $message,
            wrap: Action::$action,
            receipt_field: |message| &mut message.receipt,
        }
    };
}

/// Locks for a day.
pub fn lock(receipt: &str, payer: &str) -> Claim<proto::LockReceipt> {
    let message = proto::LockReceipt {
        receipt: None,
        presented_total_fen: TOTAL,
        claim_number: "C-1".to_owned(),
        lease_ms: DAY_MS,
    };
    claim!(receipt, payer, LockReceipt, message)
}

pub fn unlock(receipt: &str, payer: &str) -> Claim<proto::UnlockReceipt> {
    let message = proto::UnlockReceipt {
        receipt: None,
        reason: "claim withdrawn".to_owned(),
    };
    claim!(receipt, payer, UnlockReceipt, message)
}

/// Books an amount with a voucher, for the fund that the payer usually has.
pub fn book(receipt: &str, payer: &str, voucher: &str, amount: i64) -> Claim<proto::BookReceipt> {
    let fund_kind = match payer.trim_end_matches(char::is_numeric) {
        "employer" => FundKind::Employer,
        _ => FundKind::Commercial,
    };
    let message = proto::BookReceipt {
        receipt: None,
        presented_total_fen: TOTAL,
        fund_kind: fund_kind.number(),
        voucher_number: voucher.to_owned(),
        amount_fen: amount,
        reviewer: "chen.jing".to_owned(),
        keep_lock: false,
        ..Default::default()
    };
    claim!(receipt, payer, BookReceipt, message)
}

pub fn unbook(receipt: &str, payer: &str, voucher: &str) -> Claim<proto::UnbookReceipt> {
    let message = proto::UnbookReceipt {
        receipt: None,
        voucher_number: voucher.to_owned(),
        reason: "booked by mistake".to_owned(),
        reviewer: "chen.jing".to_owned(),
    };
    claim!(receipt, payer, UnbookReceipt, message)
}
