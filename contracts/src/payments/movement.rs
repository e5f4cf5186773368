//! Movements of money at banks: one bank reference stands for one movement (docs/DOMAIN.md §10).
//!
//! ```text
//!   (bank, reference) ─► payment of a notice, payout of a claim, return of a booking, or refund of a payment
//!          └─► entry of the reconciliation: a payout counts below 0, a return above
//! ```
//!
//! Whatever is booked because money moved takes its reference here, so that one transfer never shows two things.

use piaolian_proto::v1::{self as proto, movement_record::What};

use super::{
    entry::Moved,
    errors::PaymentError,
    posting::{self, Room},
    table_keys::BankPayment,
};
use crate::{
    action::ActionContext,
    chain::Height,
    fields::{as_message, nested},
    malformed::Malformed,
    organisations::{ORGANISATIONS, OrganisationError},
    rejection::Stop,
    state::{Fault, Table},
    storage::{Key, KeyBytes, Records, stored_as},
    types::{
        BankReference, BeijingDate, BlockTime, ClaimNumber, DecisionNumber, Fen, OrganisationId,
        ReceiptId, VoucherNumber,
    },
};

/// Movements by bank and bank reference.
pub const MOVEMENTS: Records<MovementKey, Movement> = Records::new(Table::Movements);

/// The place of a movement: bank (18) ‖ bank reference (1 to 32).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct MovementKey {
    /// The bank.
    pub bank: OrganisationId,
    /// Its number of the movement.
    pub bank_reference: BankReference,
}

impl Key for MovementKey {
    fn bytes(&self) -> KeyBytes {
        let reference = self.bank_reference.as_str().as_bytes();
        KeyBytes::of(&[self.bank.as_bytes(), reference])
    }
}

/// A movement of money at a bank.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Movement {
    /// The bank.
    pub bank: OrganisationId,
    /// Its number of the movement.
    pub bank_reference: BankReference,
    /// The matter that was paid.
    pub what: MovementKind,
    /// The amount; more than 0.
    pub amount: Fen,
    /// The bank's time.
    pub moved: BlockTime,
    /// The block that took it.
    pub height: Height,
}

/// The matter of a movement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MovementKind {
    /// A payment of a notice came in.
    Payment(DecisionNumber),
    /// A payout of a claim went out.
    Payout(PayoutMovement),
    /// Money of a booking came back.
    Return(ReturnMovement),
    /// A payment of a notice was given back.
    Refund(DecisionNumber),
}

/// The order of a claim that was paid.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayoutMovement {
    /// The insurer.
    pub insurer: OrganisationId,
    /// Its claim.
    pub claim_number: ClaimNumber,
    /// The order.
    pub payout_number: u32,
}

/// The booking of which money came back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReturnMovement {
    /// The receipt.
    pub receipt: ReceiptId,
    /// The organisation that booked.
    pub payer: OrganisationId,
    /// Its voucher.
    pub voucher_number: VoucherNumber,
    /// The order; 0: a booking by hand.
    pub payout_number: u32,
}

impl std::fmt::Display for MovementKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Payment(notice) => write!(f, "payment of {notice}"),
            Self::Payout(payout) => {
                let (number, claim) = (payout.payout_number, &payout.claim_number);
                write!(f, "payout {number} of claim {claim} of {}", payout.insurer)
            }
            Self::Return(back) => {
                let (voucher, payer) = (&back.voucher_number, back.payer);
                write!(
                    f,
                    "return of voucher {voucher} of {payer} on {}",
                    back.receipt
                )
            }
            Self::Refund(notice) => write!(f, "refund of {notice}"),
        }
    }
}

/// Returns whether this very movement was taken before: the same matter, amount and time under the same reference.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn is_known(
    ctx: &mut ActionContext<'_, '_>,
    movement: &Movement,
) -> Result<bool, Fault> {
    let known = ctx.overlay.get(MOVEMENTS, &MovementKey::of(movement))?;
    Ok(known.is_some_and(|known| {
        (&known.what, known.amount, known.moved)
            == (&movement.what, movement.amount, movement.moved)
    }))
}

/// Takes the reference of a movement that was not reported before.
///
/// # Errors
/// When the bank's reference stands for another movement, or the store cannot be read.
pub(crate) fn take(ctx: &mut ActionContext<'_, '_>, movement: Movement) -> Result<(), Stop> {
    let key = MovementKey::of(&movement);
    if let Some(used) = ctx.overlay.get(MOVEMENTS, &key)? {
        return Err(PaymentError::ReferenceUsed {
            bank: used.bank,
            bank_reference: used.bank_reference.clone(),
            used_for: used.what.to_string(),
            amount: used.amount,
            height: used.height,
        }
        .into());
    }
    ctx.overlay.insert_new(MOVEMENTS, &key, movement)?;
    Ok(())
}

/// Takes a payout or a return, and counts it in the reconciliation of the payer's region: below 0 if money left its
/// account, above if it came back. The bank's statement has the same line.
///
/// # Errors
/// When the bank's reference stands for another movement, a sum of the day does not fit, or the store cannot be read.
pub(crate) fn take_of_payer(
    ctx: &mut ActionContext<'_, '_>,
    movement: Movement,
    payer: OrganisationId,
) -> Result<(), Stop> {
    // Also of a payer that was removed since: its record stays.
    let found = ctx.overlay.get(ORGANISATIONS, &payer)?;
    let region = found.ok_or(OrganisationError::OrganisationNotAdmitted {
        organisation: payer,
    })?;
    let region = region.region.clone();
    let account_day = BeijingDate::at(movement.moved);
    let moved = Moved {
        payer,
        amount: movement.signed_amount(),
        moved: movement.moved,
        account_day,
        posted_day: posting::posted_day(ctx.overlay, &region, account_day)?,
        region,
        height: movement.height,
    };
    let payment = BankPayment {
        bank: movement.bank,
        reference: movement.bank_reference.clone(),
    };
    take(ctx, movement)?;
    let entry = posting::entry(ctx.overlay, &payment)?;
    let mut after = (*entry).clone();
    after.moved = Some(moved);
    posting::post(ctx.overlay, &entry, after, Room::OfFacts)
}

impl Movement {
    /// The amount as the account's statement has it: below 0 when money left.
    fn signed_amount(&self) -> Fen {
        let leaves = match &self.what {
            MovementKind::Payout(_) | MovementKind::Refund(_) => true,
            MovementKind::Payment(_) | MovementKind::Return(_) => false,
        };
        if leaves {
            let negative = Fen::ZERO.checked_sub(self.amount);
            negative.expect("an amount is at least 0")
        } else {
            self.amount
        }
    }
}

impl MovementKey {
    fn of(movement: &Movement) -> Self {
        Self {
            bank: movement.bank,
            bank_reference: movement.bank_reference.clone(),
        }
    }
}

stored_as!(Movement: proto::MovementRecord, "movement");

as_message! {
    Movement: proto::MovementRecord {
        bank, bank_reference, what, height;
        amount: amount_fen,
        moved: moved_ms,
    }
}

as_message! {
    PayoutMovement: proto::PayoutMovement {
        insurer, claim_number, payout_number,
    }
}

as_message! {
    ReturnMovement: proto::ReturnMovement {
        receipt, payer, voucher_number, payout_number,
    }
}

impl From<&MovementKind> for What {
    fn from(kind: &MovementKind) -> Self {
        match kind {
            MovementKind::Payment(notice) => Self::Payment(notice.to_string()),
            MovementKind::Payout(payout) => Self::Payout(payout.into()),
            MovementKind::Return(back) => Self::Return(back.into()),
            MovementKind::Refund(notice) => Self::Refund(notice.to_string()),
        }
    }
}

impl TryFrom<What> for MovementKind {
    type Error = Malformed;

    fn try_from(what: What) -> Result<Self, Malformed> {
        Ok(match what {
            What::Payment(notice) => Self::Payment(DecisionNumber::parse("payment", notice)?),
            What::Payout(payout) => Self::Payout(payout.try_into()?),
            What::Return(back) => Self::Return(back.try_into()?),
            What::Refund(notice) => Self::Refund(DecisionNumber::parse("refund", notice)?),
        })
    }
}

nested!(MovementKind: What);
