//! The state as contracts see it: ordered tables of bytes.
//!
//! ```text
//!   committed table   key ──SHA-256──► path in the state tree ──► proofs
//!   derived table     an index that the committed tables determine; not in the tree
//! ```

mod table;

use std::error::Error;

pub use table::{DERIVED, Table};

/// A failure of this machine to read the state. Never a verdict on a transaction.
#[derive(Debug, thiserror::Error)]
#[error("state cannot be read: {0}")]
pub struct Fault(#[source] pub Box<dyn Error + Send + Sync>);

/// A key (without the table's prefix) and its value.
pub type KeyValue = (Vec<u8>, Vec<u8>);

/// Read access to one version of the state.
pub trait StateReader: Send + Sync {
    /// The value at `key` (without the table's prefix).
    ///
    /// # Errors
    /// When the store cannot be read.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault>;

    /// The entry with the greatest key at or below `key` in `table`.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn floor(&self, table: Table, key: &[u8]) -> Result<Option<KeyValue>, Fault>;
}

/// One write of a block: the last value of a key that the block touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Table prefix followed by the key.
    pub key: Vec<u8>,
    /// The new value, or `None` when the key is deleted.
    pub value: Option<Vec<u8>>,
}

impl Change {
    /// The table that is written, or `None` when the key's first byte names none.
    pub fn table(&self) -> Option<Table> {
        let prefix = self.key.first()?;
        Table::ALL
            .into_iter()
            .find(|table| table.prefix() == *prefix)
    }

    /// Whether this write is a leaf of the state tree.
    pub fn is_committed(&self) -> bool {
        self.key.first().is_some_and(|prefix| *prefix < DERIVED)
    }
}
