//! An order to a bank to pay, and the bank's answer.

use std::fmt;

use piaolian_proto::v1::{self as proto, payout_confirmation::Result as Message};

use crate::{
    chain::{Hash, Height},
    fields::{as_message, nested},
    malformed::Malformed,
    types::{BankReference, BlockTime, Fen, OrganisationId, Reason},
};

/// Most orders of a claim. A new order can follow only a failed one.
pub const PAYOUTS_MAX: usize = 8;

/// An order to pay.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Payout {
    /// 1, 2, …
    pub number: u32,
    /// The bank that pays.
    pub bank: OrganisationId,
    /// The amount; more than 0.
    pub amount: Fen,
    /// The hash of the payee's account as the bank knows it.
    pub payee_reference: Hash,
    /// The block that ordered it …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
    /// `None` until the bank has answered.
    pub confirmation: Option<Confirmation>,
}

/// The bank's answer to an order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Confirmation {
    /// The bank's own number.
    pub bank_reference: BankReference,
    /// The result.
    pub result: PayoutResult,
    /// The block …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
}

/// The result of a payout.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PayoutResult {
    /// The payee has it.
    Paid {
        /// The amount.
        amount: Fen,
        /// When, by the bank's clock.
        at: BlockTime,
    },
    /// The payee does not have it.
    Failed {
        /// The reason.
        reason: Reason,
    },
}

impl fmt::Display for PayoutResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Paid { .. } => "paid",
            Self::Failed { .. } => "not paid",
        })
    }
}

impl TryFrom<proto::PayoutPaid> for PayoutResult {
    type Error = Malformed;

    fn try_from(paid: proto::PayoutPaid) -> Result<Self, Malformed> {
        Ok(Self::Paid {
            amount: Fen::parse_unsigned("amount_fen", paid.amount_fen)?,
            at: BlockTime::from_ms(paid.paid_ms),
        })
    }
}

impl TryFrom<proto::PayoutFailed> for PayoutResult {
    type Error = Malformed;

    fn try_from(failed: proto::PayoutFailed) -> Result<Self, Malformed> {
        Ok(Self::Failed {
            reason: Reason::parse("reason", failed.reason)?,
        })
    }
}

as_message! {
    Payout: proto::Payout {
        bank, payee_reference, height, confirmation;
        number: payout_number,
        amount: amount_fen,
        time: time_ms,
    }
}

as_message! {
    Confirmation: proto::PayoutConfirmation {
        bank_reference, result, height;
        time: time_ms,
    }
}

impl From<&PayoutResult> for Message {
    fn from(result: &PayoutResult) -> Self {
        match result {
            PayoutResult::Paid { amount, at } => Self::Paid(proto::PayoutPaid {
                amount_fen: amount.get(),
                paid_ms: at.as_ms(),
            }),
            PayoutResult::Failed { reason } => Self::Failed(proto::PayoutFailed {
                reason: reason.to_string(),
            }),
        }
    }
}

impl TryFrom<Message> for PayoutResult {
    type Error = Malformed;

    fn try_from(message: Message) -> Result<Self, Malformed> {
        match message {
            Message::Paid(paid) => paid.try_into(),
            Message::Failed(failed) => failed.try_into(),
        }
    }
}

nested!(PayoutResult: Message);
