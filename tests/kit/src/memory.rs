//! A contract state in memory.

use std::collections::BTreeMap;

use piaolian_contracts::{
    chain::Hash,
    state::{Change, DERIVED, Fault, KeyValue, StateReader, Table},
    state_tree::{
        StateProof, hashing,
        model::{self, Keys},
    },
};

/// A state in memory: table prefix and key, with the value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory(BTreeMap<Vec<u8>, Vec<u8>>);

impl Memory {
    /// Applies the changes of a block.
    ///
    /// # Panics
    /// When a change deletes a key that does not exist.
    pub fn apply(&mut self, changes: &[Change]) {
        for change in changes {
            if let Some(value) = &change.value {
                self.0.insert(change.key.clone(), value.clone());
            } else {
                let removed = self.0.remove(&change.key);
                assert!(removed.is_some(), "only existing keys are deleted");
            }
        }
    }

    /// Returns the value at `key`, which begins with the table's prefix.
    pub fn value(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.0.get(key).cloned()
    }

    /// Returns the entries of a table, without the prefix.
    pub fn table(&self, table: Table) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let held = self.0.iter().filter(|(key, _)| key[0] == table.prefix());
        held.map(|(key, value)| (key[1..].to_vec(), value.clone()))
            .collect()
    }

    /// Returns the state without some tables.
    #[must_use]
    pub fn without(&self, tables: &[Table]) -> Self {
        let mut rest = self.0.clone();
        rest.retain(|key, _| !tables.iter().any(|table| table.prefix() == key[0]));
        Self(rest)
    }

    /// Returns the state without the tables that detect replays.
    #[must_use]
    pub fn without_idempotency(&self) -> Self {
        self.without(&[Table::Segments, Table::ClientIds, Table::SegmentEntries])
    }

    /// Returns the state without the tables of supervision: alerts and counters.
    #[must_use]
    pub fn without_supervision(&self) -> Self {
        self.without(&[Table::Alerts, Table::SupervisionCounters, Table::OpenAlerts])
    }

    /// Returns the state without the parameters.
    #[must_use]
    pub fn without_parameters(&self) -> Self {
        self.without(&[Table::Parameters])
    }

    /// Returns the root of the state tree, as a header contains it.
    pub fn root(&self) -> Hash {
        model::root(&self.leaves())
    }

    /// Builds the proof that `key`, which begins with the table's prefix, is present or absent.
    pub fn prove(&self, key: &[u8]) -> StateProof {
        model::prove(&self.leaves(), &hashing::key_hash(key))
    }

    fn leaves(&self) -> Keys {
        let proven = self.0.iter().filter(|(key, _)| key[0] < DERIVED);
        proven
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

/// A state of which one table cannot be read.
#[derive(Clone, Copy, Debug)]
pub struct Broken<'s> {
    /// The state.
    pub state: &'s Memory,
    /// The table that cannot be read.
    pub table: Table,
}

impl Broken<'_> {
    fn check(&self, table: Table) -> Result<(), Fault> {
        if table == self.table {
            return Err(Fault("the disk is gone".into()));
        }
        Ok(())
    }
}

impl StateReader for Broken<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        self.check(table)?;
        self.state.get(table, key)
    }

    fn floor(&self, table: Table, key: &[u8]) -> Result<Option<KeyValue>, Fault> {
        self.check(table)?;
        self.state.floor(table, key)
    }
}
