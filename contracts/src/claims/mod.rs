//! Claims: the reimbursement of receipts.
//!
//! ```text
//!             LockReceipt            BookReceipt
//!   receipt ──────────────► locked ──────────────► booked ── UnbookReceipt ──► marked as taken back
//!      │   UnlockReceipt, time ▲ │                   ▲
//!      │   ◄─────────────────────┘                   │
//!      └────────────── BookReceipt ──────────────────┘
//!
//!             FileClaim            DecideClaim              ConfirmPayout
//!   receipts ───────────► all      ───────────► reserved,   ─────────────► booked: the
//!   + authorisation       locked     computed   bank to pay                feedback to finance
//!                           │ WithdrawClaim         │ failed: released, decide again
//!                           ▼ reject                ▼ CorrectClaim: recall, decided anew, recovery ─► ConfirmReturn
//!
//!   live bookings and reservations of every payer and kind + new amount ≤ claimable(kind of fund)
//!   claimable(kind) = total − channels that the governed table takes off for it
//! ```
//!
//! Booking needs no lock. A lock keeps other payers away while one works on a claim. A payer books a receipt once for
//! each kind of fund: a second attempt is rejected, and the rejection names the prior booking (docs/DOMAIN.md §3: a
//! printout submitted twice to one payer).
//!
//! The governed table of funds says which role pays each kind of fund, and whether it pays by claims alone, as all
//! statutory funds do. A payer that locks or books by hand, without filing a claim, needs no authorisation on chain: the paper or
//! the person is at the counter, presents number and total, and both persons who act are recorded. Locks and bookings
//! read no details. A booking by hand is under no policy, so it changes no sum of a year. A claim needs the holder's
//! live authorisation, when it is filed and again when it is approved.
//!
//! A filed claim holds its receipts until it is decided. From then on its reservations protect the amounts, however
//! long the bank takes, and the next payer may continue from what is left. A receipt for which nothing is payable, for
//! example below the deductible, has a reservation of 0, so that it is counted only once. The sums of a person's year
//! are kept by plan (险种), which several policies share, and a tag that only the insurer understands. They begin with
//! opening sums, count what was settled directly at a hospital, and mark the later decisions when an earlier one is
//! taken back. [`state`](mod@state) has the table of transitions.

mod approve;
mod book;
mod claimable;
mod compute;
mod confirm;
mod confirm_return;
mod correct;
mod decide;
mod decide_anew;
mod errors;
mod file;
mod lock;
mod open;
mod paid;
mod payer;
mod persons;
mod recompute;
mod record;
mod recovery;
mod reimbursement;
mod release;
mod schema;
mod settle_payout;
mod settled;
pub mod state;
mod store;
mod strike_booking;
mod unbook;
mod unlock;
mod withdraw;

pub use book::BookReceipt;
pub use confirm::ConfirmPayout;
pub use confirm_return::ConfirmReturn;
pub use correct::CorrectClaim;
pub use decide::DecideClaim;
pub use errors::ClaimError;
pub(crate) use errors::code;
pub use file::FileClaim;
pub use lock::LockReceipt;
pub use open::SetOpeningSums;
pub use payer::fund_kinds;
pub use recompute::RecomputeClaim;
pub use record::{
    Again, Assessment, CLAIM_RECEIPTS_MAX, Claim, ClaimClosing, ClaimEnd, ClaimedReceipt,
    Confirmation, Decision, HolderTag, Limit, MetElsewhere, PAYOUTS_MAX, Payout, PayoutNote,
    PayoutPart, PayoutResult, Reimbursement, SettledReceipt, TierStep,
};
pub(crate) use reimbursement::outdated_beside;
pub use reimbursement::{
    ACCUMULATORS, Accumulator, AccumulatorKey, Amounts, COUNTED_CLAIMS_MAX, CountedClaim,
    is_outdated,
};
pub use release::ReleaseOrphan;
pub use schema::{CLAIM_LISTS, CLAIMS, ClaimKey, ListedClaim, list};
pub use settle_payout::SettlePayout;
pub use settled::{COUNTED_SETTLEMENTS, CountedSettlement};
pub use state::{ClaimStatus, ClaimStep, status};
pub(crate) use store::filed_claim;
pub use strike_booking::StrikeBooking;
pub use unbook::UnbookReceipt;
pub use unlock::UnlockReceipt;
pub use withdraw::WithdrawClaim;
