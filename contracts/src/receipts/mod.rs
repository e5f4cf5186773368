//! Receipts: issued once, kept for ever.
//!
//! ```text
//!   IssueReceipts ─► issued ─► held ─► partly reimbursed ─► reimbursed
//!                      │       (claims: lock, unlock, book, unbook)
//!       ReverseReceipt ├─► reversed  +  a reversal receipt with negated amounts
//!       ReissueReceipt └─► reversed  +  a reversal receipt  +  a new receipt, which takes over the bookings
//!
//!   block's receipts ─► issuance root ◄─ SealBlock: finance's supervising seal
//!
//!   issued ─ ExchangeForPaper ─► on paper ─ ReturnPaper ─► issued
//!   DeliverReceipts · NoteVerification · AuditUse: facts of any receipt
//!   ArchiveReceipts ─► archived: no longer exchanged for paper
//! ```
//!
//! Every write of a record goes through `store`, which also updates the running totals and the lists. A record holds
//! facts; the status that people see is derived in [`status`](mod@status).

mod archive;
mod audit_use;
mod batch;
mod carry;
mod codec;
mod deliver;
mod errors;
mod exchange;
mod facts;
mod issuance;
mod issue;
pub mod listing;
mod new_receipt;
mod note_verification;
mod record;
mod reissue;
mod reissues;
mod return_paper;
mod reverse;
mod schema;
mod seal;
pub mod status;
mod store;
mod totals;

pub use archive::ArchiveReceipts;
pub use audit_use::AuditUse;
pub use batch::BATCH_RECEIPTS_MAX;
pub use deliver::DeliverReceipts;
pub use errors::ReceiptError;
pub(crate) use errors::code;
pub use exchange::ExchangeForPaper;
pub use facts::{
    ARCHIVES_MAX, AccountingFacts, ArchiveEntry, Delivery, DeliveryChannel, NotedVerification,
    PAPERS_MAX, PaperExchange, PaperReturn, RESERVATIONS_MAX, Reservation, UseAudit,
};
pub use issuance::{Issuance, Seal, seal_sign_bytes};
pub use issue::{ISSUE_ITEMS_MAX, IssueItem, IssueReceipts};
pub use note_verification::NoteVerification;
pub use record::{
    BOOKINGS_MAX, Booking, CheckCodeHash, ClaimLock, DETAILS_BYTES_MAX, LATE_BOOKINGS_MAX,
    PayerGone, Receipt, Unbooking,
};
pub use reissue::ReissueReceipt;
pub use reissues::REISSUES_MAX;
pub(crate) use reissues::{current, replaced};
pub use return_paper::ReturnPaper;
pub use reverse::ReverseReceipt;
pub use schema::{
    BUSINESS_NUMBERS, ISSUANCES, IssuerBusiness, ListKey, Listed, PAPER_FORMS, PaperForm,
    RECEIPT_LISTS, RECEIPTS,
};
pub use seal::SealBlock;
pub use status::{Obstacle, ReceiptStep, Status, status};
pub use totals::{Sum, TOTALS, Totals, TotalsClass, TotalsKey};

pub(crate) use new_receipt::{Content, Form, create};
pub(crate) use store::{change, read};
