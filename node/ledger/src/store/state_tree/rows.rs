//! The tree's interface to its columns.

use piaolian_contracts::state_tree::Entry;

use super::{page::Slot, prefix::Prefix};
use crate::store::StoreError;

/// The rows of the current version.
pub(crate) trait Rows: Sync {
    /// Reads the page at `prefix`, which the tree knows to exist.
    ///
    /// # Errors
    /// When it cannot be read, is missing or damaged.
    fn page(&self, prefix: Prefix) -> Result<Vec<Slot>, StoreError>;

    /// Reads the bucket at `prefix`, which the tree knows to exist.
    ///
    /// # Errors
    /// When it cannot be read, is missing or damaged.
    fn bucket(&self, prefix: Prefix) -> Result<Vec<Entry>, StoreError>;
}

/// Receives the rows that an update writes; `None` deletes a row.
pub(crate) trait RowSink {
    /// The row of the page at `prefix`.
    fn page(&mut self, prefix: Prefix, row: Option<&[u8]>);

    /// The row of the bucket at `prefix`.
    fn bucket(&mut self, prefix: Prefix, row: Option<&[u8]>);
}
