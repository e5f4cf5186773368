//! The statuses that people see, and the steps that each allows.
//!
//! ```text
//!               Lock      Unlock      Book      Reserve     Unbook      Reverse    Reissue    Exchange   Return     Archive
//!   issued      yes       not locked  yes       yes         not booked  yes ³      yes ³      yes ³      not paper  yes
//!   held        yes ¹     yes ¹       yes ¹     yes ¹       yes ²       locked     locked     locked     not paper  locked
//!   partly      yes       not locked  yes       yes         yes ²       booked     yes ³      booked     not paper  yes
//!   reimbursed  booked    not locked  booked    yes         yes ²       booked     yes ³      booked     not paper  yes
//!   on paper    on paper  not locked  on paper  on paper    not booked  on paper   on paper   on paper   yes        on paper
//!   archived    yes       not locked  yes       yes         yes ²       yes ³ ⁴    yes ³      archived   not paper  yes
//!   reversed    reversed  reversed    reversed  reversed    reversed    reversed   reversed   reversed   reversed   yes
//!   reversal    reversal  reversal    reversal  reversal    reversal    reversal   reversal   reversal   reversal   yes
//!
//!   ¹ not while another payer holds the lock   ² by the booking's payer alone: the claims check both
//!   ³ not while a reservation of 0 stands
//!   ⁴ not while something is booked
//! ```
//!
//! Delivery, use audit and a noted verification change no status and are allowed in every one. A receipt that is
//! locked, or has an amount reserved, is held, even if something is booked on it. A receipt that a claim counted at 0
//! keeps its status, but cannot be reversed or exchanged while the year's sums count it. An archive ends
//! nothing for the issuer: a red receipt is a new document, and both are kept. So an archived receipt can still be
//! reversed, and its remaining amount can still be claimed. It can no longer be exchanged for paper, and a payer that
//! archived it cannot take a booking of its own back.

use std::fmt;

use super::{
    errors::ReceiptError,
    record::{Booking, Receipt},
};
use crate::{
    action::ActionContext,
    parameters::{FundRule, FundRules},
    types::{BlockTime, Fen, OrganisationId},
};

/// The status that people see.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Status {
    /// 已开具
    Issued,
    /// 已锁定: a payer holds the claim lock, or has decided a claim and waits for its bank.
    Held,
    /// 部分入账
    PartlyReimbursed,
    /// 已入账: nothing is left to claim for any kind of fund.
    Reimbursed,
    /// 已换开纸质: only the paper counts.
    OnPaper,
    /// 已归档
    Archived,
    /// 已冲红
    Reversed,
    /// 红票
    ReversalReceipt,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Issued => "issued",
            Self::Held => "held",
            Self::PartlyReimbursed => "partly reimbursed",
            Self::Reimbursed => "reimbursed",
            Self::OnPaper => "on paper",
            Self::Archived => "archived",
            Self::Reversed => "reversed",
            Self::ReversalReceipt => "reversal receipt",
        })
    }
}

/// A step of a receipt that exists.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReceiptStep {
    /// `LockReceipt`, `FileClaim`
    Lock,
    /// `UnlockReceipt`. A claim that ends releases its locks in any status.
    Unlock,
    /// `BookReceipt`
    Book,
    /// `DecideClaim`
    Reserve,
    /// `UnbookReceipt`, `CorrectClaim`
    Unbook,
    /// `ReverseReceipt`
    Reverse,
    /// `ReissueReceipt`
    Reissue,
    /// `ExchangeForPaper`
    ExchangeForPaper,
    /// `ReturnPaper`
    ReturnPaper,
    /// `ArchiveReceipts`
    Archive,
}

/// The reason why a status does not allow a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Obstacle {
    /// It is locked, or an amount of it is reserved.
    Held,
    /// It is not locked.
    NotLocked,
    /// A booking is the obstacle.
    Booked,
    /// There is no live booking.
    NotBooked,
    /// Its paper is out.
    OnPaper,
    /// No paper of it is out.
    NotOnPaper,
    /// It is in an archive.
    Archived,
    /// It was reversed.
    Reversed,
    /// It is a reversal receipt.
    IsReversal,
}

/// The status of a receipt at `now`.
pub fn status(receipt: &Receipt, rules: &FundRules, now: BlockTime) -> Status {
    if receipt.reverses.is_some() {
        Status::ReversalReceipt
    } else if receipt.reversed_by.is_some() {
        Status::Reversed
    } else if receipt.paper().is_some() {
        Status::OnPaper
    } else if receipt.live_lock(now).is_some() || receipt.pending().next().is_some() {
        Status::Held
    } else if !receipt.archives.is_empty() {
        Status::Archived
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

/// Checks a step against the table above, which has a row for each status and a column for each step.
///
/// # Errors
/// The obstacle, if the status does not allow the step.
pub const fn allows(status: Status, step: ReceiptStep) -> Result<(), Obstacle> {
    match step {
        ReceiptStep::Lock | ReceiptStep::Book => match status {
            Status::Issued | Status::Held | Status::PartlyReimbursed | Status::Archived => Ok(()),
            Status::Reimbursed => Err(Obstacle::Booked),
            Status::OnPaper => Err(Obstacle::OnPaper),
            Status::Reversed => Err(Obstacle::Reversed),
            Status::ReversalReceipt => Err(Obstacle::IsReversal),
        },
        ReceiptStep::Unlock => match status {
            Status::Held => Ok(()),
            Status::Issued
            | Status::PartlyReimbursed
            | Status::Reimbursed
            | Status::OnPaper
            | Status::Archived => Err(Obstacle::NotLocked),
            Status::Reversed => Err(Obstacle::Reversed),
            Status::ReversalReceipt => Err(Obstacle::IsReversal),
        },
        ReceiptStep::Reserve => match status {
            // A claim whose payout failed may have lost its lock, and another payer may have booked everything. Then
            // nothing is left to pay.
            Status::Issued
            | Status::Held
            | Status::PartlyReimbursed
            | Status::Reimbursed
            | Status::Archived => Ok(()),
            Status::OnPaper => Err(Obstacle::OnPaper),
            Status::Reversed => Err(Obstacle::Reversed),
            Status::ReversalReceipt => Err(Obstacle::IsReversal),
        },
        ReceiptStep::Unbook => match status {
            Status::Held | Status::PartlyReimbursed | Status::Reimbursed | Status::Archived => {
                Ok(())
            }
            Status::Issued | Status::OnPaper => Err(Obstacle::NotBooked),
            Status::Reversed => Err(Obstacle::Reversed),
            Status::ReversalReceipt => Err(Obstacle::IsReversal),
        },
        ReceiptStep::Reverse => match status {
            // `allows_counted` looks for bookings, which an archive hides.
            Status::Issued | Status::Archived => Ok(()),
            Status::Held => Err(Obstacle::Held),
            Status::PartlyReimbursed | Status::Reimbursed => Err(Obstacle::Booked),
            Status::OnPaper => Err(Obstacle::OnPaper),
            Status::Reversed => Err(Obstacle::Reversed),
            Status::ReversalReceipt => Err(Obstacle::IsReversal),
        },
        // The bookings are carried to the new receipt.
        ReceiptStep::Reissue => match status {
            Status::Issued | Status::PartlyReimbursed | Status::Reimbursed | Status::Archived => {
                Ok(())
            }
            Status::Held => Err(Obstacle::Held),
            Status::OnPaper => Err(Obstacle::OnPaper),
            Status::Reversed => Err(Obstacle::Reversed),
            Status::ReversalReceipt => Err(Obstacle::IsReversal),
        },
        ReceiptStep::ExchangeForPaper => match status {
            Status::Issued => Ok(()),
            Status::Held => Err(Obstacle::Held),
            Status::PartlyReimbursed | Status::Reimbursed => Err(Obstacle::Booked),
            Status::OnPaper => Err(Obstacle::OnPaper),
            Status::Archived => Err(Obstacle::Archived),
            Status::Reversed => Err(Obstacle::Reversed),
            Status::ReversalReceipt => Err(Obstacle::IsReversal),
        },
        ReceiptStep::ReturnPaper => match status {
            Status::OnPaper => Ok(()),
            Status::Issued
            | Status::Held
            | Status::PartlyReimbursed
            | Status::Reimbursed
            | Status::Archived => Err(Obstacle::NotOnPaper),
            Status::Reversed => Err(Obstacle::Reversed),
            Status::ReversalReceipt => Err(Obstacle::IsReversal),
        },
        ReceiptStep::Archive => match status {
            Status::Issued
            | Status::PartlyReimbursed
            | Status::Reimbursed
            | Status::Archived
            | Status::Reversed
            | Status::ReversalReceipt => Ok(()),
            Status::Held => Err(Obstacle::Held),
            Status::OnPaper => Err(Obstacle::OnPaper),
        },
    }
}

/// The amount that a kind of fund may still reimburse: its claimable amount less all live bookings
/// and all reservations, of every kind.
pub fn remaining(receipt: &Receipt, rule: &FundRule) -> Fen {
    rule.claimable(receipt.total, &receipt.settlement)
        .checked_sub(receipt.booked())
        .and_then(|left| left.checked_sub(receipt.reserved()))
        .filter(|remaining| remaining.is_positive())
        .unwrap_or(Fen::ZERO)
}

/// The last booking that was not taken back.
pub fn last_booking(receipt: &Receipt) -> Option<&Booking> {
    receipt.live_bookings().next_back()
}

/// Returns the booking that a rejection names to `actor`: its own last live one, so that a payer learns that it has
/// already paid, or else the last one of any payer.
pub(crate) fn prior_booking(receipt: &Receipt, actor: OrganisationId) -> Option<&Booking> {
    let mut newest_first = receipt.live_bookings().rev();
    let own = newest_first.find(|booking| booking.payer == actor);
    own.or_else(|| last_booking(receipt))
}

/// Refuses a step of the acting organisation that the receipt's status does not allow.
pub(crate) fn check_step(
    ctx: &ActionContext<'_, '_>,
    receipt: &Receipt,
    step: ReceiptStep,
) -> Result<(), ReceiptError> {
    let (rules, now) = (ctx.block.parameters.fund_rules(), ctx.block.time);
    allows(status(receipt, rules, now), step)
        .and_then(|()| allows_counted(receipt, step))
        .map_err(|obstacle| explain(receipt, obstacle, ctx.actor_id(), now))
}

/// Refuses to end a receipt that a decided claim counts, even at 0: otherwise the year's sums would count a receipt that
/// is reversed or on paper. Refuses to reverse an archived one of which money is out.
fn allows_counted(receipt: &Receipt, step: ReceiptStep) -> Result<(), Obstacle> {
    let is_reversal = step == ReceiptStep::Reverse;
    let ends = is_reversal || matches!(step, ReceiptStep::Reissue | ReceiptStep::ExchangeForPaper);
    if ends && !receipt.reservations.is_empty() {
        return Err(Obstacle::Held);
    }
    if is_reversal && receipt.live_bookings().next().is_some() {
        return Err(Obstacle::Booked);
    }
    Ok(())
}

/// Refuses to take a booking back that its payer has in its archive.
pub(crate) fn check_unarchived(
    receipt: &Receipt,
    payer: OrganisationId,
) -> Result<(), ReceiptError> {
    match receipt.archived_by(payer) {
        None => Ok(()),
        Some(entry) => Err(ReceiptError::ArchivedBooking {
            receipt: receipt.id,
            organisation: payer,
            archive_number: entry.archive_number.clone(),
            height: entry.height,
        }),
    }
}

/// The rule that rejects a step for this obstacle of the receipt.
fn explain(
    receipt: &Receipt,
    obstacle: Obstacle,
    actor: OrganisationId,
    now: BlockTime,
) -> ReceiptError {
    let shown = "an obstacle is read off the receipt";
    let id = receipt.id;
    match obstacle {
        Obstacle::Held => explain_claim(receipt, now),
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
        Obstacle::OnPaper => {
            let paper = receipt.paper().expect(shown);
            ReceiptError::OnPaper {
                receipt: id,
                paper_code: paper.code.clone(),
                paper_number: paper.number.clone(),
                height: paper.height,
            }
        }
        Obstacle::Archived => {
            let entry = receipt.archives.last().expect(shown);
            ReceiptError::Archived {
                receipt: id,
                organisation: entry.organisation,
                archive_number: entry.archive_number.clone(),
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
        Obstacle::NotOnPaper => ReceiptError::NotOnPaper { receipt: id },
    }
}

/// Returns the rejection that names the payer that holds the receipt: the lock's owner, or the payer that decided a
/// claim on it.
fn explain_claim(receipt: &Receipt, now: BlockTime) -> ReceiptError {
    if let Some(lock) = receipt.live_lock(now) {
        return ReceiptError::Locked {
            receipt: receipt.id,
            owner: lock.owner,
            claim_number: lock.claim_number.clone(),
            until: lock.until.in_beijing(),
        };
    }
    let pending = receipt.pending().next_back();
    let reservation = pending.or_else(|| receipt.reservations.last());
    let reservation = reservation.expect("a held receipt is locked or has a reservation");
    ReceiptError::Reserved {
        receipt: receipt.id,
        payer: reservation.payer,
        claim_number: reservation.claim_number.clone(),
        amount: reservation.amount,
        height: reservation.height,
    }
}
