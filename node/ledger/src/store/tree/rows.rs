//! What the tree asks of the columns below it.

use piaolian_contracts::proof::Entry;

use super::{page::Slot, prefix::Prefix};
use crate::store::StoreError;

/// The rows of the version that the tree's top stands for.
pub(crate) trait Rows: Sync {
    /// The page at `prefix`, which the tree knows to be there.
    ///
    /// # Errors
    /// When it cannot be read, is missing or damaged.
    fn page(&self, prefix: Prefix) -> Result<Vec<Slot>, StoreError>;

    /// The bucket at `prefix`, which the tree knows to be there.
    ///
    /// # Errors
    /// When it cannot be read, is missing or damaged.
    fn bucket(&self, prefix: Prefix) -> Result<Vec<Entry>, StoreError>;
}

/// Takes the rows that an update writes, and deletes where `None`.
pub(crate) trait RowSink {
    /// The row of the page at `prefix`.
    fn page(&mut self, prefix: Prefix, row: Option<&[u8]>);

    /// The row of the bucket at `prefix`.
    fn bucket(&mut self, prefix: Prefix, row: Option<&[u8]>);
}
