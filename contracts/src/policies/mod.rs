//! Policies: the terms by which an insurer reimburses, published before claims are made.
//!
//! ```text
//!   PublishPolicy ─► version 1 ─► version 2 ─► …        none is ever altered or taken back
//!                    from_date     from_date
//!   a receipt's issue date ──► the version that began last by then
//! ```
//!
//! A new version begins on the day of publishing at the earliest, so that receipts issued before
//! are reimbursed as promised (docs/DOMAIN.md §6). A version in haste, which begins before the governed number of days
//! is over or lets the version before it live less, applies to nothing before finance consents (`ConsentPolicy`).

mod consent;
mod errors;
mod publish;
mod record;
mod schema;
mod terms;

pub use consent::ConsentPolicy;
pub use errors::PolicyError;
pub use publish::PublishPolicy;
pub use record::{Consent, Policy};
pub use schema::{POLICIES, PolicyKey, VERSIONS_MAX, in_force};
pub(crate) use schema::{in_force_now, newest, version};
pub use terms::{
    ADMISSIONS_MAX, AdmissionDeductible, Base, HospitalLevel, KINDS_MAX, RATIO_WHOLE, TIERS_MAX,
    Terms, Tier,
};
