//! Policies: the terms by which an insurer reimburses, published before claims are made.
//!
//! ```text
//!   PublishPolicy ─► version 1 ─► version 2 ─► …        none is ever altered or taken back
//!                    from_date     from_date
//!   a receipt's issue date ──► the version that began last by then
//! ```
//!
//! A new version begins on the day of publishing at the earliest, so that receipts issued before
//! are reimbursed as promised (docs/DOMAIN.md §6).

mod errors;
mod publish;
mod record;
mod schema;
mod terms;

pub use errors::PolicyError;
pub use publish::PublishPolicy;
pub use record::Policy;
pub use schema::{POLICIES, PolicyKey, VERSIONS_MAX, in_force};
pub(crate) use schema::{in_force_now, version};
pub use terms::{Base, KINDS_MAX, RATIO_WHOLE, TIERS_MAX, Terms, Tier};
