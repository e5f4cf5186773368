//! Lists of receipts and of running totals, newest first, page by page.
//!
//! ```text
//!   date ‖ issuer ‖ …   latest date first
//!     ├─ another issuer than asked for ─► straight to that issuer, or to its day before
//!     ├─ an issuer of another region   ─► straight past all that issuer has that day
//!     ├─ another kind                  ─► straight to that kind
//!     └─ fits ─► on the page
//! ```
//!
//! A page examines a bounded number of entries, so a short or even empty page can have a next one. The start of the
//! next page is a key, so that pages stay correct while the ledger grows.

mod receipts;
mod totals;
mod walk;

pub use receipts::{ReceiptFilter, StatusFilter, list};
pub use totals::{TotalsFilter, list_totals};
pub use walk::{Bounds, Limits, ListPage};
