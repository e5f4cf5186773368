//! The state tree's rows in their columns.

use piaolian_contracts::proof::Entry;
use rocksdb::DBRawIterator;

use super::{
    StoreError,
    codec::Key,
    columns::{LEAVES, PAGES},
    database::Database,
    tree::{LeafCursor, Prefix, Rows},
};

/// The rows of the tip's tree. Whoever reads them holds the lock on the present version.
pub(super) struct TreeRows<'a>(pub(super) &'a Database);

impl TreeRows<'_> {
    /// Every page, for rebuilding the top.
    pub(super) fn pages(
        database: &Database,
    ) -> impl Iterator<Item = Result<(Prefix, Vec<u8>), StoreError>> {
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
                return read
                    .err()
                    .map(|source| Err(unreadable(PAGES.name(), source)));
            };
            let prefix = Prefix::decode(key).ok_or_else(|| StoreError::corrupt(PAGES.name(), key));
            let page = prefix.map(|prefix| (prefix, row.to_vec()));
            cursor.next();
            Some(page)
        })
    }
}

impl Rows for TreeRows<'_> {
    type Cursor<'a>
        = Leaves<'a>
    where
        Self: 'a;

    fn cursor(&self) -> Leaves<'_> {
        Leaves(self.0.cursor(&LEAVES))
    }

    fn page(&self, prefix: Prefix) -> Result<Option<Vec<u8>>, StoreError> {
        let row = self.0.get_raw(&PAGES, &Key::encode(&prefix))?;
        Ok(row.map(|row| row.to_vec()))
    }
}

/// A cursor over the leaf column.
pub(super) struct Leaves<'a>(DBRawIterator<'a>);

impl LeafCursor for Leaves<'_> {
    fn read(
        &mut self,
        prefix: Prefix,
        keys: usize,
        entries: &mut Vec<Entry>,
    ) -> Result<(), StoreError> {
        self.0.seek(prefix.first());
        for _ in 0..keys {
            let Some((key, value)) = self.0.item() else {
                self.0
                    .status()
                    .map_err(|source| unreadable(LEAVES.name(), source))?;
                return Err(StoreError::corrupt(LEAVES.name(), prefix.first()));
            };
            let entry = key.try_into().ok().zip(value.try_into().ok());
            let entry = entry.filter(|(key_hash, _)| prefix.contains(key_hash));
            let (key_hash, value_hash) =
                entry.ok_or_else(|| StoreError::corrupt(LEAVES.name(), key))?;
            entries.push(Entry {
                key_hash,
                value_hash,
            });
            self.0.next();
        }
        Ok(())
    }
}

fn unreadable(column: &'static str, source: rocksdb::Error) -> StoreError {
    StoreError::Read { column, source }
}
