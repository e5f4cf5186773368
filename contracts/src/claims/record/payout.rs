//! An order to a bank to pay, and what became of it.
//!
//! ```text
//!   ordered ── recall: asked to stop ── confirmation: the bank's last word ── settled: finance ended the wait
//!                                         └ contradicted: the bank's earlier word
//! ```

use std::fmt;

use piaolian_proto::v1 as proto;

use crate::{
    chain::{Hash, Height},
    malformed::{Malformed, required},
    types::{BankReference, BlockTime, Fen, Operator, OrganisationId, Reason},
};

use super::closing::parse_person;

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
    /// What the bank paid for it once more, under other references than the confirmation's.
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

impl From<&PayoutNote> for proto::PayoutNote {
    fn from(note: &PayoutNote) -> Self {
        let named = |person: &Option<Operator>| {
            person.as_ref().map(ToString::to_string).unwrap_or_default()
        };
        Self {
            organisation: note.organisation.to_string(),
            reason: note.reason.to_string(),
            operator: named(&note.operator),
            reviewer: named(&note.reviewer),
            height: note.height.get(),
            time_ms: note.time.as_ms(),
        }
    }
}

impl TryFrom<proto::PayoutNote> for PayoutNote {
    type Error = Malformed;

    fn try_from(note: proto::PayoutNote) -> Result<Self, Malformed> {
        Ok(Self {
            organisation: OrganisationId::parse("payouts.organisation", &note.organisation)?,
            reason: Reason::parse("payouts.reason", note.reason)?,
            operator: parse_person("payouts.operator", note.operator)?,
            reviewer: parse_person("payouts.reviewer", note.reviewer)?,
            height: Height::new(note.height),
            time: BlockTime::from_ms(note.time_ms),
        })
    }
}

impl From<&PayoutPart> for proto::PayoutPart {
    fn from(part: &PayoutPart) -> Self {
        Self {
            place: part.place,
            amount_fen: part.amount.get(),
        }
    }
}

impl From<proto::PayoutPart> for PayoutPart {
    fn from(part: proto::PayoutPart) -> Self {
        Self {
            place: part.place,
            amount: Fen::new(part.amount_fen),
        }
    }
}

impl From<&Payout> for proto::Payout {
    fn from(payout: &Payout) -> Self {
        Self {
            payout_number: payout.number,
            bank: payout.bank.to_string(),
            amount_fen: payout.amount.get(),
            payee_reference: payout.payee_reference.into(),
            height: payout.height.get(),
            time_ms: payout.time.as_ms(),
            confirmation: payout.confirmation.as_ref().map(Into::into),
            contradicted: payout.contradicted.as_ref().map(Into::into),
            paid_again_count: payout.paid_again.count,
            paid_again_fen: payout.paid_again.sum.get(),
            parts: payout.parts.iter().map(Into::into).collect(),
            recall: payout.recall.as_ref().map(Into::into),
            settled: payout.settled.as_ref().map(Into::into),
            by_correction: payout.by_correction,
        }
    }
}

impl TryFrom<proto::Payout> for Payout {
    type Error = Malformed;

    fn try_from(payout: proto::Payout) -> Result<Self, Malformed> {
        let confirmation = payout.confirmation.map(Confirmation::try_from);
        let contradicted = payout.contradicted.map(Confirmation::try_from);
        Ok(Self {
            number: payout.payout_number,
            bank: OrganisationId::parse("payouts.bank", &payout.bank)?,
            amount: Fen::new(payout.amount_fen),
            payee_reference: Hash::parse("payouts.payee_reference", &payout.payee_reference)?,
            height: Height::new(payout.height),
            time: BlockTime::from_ms(payout.time_ms),
            confirmation: confirmation.transpose()?,
            contradicted: contradicted.transpose()?,
            paid_again: Again {
                count: payout.paid_again_count,
                sum: Fen::new(payout.paid_again_fen),
            },
            parts: payout.parts.into_iter().map(Into::into).collect(),
            recall: payout.recall.map(PayoutNote::try_from).transpose()?,
            settled: payout.settled.map(PayoutNote::try_from).transpose()?,
            by_correction: payout.by_correction,
        })
    }
}

impl From<&Confirmation> for proto::PayoutConfirmation {
    fn from(confirmation: &Confirmation) -> Self {
        use proto::payout_confirmation::Result::{Failed, Paid, Recalled};
        let result = match &confirmation.result {
            PayoutResult::Paid { amount, at } => Paid(proto::PayoutPaid {
                amount_fen: amount.get(),
                paid_ms: at.as_ms(),
            }),
            PayoutResult::Failed { reason, is_final } => Failed(proto::PayoutFailed {
                reason: reason.to_string(),
                final_word: *is_final,
            }),
            PayoutResult::Recalled { reason } => Recalled(proto::PayoutRecalled {
                reason: reason.to_string(),
            }),
        };
        Self {
            bank_reference: confirmation.bank_reference.to_string(),
            height: confirmation.height.get(),
            time_ms: confirmation.time.as_ms(),
            result: Some(result),
        }
    }
}

impl TryFrom<proto::PayoutConfirmation> for Confirmation {
    type Error = Malformed;

    fn try_from(confirmation: proto::PayoutConfirmation) -> Result<Self, Malformed> {
        use proto::payout_confirmation::Result::{Failed, Paid, Recalled};
        let result = match required("confirmation.result", confirmation.result)? {
            Paid(paid) => paid.try_into()?,
            Failed(failed) => failed.try_into()?,
            Recalled(recalled) => recalled.try_into()?,
        };
        let bank_reference = confirmation.bank_reference;
        Ok(Self {
            bank_reference: BankReference::parse("confirmation.bank_reference", bank_reference)?,
            result,
            height: Height::new(confirmation.height),
            time: BlockTime::from_ms(confirmation.time_ms),
        })
    }
}
