//! The status that people see, and what may be done in each.
//!
//! ```text
//!               Lock       Unlock      Book       Unbook      Reverse
//!   issued      yes        not locked  yes        not booked  yes
//!   claimed     yes ¹      yes ¹       yes ¹      yes ²       locked
//!   partly      yes        not locked  yes        yes ²       booked
//!   reimbursed  booked     not locked  booked     yes ²       booked
//!   reversed    reversed   reversed    reversed   reversed    reversed
//!   reversal    reversal   reversal    reversal   reversal    reversal
//!
//!   ¹ by the lock's owner alone   ² by the booking's payer alone: both are the claims' to check
//! ```
//!
//! A receipt that is locked reads as claimed whatever is booked on it.

use std::fmt;

use super::{
    errors::ReceiptError,
    record::{Booking, Receipt},
};
use crate::{
    act::Act,
    chain::BlockTime,
    governance::{FundRule, FundRules},
    types::{BeijingDate, BeijingTime, Fen, OrganisationId},
};

/// The status that people see.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Status {
    /// 已开具
    Issued,
    /// 已锁定: a payer is working on it.
    Claimed,
    /// 部分入账
    PartlyReimbursed,
    /// 已入账: nothing is left to claim for any kind of fund.
    Reimbursed,
    /// 已冲红
    Reversed,
    /// 红票
    ReversalReceipt,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Issued => "issued",
            Self::Claimed => "claimed",
            Self::PartlyReimbursed => "partly reimbursed",
            Self::Reimbursed => "reimbursed",
            Self::Reversed => "reversed",
            Self::ReversalReceipt => "reversal receipt",
        })
    }
}

/// What may happen to a receipt that exists.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// `LockReceipt`
    Lock,
    /// `UnlockReceipt`
    Unlock,
    /// `BookReceipt`
    Book,
    /// `UnbookReceipt`
    Unbook,
    /// `ReverseReceipt`
    Reverse,
}

/// Why a status does not allow a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Obstacle {
    /// It is locked.
    Locked,
    /// It is not locked.
    NotLocked,
    /// A booking stands in the way.
    Booked,
    /// There is no live booking.
    NotBooked,
    /// It was reversed.
    Reversed,
    /// It is a reversal receipt.
    IsReversal,
}

/// The status of a receipt at `now`.
#[must_use]
pub fn status(receipt: &Receipt, rules: &FundRules, now: BlockTime) -> Status {
    if receipt.reverses.is_some() {
        Status::ReversalReceipt
    } else if receipt.reversed_by.is_some() {
        Status::Reversed
    } else if receipt.live_lock(now).is_some() {
        Status::Claimed
    } else if receipt.live_bookings().next().is_none() {
        Status::Issued
    } else if rules
        .as_slice()
        .iter()
        .any(|rule| remaining(receipt, rule).is_positive())
    {
        Status::PartlyReimbursed
    } else {
        Status::Reimbursed
    }
}

/// Whether a status allows a step: the one table of transitions.
///
/// # Errors
/// What stands in the way.
pub const fn allows(status: Status, step: Step) -> Result<(), Obstacle> {
    match (status, step) {
        (Status::Issued, Step::Lock | Step::Book | Step::Reverse)
        | (Status::Claimed, Step::Lock | Step::Unlock | Step::Book | Step::Unbook)
        | (Status::PartlyReimbursed, Step::Lock | Step::Book | Step::Unbook)
        | (Status::Reimbursed, Step::Unbook) => Ok(()),

        (Status::Issued | Status::PartlyReimbursed | Status::Reimbursed, Step::Unlock) => {
            Err(Obstacle::NotLocked)
        }
        (Status::Issued, Step::Unbook) => Err(Obstacle::NotBooked),
        (Status::Claimed, Step::Reverse) => Err(Obstacle::Locked),
        (Status::PartlyReimbursed, Step::Reverse)
        | (Status::Reimbursed, Step::Lock | Step::Book | Step::Reverse) => Err(Obstacle::Booked),

        (
            Status::Reversed,
            Step::Lock | Step::Unlock | Step::Book | Step::Unbook | Step::Reverse,
        ) => Err(Obstacle::Reversed),
        (
            Status::ReversalReceipt,
            Step::Lock | Step::Unlock | Step::Book | Step::Unbook | Step::Reverse,
        ) => Err(Obstacle::IsReversal),
    }
}

/// What a kind of fund may still reimburse: its claimable amount less all live
/// bookings, of every kind.
#[must_use]
pub fn remaining(receipt: &Receipt, rule: &FundRule) -> Fen {
    rule.claimable(receipt.total, &receipt.settlement)
        .checked_sub(receipt.booked())
        .filter(|remaining| remaining.is_positive())
        .unwrap_or(Fen::ZERO)
}

/// The last booking that was not taken back.
#[must_use]
pub fn last_booking(receipt: &Receipt) -> Option<&Booking> {
    receipt.live_bookings().next_back()
}

/// The booking that a refusal tells `actor` of: its own last live one, so that a payer
/// to whom a receipt comes again learns that it has paid; otherwise the last of anybody.
pub(crate) fn prior_booking(receipt: &Receipt, actor: OrganisationId) -> Option<&Booking> {
    let mut newest_first = receipt.live_bookings().rev();
    let own = newest_first.find(|booking| booking.payer == actor);
    own.or_else(|| last_booking(receipt))
}

/// Refuses a step of the acting organisation that the receipt's status does not allow.
pub(crate) fn check_step(
    act: &Act<'_, '_>,
    receipt: &Receipt,
    step: Step,
) -> Result<(), ReceiptError> {
    let (rules, now) = (act.block.parameters.fund_rules(), act.block.time);
    allows(status(receipt, rules, now), step)
        .map_err(|obstacle| explain(receipt, obstacle, act.actor_id()))
}

/// The rule that an obstacle of this very receipt stands for.
fn explain(receipt: &Receipt, obstacle: Obstacle, actor: OrganisationId) -> ReceiptError {
    let shown = "an obstacle is read off the receipt";
    let id = receipt.id;
    match obstacle {
        Obstacle::Locked => {
            let lock = receipt.lock.as_ref().expect(shown);
            ReceiptError::Locked {
                receipt: id,
                owner: lock.owner,
                claim_number: lock.claim_number.clone(),
                until: beijing(lock.until),
            }
        }
        Obstacle::Booked => {
            let booking = prior_booking(receipt, actor).expect(shown);
            ReceiptError::Booked {
                receipt: id,
                payer: booking.payer,
                voucher_number: booking.voucher_number.clone(),
                amount: booking.amount,
                height: booking.height,
            }
        }
        Obstacle::Reversed => ReceiptError::Reversed {
            receipt: id,
            reversed_by: receipt.reversed_by.expect(shown),
        },
        Obstacle::IsReversal => ReceiptError::IsReversal {
            receipt: id,
            original: receipt.reverses.expect(shown),
        },
        Obstacle::NotLocked => ReceiptError::NotLocked { receipt: id },
        Obstacle::NotBooked => ReceiptError::NotBooked { receipt: id },
    }
}

/// A moment as people in Beijing read it.
pub(crate) fn beijing(time: BlockTime) -> String {
    format!("{} {}", BeijingDate::at(time), BeijingTime::at(time))
}
