//! How contracts see the state: ordered tables of bytes.
//!
//! ```text
//!   committed table   key ──SHA-256──► path in the state tree ──► proofs
//!   derived table     an index that the committed tables determine; not in the tree
//! ```

use std::error::Error;

/// A table of the state. The number is the first byte of every stored key and,
/// for committed tables, of every hashed key: it never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Table {
    /// Governed parameters; empty key.
    Parameters = 0x01,
    /// Organisations by unified social credit code (18 ASCII).
    Organisations = 0x02,
    /// The validator set; empty key.
    ValidatorSet = 0x03,
    /// Number ranges by receipt code (8 ASCII) and first number (u64 big-endian).
    Ranges = 0x04,
    /// Receipts by code (8 ASCII) and number (10 ASCII).
    Receipts = 0x05,
    /// What a block issued, by height (u64 big-endian).
    Issuances = 0x06,
    /// Idempotency segments by hour (u64 big-endian, Unix hours of `valid_until`).
    Segments = 0x07,

    /// Derived: public key to (organisation, key id).
    KeyOwners = 0x81,
    /// Derived: (issuer, business number) to receipt key.
    BusinessNumbers = 0x82,
    /// Derived: (issuer, receipt code) to the first numbers of its open ranges.
    IssuerRanges = 0x83,
    /// Derived: (organisation, client id) to the transaction that used it.
    ClientIds = 0x84,
}

impl Table {
    /// The first byte of the table's keys.
    #[must_use]
    pub const fn prefix(self) -> u8 {
        self as u8
    }

    /// Whether the table's entries are leaves of the state tree.
    #[must_use]
    pub const fn is_committed(self) -> bool {
        self.prefix() < DERIVED
    }
}

/// Prefixes from here on are derived tables.
pub const DERIVED: u8 = 0x80;

/// Trouble of this machine while reading state. Never a verdict on a transaction.
#[derive(Debug, thiserror::Error)]
#[error("state cannot be read: {0}")]
pub struct Fault(#[source] pub Box<dyn Error + Send + Sync>);

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
    fn floor(&self, table: Table, key: &[u8]) -> Result<Option<(Vec<u8>, Vec<u8>)>, Fault>;
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
    /// Whether this write is a leaf of the state tree.
    #[must_use]
    pub fn is_committed(&self) -> bool {
        self.key.first().is_some_and(|prefix| *prefix < DERIVED)
    }
}
