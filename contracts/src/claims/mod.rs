//! Claims: who reimburses a receipt, and how much.
//!
//! ```text
//!             LockReceipt            BookReceipt
//!   receipt ──────────────► locked ──────────────► booked ── UnbookReceipt ──► marked as taken back
//!      │   UnlockReceipt, time ▲ │                   ▲
//!      │   ◄─────────────────────┘                   │
//!      └────────────── BookReceipt ──────────────────┘
//!
//!   live bookings of every payer and kind + new amount ≤ claimable(kind of fund)
//!   claimable(kind) = total − channels that the governed table takes off for it
//! ```
//!
//! Booking needs no lock; a lock keeps others away while a claim is worked on. One
//! payer books a receipt once for each kind of fund: whoever presents it again is
//! told of the prior booking (DOMAIN §3: one payer twice, printouts resubmitted).

mod book;
mod errors;
mod lock;
mod payer;
mod unbook;
mod unlock;

pub use book::BookReceipt;
pub use errors::ClaimError;
pub use lock::LockReceipt;
pub use payer::fund_kinds;
pub use unbook::UnbookReceipt;
pub use unlock::UnlockReceipt;
