//! The words of the domain as types that are true by construction.
//!
//! ```text
//!   proto message ──TryFrom──► typed value ──From──► proto message
//!                    │
//!                    └─ Malformed { field, problem }
//! ```

mod organisation_id;

pub use organisation_id::OrganisationId;
