//! Admission: the checks that a transaction passes before it may enter a block.
//!
//! ```text
//!   organisation known? ─► key known, of the right purpose, live at this height?
//!     ─► valid_until in (block time, block time + governed maximum]?
//!     ─► (organisation, client id) unused?
//! ```
//!
//! All checks read the parent's state, so that key changes take effect from the next block. A transaction that fails
//! here is refused and leaves no trace. One that passes and then breaks a rule is in the block, with the number of the
//! rule.

mod checks;
mod client_ids;
mod segments;

pub use checks::AdmissionChecks;
pub use client_ids::{CLIENT_IDS, ClientEntry, ClientKey, Hour, SEGMENTS, Segment};

pub(crate) use checks::{check_actor, check_unused};
pub(crate) use segments::Segments;

use crate::{
    chain::{Height, PublicKey},
    state::{Fault, StateReader},
    transaction::{Refused, Transaction},
    types::BlockTime,
};

/// The block that a transaction would enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockContext {
    /// Its height: one above the state's.
    pub height: Height,
    /// Its time.
    pub time: BlockTime,
}

/// The reason why a transaction was not admitted.
#[derive(Debug, thiserror::Error)]
pub enum AdmitError {
    /// The rules refuse it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The state could not be read.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Checks everything but the signature, and returns the key that must have made
/// it. [`AdmissionChecks`] admits many transactions on one state.
///
/// # Errors
/// The rule that refuses the transaction, or the fault of reading the state.
pub fn admit(
    state: &dyn StateReader,
    at: &BlockContext,
    transaction: &Transaction,
) -> Result<PublicKey, AdmitError> {
    AdmissionChecks::open(state)?.admit(at, transaction)
}
