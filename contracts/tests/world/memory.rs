//! A state in memory.

use std::collections::BTreeMap;

use piaolian_contracts::{
    chain::Hash,
    proof::{
        hashing,
        model::{self, Keys},
    },
    state::{Change, DERIVED, Fault, KeyValue, StateReader, Table},
};

#[derive(Clone, Default, PartialEq, Debug)]
pub struct Memory(BTreeMap<Vec<u8>, Vec<u8>>);

impl Memory {
    pub fn apply(&mut self, changes: &[Change]) {
        for change in changes {
            if let Some(value) = &change.value {
                self.0.insert(change.key.clone(), value.clone());
            } else {
                let removed = self.0.remove(&change.key);
                assert!(removed.is_some(), "what is not there is not deleted");
            }
        }
    }

    /// The entries of a table, without the prefix.
    pub fn table(&self, table: Table) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let held = self.0.iter().filter(|(key, _)| key[0] == table.prefix());
        held.map(|(key, value)| (key[1..].to_vec(), value.clone()))
            .collect()
    }

    /// Everything but what tells replays apart.
    pub fn without_idempotency(&self) -> Self {
        let idempotency = [Table::Segments, Table::ClientIds, Table::SegmentEntries];
        let mut rest = self.0.clone();
        rest.retain(|key, _| !idempotency.iter().any(|table| table.prefix() == key[0]));
        Self(rest)
    }

    /// Everything but what supervision keeps: alerts and counters.
    pub fn without_supervision(&self) -> Self {
        let supervision = [Table::Alerts, Table::Watches, Table::OpenAlerts];
        let mut rest = self.0.clone();
        rest.retain(|key, _| !supervision.iter().any(|table| table.prefix() == key[0]));
        Self(rest)
    }

    /// Everything but the parameters.
    pub fn without_parameters(&self) -> Self {
        let mut rest = self.0.clone();
        rest.retain(|key, _| key[0] != Table::Parameters.prefix());
        Self(rest)
    }

    /// The root of the state tree, as a header names it.
    pub fn root(&self) -> Hash {
        model::root(&self.leaves())
    }

    fn leaves(&self) -> Keys {
        let committed = self.0.iter().filter(|(key, _)| key[0] < DERIVED);
        committed
            .map(|(key, value)| (hashing::key_hash(key), hashing::value_hash(value)))
            .collect()
    }
}

impl StateReader for Memory {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.0.get(&[&[table.prefix()], key].concat()).cloned())
    }

    fn floor(&self, table: Table, key: &[u8]) -> Result<Option<KeyValue>, Fault> {
        let (first, last) = (vec![table.prefix()], [&[table.prefix()], key].concat());
        let found = self.0.range(first..=last).next_back();
        Ok(found.map(|(key, value)| (key[1..].to_vec(), value.clone())))
    }
}

/// A store that cannot be read, at all or for one table.
pub struct Broken<'s> {
    pub state: &'s Memory,
    pub table: Table,
}

impl StateReader for Broken<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        if table == self.table {
            return Err(Fault("the disk is gone".into()));
        }
        self.state.get(table, key)
    }

    fn floor(&self, table: Table, key: &[u8]) -> Result<Option<KeyValue>, Fault> {
        if table == self.table {
            return Err(Fault("the disk is gone".into()));
        }
        self.state.floor(table, key)
    }
}
