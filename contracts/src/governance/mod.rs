//! Governance: the parameters that finance sets.
//!
//! ```text
//!   SetParameters ──► within hard bounds? ──► record ──► in force from the next block
//! ```
//!
//! The hard bounds are part of the protocol: no signature moves them.

mod errors;
mod fund_rules;
mod record;
mod set_parameters;

pub use errors::GovernanceError;
pub use fund_rules::{FundRule, FundRules};
pub use record::{PARAMETERS, Parameters, PaymentCodeDigits, ProposedParameters};
pub use set_parameters::SetParameters;
