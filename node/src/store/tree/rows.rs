//! What the tree asks of the columns below it.

use piaolian_contracts::proof::Entry;

use super::prefix::Prefix;
use crate::store::StoreError;

/// The rows of the version that the tree's top stands for.
pub(crate) trait Rows: Sync {
    /// Reads leaves in ascending order; forward seeks over one cursor are the cheap ones.
    type Cursor<'a>: LeafCursor
    where
        Self: 'a;

    /// A new cursor. Each thread has its own.
    fn cursor(&self) -> Self::Cursor<'_>;

    /// The row of the page at `prefix`.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn page(&self, prefix: Prefix) -> Result<Option<Vec<u8>>, StoreError>;
}

/// Reads leaves.
pub(crate) trait LeafCursor {
    /// Appends the `keys` leaves of the subtree at `prefix`, ascending, to `entries`.
    ///
    /// # Errors
    /// When the store cannot be read, or holds fewer leaves than that.
    fn read(
        &mut self,
        prefix: Prefix,
        keys: usize,
        entries: &mut Vec<Entry>,
    ) -> Result<(), StoreError>;
}
