//! A state in memory.

use std::collections::BTreeMap;

use piaolian_contracts::{
    chain::Hash,
    proof::{
        StateProof, hashing,
        model::{self, Keys},
    },
    state::{Change, DERIVED, Fault, KeyValue, StateReader, Table},
};

#[derive(Default)]
pub struct Memory(BTreeMap<Vec<u8>, Vec<u8>>);

impl Memory {
    pub fn apply(&mut self, changes: &[Change]) {
        for change in changes {
            match &change.value {
                Some(value) => drop(self.0.insert(change.key.clone(), value.clone())),
                None => drop(self.0.remove(&change.key)),
            }
        }
    }

    /// What stands at `key`, table prefix followed by the key.
    pub fn value(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.0.get(key).cloned()
    }

    pub fn root(&self) -> Hash {
        model::root(&self.leaves())
    }

    pub fn prove(&self, key: &[u8]) -> StateProof {
        model::prove(&self.leaves(), &hashing::key_hash(key))
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
