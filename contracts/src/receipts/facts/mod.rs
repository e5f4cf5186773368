//! The facts about a receipt after its issue, apart from locks and bookings: each kind of fact with
//! its form in the record.
//!
//! ```text
//!   delivered ── on paper, returned ── reserved for a decided claim ── verified by a payer
//!   use audited ── archived, by each that keeps it
//! ```

mod accounting;
mod archive;
mod delivery;
mod paper;
mod reservation;
mod use_audit;
mod verification;

pub use accounting::AccountingFacts;
pub use archive::{ARCHIVES_MAX, ArchiveEntry};
pub use delivery::{Delivery, DeliveryChannel};
pub use paper::{PAPERS_MAX, PaperExchange, PaperReturn};
pub use reservation::{RESERVATIONS_MAX, Reservation};
pub use use_audit::UseAudit;
pub use verification::NotedVerification;
