//! An order to a bank to pay, and the bank's answer.

use std::fmt;

use piaolian_proto::v1 as proto;

use crate::{
    chain::{Hash, Height},
    malformed::{Malformed, required},
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
        }
    }
}

impl TryFrom<proto::Payout> for Payout {
    type Error = Malformed;

    fn try_from(payout: proto::Payout) -> Result<Self, Malformed> {
        let confirmation = payout.confirmation.map(Confirmation::try_from);
        Ok(Self {
            number: payout.payout_number,
            bank: OrganisationId::parse("payouts.bank", &payout.bank)?,
            amount: Fen::new(payout.amount_fen),
            payee_reference: Hash::parse("payouts.payee_reference", &payout.payee_reference)?,
            height: Height::new(payout.height),
            time: BlockTime::from_ms(payout.time_ms),
            confirmation: confirmation.transpose()?,
        })
    }
}

impl From<&Confirmation> for proto::PayoutConfirmation {
    fn from(confirmation: &Confirmation) -> Self {
        use proto::payout_confirmation::Result::{Failed, Paid};
        let result = match &confirmation.result {
            PayoutResult::Paid { amount, at } => Paid(proto::PayoutPaid {
                amount_fen: amount.get(),
                paid_ms: at.as_ms(),
            }),
            PayoutResult::Failed { reason } => Failed(proto::PayoutFailed {
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
        use proto::payout_confirmation::Result::{Failed, Paid};
        let result = match required("confirmation.result", confirmation.result)? {
            Paid(paid) => paid.try_into()?,
            Failed(failed) => failed.try_into()?,
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
