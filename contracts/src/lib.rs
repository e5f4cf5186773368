//! The pure, deterministic state machine of Piaolian.
//!
//! ```text
//!   bytes ─decode─► Transaction ─admit─► key ─verify─► Verified ─execute─► Outcome + Changes
//!             │                     │              │                │
//!             └──── Refused: never enters a block ─┘                └─ Rejected: numbered, kept in the block
//! ```
//!
//! Nothing here knows a clock, randomness, an environment, a disk or a network;
//! the crate's lints hold that. The same inputs give the same bytes on every
//! machine.

#![warn(clippy::arithmetic_side_effects, clippy::float_arithmetic)]
#![warn(clippy::disallowed_types, clippy::disallowed_methods)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects))]

pub mod chain;
pub mod malformed;
pub mod proof;
pub mod state;
pub mod types;
