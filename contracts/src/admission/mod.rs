//! Admission: what may enter a block at all.
//!
//! ```text
//!   organisation known? ─► key known, of the right purpose, live at this height?
//!     ─► valid_until in (block time, block time + governed maximum]?
//!     ─► (organisation, client id) unused?
//! ```
//!
//! All of it is judged on the parent's state, so that key changes act from the
//! next block. What fails here is refused and leaves no trace; what passes and
//! breaks a rule is kept in the block with its number.

mod client_ids;
mod gate;
mod segments;

pub use client_ids::{CLIENT_IDS, ClientEntry, ClientKey, Hour, SEGMENTS, Segment};
pub use gate::Gate;

pub(crate) use gate::check_unused;
pub(crate) use segments::Segments;

use crate::{
    chain::{Height, PublicKey},
    state::{Fault, StateReader},
    transaction::{Refused, Transaction},
    types::BlockTime,
};

/// The block that a transaction would enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Its height: one above the state's.
    pub height: Height,
    /// Its time.
    pub time: BlockTime,
}

/// Why a transaction was not admitted.
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
/// it. Whoever admits many transactions on one state opens a [`Gate`] once.
///
/// # Errors
/// The rule that refuses the transaction, or the trouble of reading the state.
pub fn admit(
    state: &dyn StateReader,
    at: &Moment,
    transaction: &Transaction,
) -> Result<PublicKey, AdmitError> {
    Gate::open(state)?.admit(at, transaction)
}
