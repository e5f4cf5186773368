//! An order to a bank to pay, and what became of it.
//!
//! ```text
//!   ordered ── recall: asked to stop ── confirmation: the bank's last word ── settled: finance ended the wait
//!                                         └ contradicted: the bank's earlier word
//! ```

use std::fmt;

use piaolian_proto::v1::{self as proto, payout_confirmation::Result as Message};

use crate::{
    chain::{Hash, Height},
    fields::{as_message, field, nested},
    malformed::Malformed,
    types::{BankReference, BlockTime, Fen, Operator, OrganisationId, Reason},
};

/// Most orders of a claim. A new order follows only a failed one, or a correction.
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
    /// The bank's last word; `None` until it has answered.
    pub confirmation: Option<Confirmation>,
    /// The bank's earlier word that the last one contradicts.
    pub contradicted: Option<Confirmation>,
    /// The amount that the bank paid for it once more, under other references than the confirmation's.
    pub paid_again: Again,
    /// The parts of the order, by receipt.
    pub parts: Vec<PayoutPart>,
    /// Set once the insurer or finance asked the bank to stop it.
    pub recall: Option<PayoutNote>,
    /// Set once finance ended the wait for the bank's word.
    pub settled: Option<PayoutNote>,
    /// Whether a correction ordered it, beyond what was paid before.
    pub by_correction: bool,
}

impl Payout {
    /// The time of the payment, if the bank paid.
    pub fn paid(&self) -> Option<&Confirmation> {
        let said = self.confirmation.as_ref();
        said.filter(|said| matches!(said.result, PayoutResult::Paid { .. }))
    }

    /// Whether neither the bank nor finance has ended it.
    pub fn waits(&self) -> bool {
        self.confirmation.is_none() && self.settled.is_none()
    }

    /// Whether it came to nothing, as far as anybody has said.
    pub fn is_void(&self) -> bool {
        self.paid().is_none() && !self.waits()
    }

    /// Whether the bank may still be looking for the money: it said "failed", and not as its final word.
    pub fn awaits_final_word(&self) -> bool {
        let said = self.confirmation.as_ref().map(|said| &said.result);
        let open = matches!(
            said,
            Some(PayoutResult::Failed {
                is_final: false,
                ..
            })
        );
        open && self.settled.is_none()
    }

    /// Whether the bank paid it although it had been recalled, had failed, or had been given up.
    pub fn is_late(&self) -> bool {
        let ended = self.recall.is_some() || self.settled.is_some();
        self.paid().is_some() && (ended || self.contradicted.is_some())
    }
}

/// Further payments of an order. The table of movements has each of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Again {
    /// Their number.
    pub count: u32,
    /// Their sum.
    pub sum: Fen,
}

impl Again {
    /// Counts one more; `None` when the sum does not fit.
    pub(in crate::claims) fn add(&mut self, amount: Fen) -> Option<()> {
        self.sum = self.sum.checked_add(amount)?;
        self.count = self.count.saturating_add(1);
        Some(())
    }
}

/// The part of an order that is for one receipt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PayoutPart {
    /// The receipt's place in the claim.
    pub place: u32,
    /// The amount; more than 0.
    pub amount: Fen,
}

/// An act about an order, by others than its bank.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayoutNote {
    /// The insurer, or a finance bureau.
    pub organisation: OrganisationId,
    /// The reason.
    pub reason: Reason,
    /// 经办, when named.
    pub operator: Option<Operator>,
    /// 复核, if two persons are needed.
    pub reviewer: Option<Operator>,
    /// The block …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
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
        /// Whether the bank has looked into its books, so that a second order may follow.
        is_final: bool,
    },
    /// The bank stopped the order as it was asked to.
    Recalled {
        /// The reason.
        reason: Reason,
    },
}

impl fmt::Display for PayoutResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Paid { .. } => "paid",
            Self::Failed { .. } => "not paid",
            Self::Recalled { .. } => "recalled",
        })
    }
}

impl TryFrom<proto::PayoutPaid> for PayoutResult {
    type Error = Malformed;

    fn try_from(paid: proto::PayoutPaid) -> Result<Self, Malformed> {
        if paid.amount_fen <= 0 {
            return Err(Malformed::new("amount_fen", "must be more than 0"));
        }
        Ok(Self::Paid {
            amount: Fen::new(paid.amount_fen),
            at: BlockTime::from_ms(paid.paid_ms),
        })
    }
}

impl TryFrom<proto::PayoutFailed> for PayoutResult {
    type Error = Malformed;

    fn try_from(failed: proto::PayoutFailed) -> Result<Self, Malformed> {
        Ok(Self::Failed {
            reason: Reason::parse("reason", failed.reason)?,
            is_final: failed.final_word,
        })
    }
}

impl TryFrom<proto::PayoutRecalled> for PayoutResult {
    type Error = Malformed;

    fn try_from(recalled: proto::PayoutRecalled) -> Result<Self, Malformed> {
        Ok(Self::Recalled {
            reason: Reason::parse("reason", recalled.reason)?,
        })
    }
}

as_message! {
    PayoutNote: proto::PayoutNote {
        organisation, reason, operator, reviewer, height;
        time: time_ms,
    }
}

as_message! {
    PayoutPart: proto::PayoutPart {
        place;
        amount: amount_fen,
    }
}

field!(Again: (u32, i64), |again| (again.count, again.sum.get()), |_, (count, fen)| {
    let sum = Fen::new(fen);
    Ok(Self { count, sum })
});

as_message! {
    Payout: proto::Payout {
        bank, payee_reference, height, confirmation, contradicted, parts, recall, settled,
        by_correction;
        number: payout_number,
        amount: amount_fen,
        time: time_ms,
    }
    paid_again: (paid_again_count, paid_again_fen),
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
            PayoutResult::Failed { reason, is_final } => Self::Failed(proto::PayoutFailed {
                reason: reason.to_string(),
                final_word: *is_final,
            }),
            PayoutResult::Recalled { reason } => Self::Recalled(proto::PayoutRecalled {
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
            Message::Recalled(recalled) => recalled.try_into(),
        }
    }
}

nested!(PayoutResult: Message);
