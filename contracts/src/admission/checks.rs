//! Admission checks on one version of the state.
//!
//! ```text
//!   open(state) ─► admit(transaction) …     each organisation is read and decoded once
//! ```

use std::sync::Arc;

use super::{
    AdmitError, BlockContext,
    client_ids::{CLIENT_IDS, ClientEntry, ClientKey},
};
use crate::{
    action::ParentState,
    chain::{Height, PublicKey},
    organisations::Organisation,
    parameters::Parameters,
    state::{Fault, StateReader},
    transaction::{Refused, Transaction},
    types::BlockTime,
};

/// Admits many transactions on one version of the state. It caches the organisations that it has read.
pub struct AdmissionChecks<'s> {
    parent: ParentState<'s>,
}

impl<'s> AdmissionChecks<'s> {
    /// Begins admission on `state`.
    ///
    /// # Errors
    /// When the state cannot be read or lacks a record of genesis.
    pub fn open(state: &'s dyn StateReader) -> Result<Self, Fault> {
        let parent = ParentState::open(state)?;
        Ok(Self { parent })
    }

    /// Checks everything but the signature, and returns the key that must have made it.
    ///
    /// # Errors
    /// The rule that refuses the transaction, or the fault of reading the state.
    pub fn admit(
        &mut self,
        at: &BlockContext,
        transaction: &Transaction,
    ) -> Result<PublicKey, AdmitError> {
        let (_, key) = check_actor(&mut self.parent, at, transaction)?;
        let used = CLIENT_IDS.get(self.parent.state(), &ClientKey::of(transaction))?;
        check_unused(used.as_ref(), at.time, transaction)?;
        Ok(key)
    }
}

/// Checks everything but the signature and whether the client id is unused, and returns the actor and
/// its key.
pub(crate) fn check_actor(
    parent: &mut ParentState<'_>,
    at: &BlockContext,
    transaction: &Transaction,
) -> Result<(Arc<Organisation>, PublicKey), AdmitError> {
    let organisation = *transaction.organisation();
    let actor = parent.organisation(organisation)?;
    let actor = actor.ok_or(Refused::UnknownOrganisation { organisation })?;
    let key = check_key(&actor, at.height, transaction)?;
    let parameters = parent.parameters();
    check_window(parameters, at.time, transaction)?;
    let (receipts, receipts_max) = (transaction.receipts(), parameters.block_receipts_max());
    if receipts > receipts_max {
        return Err(Refused::TooManyReceipts {
            receipts,
            receipts_max,
        }
        .into());
    }
    Ok((actor, key))
}

fn check_window(
    parameters: &Parameters,
    time: BlockTime,
    transaction: &Transaction,
) -> Result<(), Refused> {
    let valid_until = transaction.valid_until();
    if valid_until <= time {
        return Err(Refused::Expired {
            valid_until,
            block_time: time,
        });
    }
    let latest = time.after_ms(parameters.validity_ms_max());
    if valid_until > latest {
        return Err(Refused::ValidTooLong {
            valid_until,
            latest,
        });
    }
    Ok(())
}

fn check_key(
    organisation: &Organisation,
    height: Height,
    transaction: &Transaction,
) -> Result<PublicKey, Refused> {
    let key_id = transaction.key_id();
    let key = organisation.key(key_id).ok_or(Refused::UnknownKey {
        organisation: organisation.id,
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

/// Refuses a client id that is in use. The same body is a replay, whose outcome is known; another body is a conflict.
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
