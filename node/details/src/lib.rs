//! The details of receipts: everything the national `<EInvoice>` carries and the
//! chain must not.
//!
//! ```text
//!   XML file ──read──► document ──typed──► ReceiptDetails ──rules──► Details
//!    (bounded)      (as it came)          (fen, dates)     (true)      │
//!                                                                      ├─► IssueItem, for the chain
//!                                                                      └─sealed─► DetailsStore, the issuer's own
//!   IssueItem, its details kept elsewhere ──item──► what can be checked of it
//! ```
//!
//! A receipt's issuer checks every field and every sum here, before it signs
//! (docs/DOMAIN.md §2): the chain sees a total, the amounts per settlement channel and a
//! salted commitment, and could not check a fee list.

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

mod shapes;
mod text;
mod typed;

#[cfg(test)]
mod tests;

pub use commitment::{Details, DetailsSalt};
pub use issue::{Draft, Prepared, prepare};
pub use rules::Rules;
pub use violation::{Refused, Violation};
