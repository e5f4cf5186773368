//! Receipt details: the parts of a national `<EInvoice>` that must not go on chain.
//!
//! ```text
//!   XML file ──read──► document ──typed──► ReceiptDetails ──rules──► Details
//!    (bounded)      (texts)               (fen, dates)     (checked)   │
//!                                                                      ├─► IssueItem, for the chain
//!                                                                      └─encrypted─► the issuer's own store
//!   IssueItem, its details stored elsewhere ──item──► checked as far as it goes
//! ```
//!
//! The issuer checks every field and every sum before it signs (docs/DOMAIN.md §2). The chain has only the total, the
//! amount of each settlement channel and a salted commitment, so it cannot check a fee list.
//!
//! The crate has no disk, network or clock of its own: a hospital's system can use it to check an `<EInvoice>`.

pub mod amount;
pub mod check_code;
pub mod commitment;
pub mod date;
pub mod generate;
pub mod issue;
pub mod item;
pub mod reversal;
pub mod rule;
pub mod rules;
pub mod violation;
pub mod xml;

mod channels;
mod shapes;
mod text;
mod typed;

#[cfg(test)]
mod tests;

pub use commitment::{Details, DetailsSalt};
pub use issue::{Draft, Prepared, prepare};
pub use rules::Rules;
pub use violation::{Refused, Violation};
