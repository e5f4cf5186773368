//! Reads the state tree's rows from their columns.

use piaolian_contracts::state_tree::Entry;

use super::{
    StoreError,
    columns::{BUCKETS, PAGES},
    database::{Column, Database},
    state_tree::{Prefix, Rows, Slot, decode_bucket, decode_page},
};

/// The rows of the tip's tree. Readers hold the lock on the current version.
pub(super) struct TreeRows<'a>(pub(super) &'a Database);

impl TreeRows<'_> {
    /// Reads every page, for rebuilding the top.
    pub(super) fn pages(
        database: &Database,
    ) -> impl Iterator<Item = Result<(Prefix, Vec<Slot>), StoreError>> {
        let mut cursor = database.cursor(&PAGES);
        cursor.seek_to_first();
        let mut ended = false;
        std::iter::from_fn(move || {
            if ended {
                return None;
            }
            let Some((key, row)) = cursor.item() else {
                ended = true;
                let read = cursor.status();
                return read.err().map(|source| {
                    Err(StoreError::Read {
                        column: PAGES.name(),
                        source,
                    })
                });
            };
            let page =
                Prefix::decode(key).and_then(|prefix| Some((prefix, decode_page(row, prefix)?)));
            let page = page.ok_or_else(|| StoreError::corrupt(PAGES.name(), key));
            cursor.next();
            Some(page)
        })
    }

    /// Reads the row at `prefix`, which must exist.
    fn read<T>(
        &self,
        column: &Column<Prefix, Vec<u8>>,
        prefix: Prefix,
        decode: impl FnOnce(&[u8], Prefix) -> Option<T>,
    ) -> Result<T, StoreError> {
        let key = prefix.encode();
        let row = self.0.get_raw(column, &key)?;
        let row = row.and_then(|row| decode(&row, prefix));
        row.ok_or_else(|| StoreError::corrupt(column.name(), &key))
    }
}

impl Rows for TreeRows<'_> {
    fn page(&self, prefix: Prefix) -> Result<Vec<Slot>, StoreError> {
        self.read(&PAGES, prefix, decode_page)
    }

    fn bucket(&self, prefix: Prefix) -> Result<Vec<Entry>, StoreError> {
        self.read(&BUCKETS, prefix, decode_bucket)
    }
}
