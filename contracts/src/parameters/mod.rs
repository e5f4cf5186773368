//! The governed parameters of the chain.
//!
//! ```text
//!   proto::Parameters ──form──► ProposedParameters ──hard bounds──► Parameters
//!                                                      └─ 1900, 1901
//! ```
//!
//! Each parameter is one line of `table.rs`. The hard bounds are part of the protocol: no vote can change them. The
//! domain `governance` decides who may change a parameter.

#[macro_use]
mod table;

mod alert_thresholds;
mod errors;
mod fund_rules;
mod number;
mod payment_code_digits;
mod record;

pub use alert_thresholds::{AlertThresholds, Hours};
pub use errors::ParameterError;
pub use fund_rules::{Categories, FundRule, FundRules};
pub use number::NumberParameter;
pub use payment_code_digits::PaymentCodeDigits;
pub use record::{PARAMETERS, Parameters, ProposedParameters};
