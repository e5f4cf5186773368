//! Receipts: issued once, kept for ever.
//!
//! ```text
//!   IssueReceipts ─► issued ─► claimed ─► partly reimbursed ─► reimbursed
//!                      │          (claims: lock, unlock, book, unbook)
//!       ReverseReceipt └─► reversed  +  a reversal receipt with negated amounts
//!
//!   block's receipts ─► issuance root ◄─ SealBlock: finance's supervising seal
//! ```
//!
//! A record holds facts; the status that people see is derived in [`status`](mod@status).

mod codec;
mod errors;
mod facts;
mod issuance;
mod issue;
mod new_receipt;
mod record;
mod reverse;
mod schema;
mod seal;
pub mod status;
mod store;

pub use errors::ReceiptError;
pub use facts::{
    ARCHIVES_MAX, ArchiveEntry, Delivery, DeliveryChannel, NotedVerification, PAPERS_MAX,
    PaperExchange, PaperReturn, RESERVATIONS_MAX, Reservation, UseAudit,
};
pub use issuance::{Issuance, Seal, seal_sign_bytes};
pub use issue::{ISSUE_ITEMS_MAX, IssueItem, IssueReceipts};
pub use record::{BOOKINGS_MAX, Booking, CheckCode, ClaimLock, Receipt, Unbooking};
pub use reverse::ReverseReceipt;
pub use schema::{BUSINESS_NUMBERS, ISSUANCES, IssuerBusiness, RECEIPTS};
pub use seal::SealBlock;
pub use status::{Obstacle, Status, Step, status};

pub(crate) use store::change;
