//! Payments: traffic fines and other non-tax payments (docs/DOMAIN.md §5), and the movements of all money at banks
//! (docs/DOMAIN.md §10).
//!
//! ```text
//!   SetMandate ─► centre issues for agency
//!   CreateNotices ─► unpaid ─ReportPayments─► paid + receipt of the centre, in the same block
//!                      └─CancelNotice─► cancelled
//!
//!   report accepted ─┐                 matched ─────────► allocation by agency
//!                    ├► bank entry ──► amount differs
//!   payout, return ──┤                 stated only, reported only
//!   statement line ──┘
//!                        │
//!                        └ counts in the first open day from its accounting day on
//!
//!   CloseDay: day over, earlier days closed, statements complete (or a reason) ─► never changes
//! ```
//!
//! Reconciliation is updated as reports and lines arrive, in any order: [`BankEntry::counted_as`]
//! alone derives how an entry counts, and an arrival moves it from one tally to another. No
//! records are scanned.

mod cancel_notice;
mod close_day;
mod codec;
mod create_notices;
mod day;
mod day_codec;
mod entry;
mod entry_codec;
mod errors;
mod late_fee;
pub(crate) mod movement;
mod payment_code;
mod posting;
mod queries;
mod record;
mod report_payments;
mod schema;
mod set_mandate;
mod submit_statement;
mod table_keys;

pub(crate) use posting::banks;

pub use cancel_notice::CancelNotice;
pub use close_day::CloseDay;
pub use create_notices::{AMOUNT_FEN_MAX, CreateNotices, NOTICE_ITEMS_MAX, NoticeItem};
pub use day::{
    Allocation, BANKS_MAX, DayClosing, FACT_BANKS_MAX, Mismatch, ReconciliationDay, RegionClosing,
    Statement, Tally,
};
pub use entry::{BankEntry, Class, CountedAs, Moved, Reported, Stated};
pub use errors::PaymentError;
pub(crate) use errors::code;
pub use late_fee::LateFeeTerms;
pub use movement::{
    MOVEMENTS, Movement, MovementKey, MovementKind, PayoutMovement, ReturnMovement,
};
pub use queries::{
    NoticesFrom, allocations, mismatches, notice_by_payment_code, notices_of, reconciliation,
};
pub use record::{Cancellation, Mandate, Notice, Payment};
pub use report_payments::{PaymentReport, REPORT_ITEMS_MAX, ReportPayments};
pub use schema::{
    ALLOCATIONS, BANK_ENTRIES, MANDATES, MISMATCHES, NOTICE_LISTS, NOTICES, PAYMENT_CODES,
    PAYMENT_SERIALS, RECONCILIATION_DAYS, REGION_CLOSINGS, STATEMENTS,
};
pub use set_mandate::SetMandate;
pub use submit_statement::{
    STATEMENT_DAYS_MAX, STATEMENT_LINES_MAX, StatementLine, SubmitStatement,
};
pub use table_keys::{
    AllocationKey, BankPayment, MandateKey, MismatchKey, NoticeListKey, PaymentSerial, RegionDay,
    SerialKey, StatementKey,
};
