//! The statuses of a claim, and the steps that each allows.
//!
//! ```text
//!                    Decide      Withdraw    Confirm      Correct      Release
//!   filed            yes         yes         undecided    undecided    yes
//!   expired          expired     yes         undecided    undecided    yes
//!   decided          decided     decided     yes          yes          yes
//!   payout failed    yes         yes         undecided    undecided    yes
//!   paid             paid        paid        paid         yes          yes
//!   paid late        paid        paid        paid         yes          yes
//!   settled at zero  closed      closed      closed       yes          yes
//!   rejected         closed      closed      closed       closed       closed
//!   withdrawn        closed      closed      closed       closed       closed
//!   corrected        closed      closed      closed       closed       closed
//!   released         closed      closed      closed       closed       closed
//!
//!   filed ──► decided ──► paid ──► paid, decided (receipts decided anew), corrected
//!     │  │      │  ▲ └──► corrected (recalled, and the bank or finance said that it ended)
//!     │  │      ▼  │                                  filed, failed: time ──► expired
//!     │  │   payout failed ──► withdrawn, rejected
//!     │  │      └──► paid late ──► paid (decided anew), corrected
//!     │  └──► settled at zero ──► corrected
//!     └──► rejected, withdrawn
//! ```

use std::fmt;

use super::{
    errors::ClaimError,
    record::{Claim, ClaimEnd},
};
use crate::types::BlockTime;

/// The status that people see.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ClaimStatus {
    /// 已受理: its receipts are locked.
    Filed,
    /// 已过期: it was not decided in time, or not decided again in time after a failed payout. It can only be withdrawn,
    /// or released by finance.
    Expired,
    /// 已核定: its amounts are reserved and the bank is to pay.
    Decided,
    /// 支付失败: it may be decided again.
    PayoutFailed,
    /// 已支付: its amounts are booked.
    Paid,
    /// 迟到支付: the bank paid after it had failed. No decision stands, and all of it must come back.
    PaidLate,
    /// 零支付结案: approved with nothing payable.
    SettledAtZero,
    /// 已驳回
    Rejected,
    /// 已撤回
    Withdrawn,
    /// 已更正: taken back after it was decided.
    Corrected,
    /// 已由财政解除: its insurer is gone.
    Released,
}

impl ClaimStatus {
    /// Every status, in order.
    pub const ALL: [Self; 11] = [
        Self::Filed,
        Self::Expired,
        Self::Decided,
        Self::PayoutFailed,
        Self::Paid,
        Self::PaidLate,
        Self::SettledAtZero,
        Self::Rejected,
        Self::Withdrawn,
        Self::Corrected,
        Self::Released,
    ];

    /// Whether the claim's lines are part of the year's sums.
    pub const fn counts(self) -> bool {
        match self {
            Self::Decided | Self::Paid | Self::SettledAtZero => true,
            Self::Filed
            | Self::Expired
            | Self::PayoutFailed
            | Self::PaidLate
            | Self::Rejected
            | Self::Withdrawn
            | Self::Corrected
            | Self::Released => false,
        }
    }

    /// Whether the claim holds locks on its receipts.
    pub const fn holds_locks(self) -> bool {
        match self {
            Self::Filed | Self::PayoutFailed => true,
            Self::Expired
            | Self::Decided
            | Self::Paid
            | Self::PaidLate
            | Self::SettledAtZero
            | Self::Rejected
            | Self::Withdrawn
            | Self::Corrected
            | Self::Released => false,
        }
    }
}

impl fmt::Display for ClaimStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Filed => "filed",
            Self::Expired => "expired",
            Self::Decided => "decided",
            Self::PayoutFailed => "payout failed",
            Self::Paid => "paid",
            Self::PaidLate => "paid late",
            Self::SettledAtZero => "settled at zero",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Corrected => "corrected",
            Self::Released => "released",
        })
    }
}

/// A step of a claim.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClaimStep {
    /// `DecideClaim`
    Decide,
    /// `WithdrawClaim`
    Withdraw,
    /// `ConfirmPayout`
    Confirm,
    /// `CorrectClaim`
    Correct,
    /// `ReleaseOrphan`
    Release,
}

/// The reason why a status does not allow a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClaimObstacle {
    /// It has expired.
    Expired,
    /// It has no approval in force.
    Undecided,
    /// It was approved and waits for its bank.
    Decided,
    /// It was paid.
    Paid,
    /// It has ended.
    Closed,
}

/// The status of a claim at `now`.
pub fn status(claim: &Claim, now: BlockTime) -> ClaimStatus {
    if let Some(closing) = &claim.closing {
        return match closing.end {
            ClaimEnd::Rejected => ClaimStatus::Rejected,
            ClaimEnd::Withdrawn => ClaimStatus::Withdrawn,
            ClaimEnd::Corrected => ClaimStatus::Corrected,
            ClaimEnd::Released => ClaimStatus::Released,
        };
    }
    let open = |status| {
        if now < claim.until {
            status
        } else {
            ClaimStatus::Expired
        }
    };
    let Some(decision) = &claim.decision else {
        return open(ClaimStatus::Filed);
    };
    if claim.waiting().is_some() {
        return ClaimStatus::Decided;
    }
    let is_paid = claim.payouts.iter().any(|payout| payout.paid().is_some());
    match (decision.stands, is_paid) {
        (true, true) => ClaimStatus::Paid,
        (true, false) => ClaimStatus::SettledAtZero,
        (false, true) => ClaimStatus::PaidLate,
        (false, false) => open(ClaimStatus::PayoutFailed),
    }
}

/// Checks a step against the table above, which has a row for each status and a column for each step.
///
/// # Errors
/// The obstacle, if the status does not allow the step.
pub const fn allows(status: ClaimStatus, step: ClaimStep) -> Result<(), ClaimObstacle> {
    match step {
        ClaimStep::Decide => match status {
            ClaimStatus::Filed | ClaimStatus::PayoutFailed => Ok(()),
            ClaimStatus::Expired => Err(ClaimObstacle::Expired),
            ClaimStatus::Decided => Err(ClaimObstacle::Decided),
            ClaimStatus::Paid | ClaimStatus::PaidLate => Err(ClaimObstacle::Paid),
            ClaimStatus::SettledAtZero
            | ClaimStatus::Rejected
            | ClaimStatus::Withdrawn
            | ClaimStatus::Corrected
            | ClaimStatus::Released => Err(ClaimObstacle::Closed),
        },
        ClaimStep::Withdraw => match status {
            ClaimStatus::Filed | ClaimStatus::Expired | ClaimStatus::PayoutFailed => Ok(()),
            ClaimStatus::Decided => Err(ClaimObstacle::Decided),
            ClaimStatus::Paid | ClaimStatus::PaidLate => Err(ClaimObstacle::Paid),
            ClaimStatus::SettledAtZero
            | ClaimStatus::Rejected
            | ClaimStatus::Withdrawn
            | ClaimStatus::Corrected
            | ClaimStatus::Released => Err(ClaimObstacle::Closed),
        },
        ClaimStep::Confirm => match status {
            ClaimStatus::Decided => Ok(()),
            ClaimStatus::Filed | ClaimStatus::Expired | ClaimStatus::PayoutFailed => {
                Err(ClaimObstacle::Undecided)
            }
            ClaimStatus::Paid | ClaimStatus::PaidLate => Err(ClaimObstacle::Paid),
            ClaimStatus::SettledAtZero
            | ClaimStatus::Rejected
            | ClaimStatus::Withdrawn
            | ClaimStatus::Corrected
            | ClaimStatus::Released => Err(ClaimObstacle::Closed),
        },
        ClaimStep::Correct => match status {
            ClaimStatus::Decided
            | ClaimStatus::Paid
            | ClaimStatus::PaidLate
            | ClaimStatus::SettledAtZero => Ok(()),
            ClaimStatus::Filed | ClaimStatus::Expired | ClaimStatus::PayoutFailed => {
                Err(ClaimObstacle::Undecided)
            }
            ClaimStatus::Rejected
            | ClaimStatus::Withdrawn
            | ClaimStatus::Corrected
            | ClaimStatus::Released => Err(ClaimObstacle::Closed),
        },
        ClaimStep::Release => match status {
            ClaimStatus::Filed
            | ClaimStatus::Expired
            | ClaimStatus::Decided
            | ClaimStatus::PayoutFailed
            | ClaimStatus::Paid
            | ClaimStatus::PaidLate
            | ClaimStatus::SettledAtZero => Ok(()),
            ClaimStatus::Rejected
            | ClaimStatus::Withdrawn
            | ClaimStatus::Corrected
            | ClaimStatus::Released => Err(ClaimObstacle::Closed),
        },
    }
}

/// Refuses a step that the claim's status does not allow.
pub(super) fn check_step(claim: &Claim, step: ClaimStep, now: BlockTime) -> Result<(), ClaimError> {
    let status = status(claim, now);
    allows(status, step).map_err(|obstacle| explain(claim, status, obstacle))
}

/// The rule that rejects a step for this obstacle of the claim.
fn explain(claim: &Claim, status: ClaimStatus, obstacle: ClaimObstacle) -> ClaimError {
    let shown = "an obstacle is read off the claim";
    let claim_number = claim.number.clone();
    match obstacle {
        ClaimObstacle::Expired => ClaimError::ClaimExpired {
            claim_number,
            until: claim.until.in_beijing(),
        },
        ClaimObstacle::Undecided => ClaimError::ClaimUndecided {
            claim_number,
            status,
        },
        ClaimObstacle::Decided => {
            let payout = claim.payouts.last().expect(shown);
            ClaimError::ClaimDecided {
                claim_number,
                amount: payout.amount,
                bank: payout.bank,
                height: payout.height,
            }
        }
        ClaimObstacle::Paid => {
            let mut newest_first = claim.payouts.iter().rev();
            let paid = newest_first.find_map(|payout| Some((payout, payout.paid()?)));
            let (payout, said) = paid.expect(shown);
            ClaimError::ClaimPaid {
                claim_number,
                amount: payout.amount,
                bank: payout.bank,
                bank_reference: said.bank_reference.clone(),
                height: said.height,
            }
        }
        ClaimObstacle::Closed => {
            let closed = claim.closing.as_ref().map(|closing| closing.height);
            let settled = claim.decision.as_ref().map(|decision| decision.height);
            ClaimError::ClaimClosed {
                claim_number,
                status,
                height: closed.or(settled).expect(shown),
            }
        }
    }
}
