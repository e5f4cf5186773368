//! The organisations, removed ones included, and the parameters as the parent's state has them.
//!
//! ```text
//!   open(state) ─► parameters, organisation(id) …     each is read and decoded once
//! ```

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    organisations::{ORGANISATIONS, Organisation},
    parameters::{PARAMETERS, Parameters},
    state::{Fault, StateReader},
    storage::missing_genesis_record,
    types::OrganisationId,
};

/// A cache of the organisations and parameters of one version of the state.
pub(crate) struct ParentState<'s> {
    state: &'s dyn StateReader,
    parameters: Arc<Parameters>,
    organisations: BTreeMap<OrganisationId, Arc<Organisation>>,
}

impl<'s> ParentState<'s> {
    /// Reads the parameters of `state`. Each organisation is read at its first use.
    ///
    /// # Errors
    /// When the state cannot be read or has no parameters.
    pub(crate) fn open(state: &'s dyn StateReader) -> Result<Self, Fault> {
        let parameters = PARAMETERS.get(state, &())?;
        let parameters = parameters.ok_or_else(|| missing_genesis_record("parameters"))?;
        Ok(Self {
            state,
            parameters: Arc::new(parameters),
            organisations: BTreeMap::new(),
        })
    }

    /// The state that is read.
    pub(crate) const fn state(&self) -> &'s dyn StateReader {
        self.state
    }

    /// The parameters in force.
    pub(crate) const fn parameters(&self) -> &Arc<Parameters> {
        &self.parameters
    }

    /// The organisation as the state has it.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(crate) fn organisation(
        &mut self,
        id: OrganisationId,
    ) -> Result<Option<Arc<Organisation>>, Fault> {
        if let Some(organisation) = self.organisations.get(&id) {
            return Ok(Some(organisation.clone()));
        }
        let organisation = ORGANISATIONS.get(self.state, &id)?.map(Arc::new);
        // Unknown ids are not cached: their number is unbounded.
        if let Some(organisation) = &organisation {
            self.organisations.insert(id, organisation.clone());
        }
        Ok(organisation)
    }
}
