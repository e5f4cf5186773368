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

mod errors;
mod segments;

use std::sync::Arc;

pub use errors::Refused;
pub use segments::{CLIENT_IDS, ClientEntry, ClientKey, SEGMENTS, Segment};

pub(crate) use segments::Segments;

use crate::{
    chain::{BlockTime, Height, PublicKey},
    governance::{PARAMETERS, Parameters},
    organisations::{ORGANISATIONS, Organisation},
    state::{Fault, StateReader},
    transaction::Transaction,
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

/// Checks everything but the signature, and returns the key that must have made it.
///
/// # Errors
/// The rule that refuses the transaction, or the trouble of reading the state.
pub fn admit(
    state: &dyn StateReader,
    at: &Moment,
    transaction: &Transaction,
) -> Result<PublicKey, AdmitError> {
    let organisation = ORGANISATIONS.get(state, transaction.organisation())?;
    let parameters = parameters(state)?;
    let key = check(organisation.as_ref(), &parameters, at, transaction)?;
    let used = CLIENT_IDS.get(state, &ClientKey::of(transaction))?;
    check_unused(used.as_ref(), at.time, transaction)?;
    Ok(key)
}

/// The parameters in force in a state.
pub(crate) fn parameters(state: &dyn StateReader) -> Result<Arc<Parameters>, Fault> {
    match PARAMETERS.get(state, &())? {
        Some(parameters) => Ok(Arc::new(parameters)),
        None => Err(Fault(
            "the state was never founded: it has no parameters".into(),
        )),
    }
}

/// What the acting organisation's record in the parent's state says.
pub(crate) fn check(
    organisation: Option<&Organisation>,
    parameters: &Parameters,
    at: &Moment,
    transaction: &Transaction,
) -> Result<PublicKey, Refused> {
    let key = check_key(organisation, at.height, transaction)?;
    let valid_until = transaction.valid_until();
    if valid_until <= at.time {
        return Err(Refused::Expired {
            valid_until,
            block_time: at.time,
        });
    }
    let latest = at.time.after_ms(parameters.validity_ms_max());
    if valid_until > latest {
        return Err(Refused::ValidTooLong {
            valid_until,
            latest,
        });
    }
    let (receipts, receipts_max) = (transaction.receipts(), parameters.block_receipts_max());
    if receipts > receipts_max {
        return Err(Refused::TooManyReceipts {
            receipts,
            receipts_max,
        });
    }
    Ok(key)
}

fn check_key(
    organisation: Option<&Organisation>,
    height: Height,
    transaction: &Transaction,
) -> Result<PublicKey, Refused> {
    let (id, key_id) = (*transaction.organisation(), transaction.key_id());
    let organisation = organisation.ok_or(Refused::UnknownOrganisation { organisation: id })?;
    let key = organisation.key(key_id).ok_or(Refused::UnknownKey {
        organisation: id,
        key_id,
    })?;
    let needed = transaction.key_purpose();
    if key.purpose != needed {
        return Err(Refused::WrongPurpose {
            key_id,
            purpose: key.purpose,
            needed,
        });
    }
    if height < key.first_height {
        return Err(Refused::KeyNotYetLive {
            key_id,
            first_height: key.first_height,
        });
    }
    if let Some(last_height) = key.last_height.filter(|last| *last < height) {
        return Err(Refused::KeyNoLongerLive {
            key_id,
            last_height,
        });
    }
    Ok(key.public_key)
}

/// Refuses a client id that is in use: with the same body it is a replay, whose
/// outcome is known, with another it is a conflict.
pub(crate) fn check_unused(
    used: Option<&ClientEntry>,
    time: BlockTime,
    transaction: &Transaction,
) -> Result<(), Refused> {
    let Some(used) = used.filter(|used| !used.is_over(time)) else {
        return Ok(());
    };
    let (height, index) = (used.height, used.index);
    if used.transaction == *transaction.id() {
        Err(Refused::Replayed { height, index })
    } else {
        Err(Refused::ClientIdConflict { height, index })
    }
}
