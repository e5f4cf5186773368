//! Declared tables: the type of their keys and the type of their records.

use std::{fmt, marker::PhantomData};

use super::{key::Key, overlay::predecessor};
use crate::{
    malformed::Malformed,
    state::{Fault, StateReader, Table},
};

/// A record of a declared table.
pub trait Record: Clone + Send + Sync + 'static {
    /// The bytes that are stored and hashed.
    fn encode(&self) -> Vec<u8>;

    /// Decodes stored bytes.
    ///
    /// # Errors
    /// When the bytes were not made by [`Record::encode`].
    fn decode(bytes: &[u8]) -> Result<Self, Malformed>;
}

/// Stores a record as the bytes of a message: `stored_as!(Policy: proto::PolicyRecord, "policy")`. Faults call the
/// record by that name.
macro_rules! stored_as {
    ($record:ty: $message:ty, $name:literal) => {
        impl $crate::storage::Record for $record {
            fn encode(&self) -> Vec<u8> {
                prost::Message::encode_to_vec(&<$message>::from(self))
            }

            fn decode(bytes: &[u8]) -> Result<Self, $crate::malformed::Malformed> {
                <$message as prost::Message>::decode(bytes)
                    .map_err(|error| $crate::malformed::Malformed::new($name, error.to_string()))?
                    .try_into()
            }
        }
    };
}

pub(crate) use stored_as;

/// A declared table of `V` by `K`.
pub struct Records<K, V> {
    table: Table,
    types: PhantomData<fn(K) -> V>,
}

impl<K: Key, V: Record> Records<K, V> {
    /// Declares that `table` holds `V` by `K`.
    pub const fn new(table: Table) -> Self {
        Self {
            table,
            types: PhantomData,
        }
    }

    /// The table.
    pub const fn table(self) -> Table {
        self.table
    }

    /// Prefix and key: what is hashed to the record's place in the state tree.
    pub fn state_key(self, key: &K) -> Vec<u8> {
        [&[self.table.prefix()], &key.bytes()[..]].concat()
    }

    /// The record at `key` in one version of the state.
    ///
    /// # Errors
    /// When the store cannot be read, or holds bytes that are not such a record.
    pub fn get(self, state: &dyn StateReader, key: &K) -> Result<Option<V>, Fault> {
        let bytes = state.get(self.table, &key.bytes())?;
        bytes.map(|bytes| self.decode(&bytes)).transpose()
    }

    /// The record with the greatest key at or below `key`.
    ///
    /// # Errors
    /// When the store cannot be read, or holds bytes that are not such a record.
    pub fn floor(self, state: &dyn StateReader, key: &[u8]) -> Result<Option<(Vec<u8>, V)>, Fault> {
        let entry = state.floor(self.table, key)?;
        entry
            .map(|(key, bytes)| Ok((key, self.decode(&bytes)?)))
            .transpose()
    }

    /// The records whose keys begin with `prefix`, from the greatest key at or below
    /// `from` downwards, at most `limit` of them. All keys of the table have one length,
    /// which is also `from`'s; those above every key with the prefix begin at the end.
    ///
    /// # Errors
    /// When the store cannot be read, or holds bytes that are not such a record.
    pub fn descend(
        self,
        state: &dyn StateReader,
        prefix: &[u8],
        from: Vec<u8>,
        limit: usize,
    ) -> Result<Vec<V>, Fault> {
        let (mut page, mut below) = (Vec::new(), Some(from));
        while let Some(key) = below.filter(|_| page.len() < limit) {
            let found = self.floor(state, &key)?;
            let Some((key, record)) = found.filter(|(key, _)| key.starts_with(prefix)) else {
                break;
            };
            page.push(record);
            below = predecessor(&key);
        }
        Ok(page)
    }

    pub(super) fn decode(self, bytes: &[u8]) -> Result<V, Fault> {
        V::decode(bytes).map_err(|error| corrupt(self.table, error))
    }
}

// Derives would ask the same of `K` and `V`.
impl<K, V> Clone for Records<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Records<K, V> {}

impl<K, V> fmt::Debug for Records<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Records").field(&self.table).finish()
    }
}

/// A record that this machine can no longer read.
#[derive(Debug, thiserror::Error)]
#[error("a record of table {table:?} is corrupt: {error}")]
struct Corrupt {
    table: Table,
    error: Malformed,
}

/// The fault of a store with bytes that no contract wrote.
pub(crate) fn corrupt(table: Table, error: Malformed) -> Fault {
    Fault(Box::new(Corrupt { table, error }))
}

/// The fault of a key that has a record although the rules found none. It is an error in the rules, so every node
/// stops.
pub(super) fn taken(table: Table) -> Fault {
    Fault(format!("a new record of table {table:?} would replace another").into())
}

/// Returns the fault for a missing record that the genesis state contains and that nothing deletes.
pub(crate) fn missing_genesis_record(missing: &'static str) -> Fault {
    Fault(format!("the state has no {missing}, which the genesis state contains").into())
}
