//! The gate of one state: what its records say about a transaction.
//!
//! ```text
//!   open(state) ─► admit(transaction) …     each organisation is read and decoded once
//! ```

use std::{collections::BTreeMap, sync::Arc};

use super::{
    AdmitError, Moment,
    client_ids::{CLIENT_IDS, ClientEntry, ClientKey},
};
use crate::{
    chain::{Height, PublicKey},
    organisations::{ORGANISATIONS, Organisation},
    parameters::{PARAMETERS, Parameters},
    state::{Fault, StateReader},
    storage::unfounded,
    transaction::{Refused, Transaction},
    types::{BlockTime, OrganisationId},
};

/// Admits transactions on one version of the state. Whoever admits many opens it
/// once for that version.
pub struct Gate<'s> {
    state: &'s dyn StateReader,
    parameters: Arc<Parameters>,
    organisations: BTreeMap<OrganisationId, Arc<Organisation>>,
}

impl<'s> Gate<'s> {
    /// Opens the gate of `state`.
    ///
    /// # Errors
    /// When the state cannot be read or was never founded.
    pub fn open(state: &'s dyn StateReader) -> Result<Self, Fault> {
        let parameters = PARAMETERS.get(state, &())?;
        let parameters = parameters.ok_or_else(|| unfounded("parameters"))?;
        Ok(Self {
            state,
            parameters: Arc::new(parameters),
            organisations: BTreeMap::new(),
        })
    }

    /// The parameters in force.
    #[must_use]
    pub const fn parameters(&self) -> &Arc<Parameters> {
        &self.parameters
    }

    /// Checks everything but the signature, and returns the key that must have made it.
    ///
    /// # Errors
    /// The rule that refuses the transaction, or the trouble of reading the state.
    pub fn admit(
        &mut self,
        at: &Moment,
        transaction: &Transaction,
    ) -> Result<PublicKey, AdmitError> {
        let (_, key) = self.check(at, transaction)?;
        let used = CLIENT_IDS.get(self.state, &ClientKey::of(transaction))?;
        check_unused(used.as_ref(), at.time, transaction)?;
        Ok(key)
    }

    /// Everything but whether the client id is unused: the actor, and its key.
    pub(crate) fn check(
        &mut self,
        at: &Moment,
        transaction: &Transaction,
    ) -> Result<(Arc<Organisation>, PublicKey), AdmitError> {
        let organisation = *transaction.organisation();
        let actor = self.organisation(organisation)?;
        let actor = actor.ok_or(Refused::UnknownOrganisation { organisation })?;
        let key = check_key(&actor, at.height, transaction)?;
        check_window(&self.parameters, at.time, transaction)?;
        let (receipts, receipts_max) =
            (transaction.receipts(), self.parameters.block_receipts_max());
        if receipts > receipts_max {
            return Err(Refused::TooManyReceipts {
                receipts,
                receipts_max,
            }
            .into());
        }
        Ok((actor, key))
    }

    /// An organisation as the state has it.
    pub(crate) fn organisation(
        &mut self,
        id: OrganisationId,
    ) -> Result<Option<Arc<Organisation>>, Fault> {
        if let Some(organisation) = self.organisations.get(&id) {
            return Ok(Some(organisation.clone()));
        }
        let organisation = ORGANISATIONS.get(self.state, &id)?.map(Arc::new);
        // Strangers are not remembered: there is no end of them.
        if let Some(organisation) = &organisation {
            self.organisations.insert(id, organisation.clone());
        }
        Ok(organisation)
    }
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
