//! The pure, deterministic state machine of Piaolian.
//!
//! ```text
//!   bytes ─decode─► Transaction ─admit─► key ─verify─► Verified ─execute─► Outcome + Changes
//!             │                     │              │                │
//!             └──── Refused: never enters a block ─┘                └─ Rejected: numbered, kept in the block
//!
//!   parameters → upgrades → organisations → action → membership → number_ranges → policies → receipts
//!     → disclosure → payments → claims → governance → alerts      each imports only earlier ones
//! ```
//!
//! Nothing here uses a clock, randomness, the environment, a disk or a network; the crate's lints enforce this. The
//! same inputs give the same bytes on every machine.

#![warn(clippy::arithmetic_side_effects, clippy::float_arithmetic)]
#![warn(clippy::disallowed_types, clippy::disallowed_methods)]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        reason = "a panic of a test is a failure of it"
    )
)]

mod action;
pub mod admission;
pub mod alerts;
pub mod chain;
pub mod claims;
pub mod disclosure;
pub mod execute;
mod fields;
mod genesis_state;
pub mod governance;
pub mod malformed;
pub mod membership;
pub mod number_ranges;
mod numbered;
pub mod organisations;
pub mod parameters;
pub mod payments;
pub mod policies;
pub mod receipts;
pub mod rejection;
pub mod rule_texts;
pub mod state;
pub mod state_tree;
pub mod storage;
pub mod transaction;
pub mod types;
pub mod upgrades;

pub use admission::{AdmitError, BlockContext, admit};
pub use genesis_state::{Founding, GenesisStateError, genesis_state};
pub use transaction::{Refused, Transaction, Verified, verify_batch};
