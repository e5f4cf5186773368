//! A typed layer over `RocksDB`: columns with key and value types, and batches that are always synced.
//!
//! ```text
//!   Column<K, V> get / scan ──────────────┐
//!   Batch        put / delete … commit ───┤──► columns of one RocksDB, one log, one lock
//! ```

use std::{
    marker::PhantomData,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use piaolian_base::{
    shutdown::{ClosedSignal, OpenGuard},
    write_point,
};
use rocksdb::{
    ColumnFamily, DB, DBPinnableSlice, DBRawIterator, ErrorKind, ReadOptions, Snapshot, WriteBatch,
    WriteOptions,
};

use super::{
    StoreError,
    codec::{Key, Value},
    options,
};

/// Kind of a column's content, which decides its `RocksDB` settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Small rows read by key.
    Rows,
    /// Small rows that are mostly hashes, which do not compress.
    Hashes,
    /// Rows of hashes that are read only when they are known to exist.
    Tree,
    /// Long values, written once and excluded from compaction.
    Blobs,
}

/// A column and the types of its keys and values.
pub(crate) struct Column<K, V> {
    name: &'static str,
    types: PhantomData<fn() -> (K, V)>,
}

impl<K, V> Column<K, V> {
    /// Declares the column of this name.
    pub(crate) const fn new(name: &'static str) -> Self {
        Self {
            name,
            types: PhantomData,
        }
    }

    /// The column's name.
    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }
}

/// One `RocksDB` with its columns open.
pub(crate) struct Database {
    rocks: DB,
    path: PathBuf,
    synced_writes: AtomicU64,
    open_guard: OpenGuard,
}

impl Database {
    /// Opens the database at `path`. Only one process at a time can.
    pub(crate) fn open(path: &Path, columns: &[(&str, Shape)]) -> Result<Self, StoreError> {
        let cache = options::cache();
        let columns = columns
            .iter()
            .map(|(name, shape)| (*name, options::column(*shape, &cache)));
        let rocks =
            DB::open_cf_with_opts(&options::database(), path, columns).map_err(|source| {
                // RocksDB has no separate error kind for a lock held by another process.
                if source.kind() == ErrorKind::IOError && source.as_ref().contains("lock ") {
                    StoreError::InUse(path.to_owned())
                } else {
                    StoreError::Open {
                        path: path.to_owned(),
                        source,
                    }
                }
            })?;
        Ok(Self {
            rocks,
            path: path.to_owned(),
            synced_writes: AtomicU64::new(0),
            open_guard: OpenGuard::default(),
        })
    }

    /// Returns the database's folder.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the signal of the database's closing.
    pub(crate) fn closed(&self) -> ClosedSignal {
        self.open_guard.closed()
    }

    /// Stops flushes and compactions, and waits for those in progress.
    pub(crate) fn stop_background_work(&self) {
        self.rocks.cancel_all_background_work(true);
    }

    /// Returns the number of synced writes since it was opened.
    pub(crate) fn synced_writes(&self) -> u64 {
        self.synced_writes.load(Ordering::Relaxed)
    }

    /// Returns the handle of a column.
    pub(crate) fn handle<K, V>(&self, column: &Column<K, V>) -> &ColumnFamily {
        self.rocks
            .cf_handle(column.name)
            .expect("every declared column is opened")
    }

    /// Takes a snapshot of all columns.
    pub(crate) fn snapshot(&self) -> Snapshot<'_> {
        self.rocks.snapshot()
    }

    /// Reads the value at `key`.
    pub(crate) fn get<K: Key, V: Value>(
        &self,
        column: &Column<K, V>,
        key: &K,
    ) -> Result<Option<V>, StoreError> {
        let key = key.encode();
        let bytes = self.get_raw(column, &key)?;
        bytes
            .map(|bytes| decode(column.name, &key, &bytes))
            .transpose()
    }

    /// Reads the bytes at `key` without copying them.
    pub(crate) fn get_raw<K, V>(
        &self,
        column: &Column<K, V>,
        key: &[u8],
    ) -> Result<Option<DBPinnableSlice<'_>>, StoreError> {
        let read = self.rocks.get_pinned_cf(self.handle(column), key);
        read.map_err(|source| StoreError::Read {
            column: column.name,
            source,
        })
    }

    /// Reads the bytes at `key` in a snapshot of this database, without copying them.
    pub(crate) fn get_in<'s, K, V>(
        &self,
        snapshot: &'s Snapshot<'_>,
        column: &Column<K, V>,
        key: &[u8],
    ) -> Result<Option<DBPinnableSlice<'s>>, StoreError> {
        let read = snapshot.get_pinned_cf(self.handle(column), key);
        read.map_err(|source| StoreError::Read {
            column: column.name,
            source,
        })
    }

    /// Whether there is a value at `key`.
    pub(crate) fn has<K, V>(&self, column: &Column<K, V>, key: &[u8]) -> Result<bool, StoreError> {
        Ok(self.get_raw(column, key)?.is_some())
    }

    /// Creates a cursor over a column's raw rows.
    pub(crate) fn cursor<K, V>(&self, column: &Column<K, V>) -> DBRawIterator<'_> {
        self.rocks
            .raw_iterator_cf_opt(self.handle(column), ReadOptions::default())
    }

    /// Reads the rows whose keys begin with `prefix` and follow `after`, ascending, at most `limit`.
    pub(crate) fn scan<K: Key, V: Value>(
        &self,
        column: &Column<K, V>,
        prefix: &[u8],
        after: Option<&K>,
        limit: usize,
    ) -> Result<Vec<(K, V)>, StoreError> {
        let mut cursor = self.cursor(column);
        let after = after.map(Key::encode);
        cursor.seek(after.as_deref().unwrap_or(prefix));
        let mut rows = Vec::new();
        while let Some((key, value)) = cursor.item() {
            if !key.starts_with(prefix) || rows.len() == limit {
                break;
            }
            if after.as_deref() != Some(key) {
                let parsed = K::decode(key).ok_or_else(|| StoreError::corrupt(column.name, key))?;
                rows.push((parsed, decode(column.name, key, value)?));
            }
            cursor.next();
        }
        cursor.status().map_err(|source| StoreError::Read {
            column: column.name,
            source,
        })?;
        Ok(rows)
    }

    /// Begins a batch.
    pub(crate) fn batch(&self) -> Batch<'_> {
        Batch {
            database: self,
            writes: WriteBatch::default(),
        }
    }
}

/// Decodes a value. On an error, names the damaged row.
pub(crate) fn decode<V: Value>(
    column: &'static str,
    key: &[u8],
    bytes: &[u8],
) -> Result<V, StoreError> {
    V::decode(bytes).ok_or_else(|| StoreError::corrupt(column, key))
}

/// Writes that become visible and durable together, or not at all.
pub(crate) struct Batch<'a> {
    database: &'a Database,
    writes: WriteBatch,
}

impl Batch<'_> {
    pub(crate) fn put<K: Key, V: Value>(&mut self, column: &Column<K, V>, key: &K, value: &V) {
        self.put_raw(column, &key.encode(), &value.encode());
    }

    pub(crate) fn put_raw<K, V>(&mut self, column: &Column<K, V>, key: &[u8], value: &[u8]) {
        self.writes.put_cf(self.database.handle(column), key, value);
    }

    /// Puts a value, or deletes the key when there is none.
    pub(crate) fn set_raw<K, V>(
        &mut self,
        column: &Column<K, V>,
        key: &[u8],
        value: Option<&[u8]>,
    ) {
        match value {
            Some(value) => self.put_raw(column, key, value),
            None => self.delete_raw(column, key),
        }
    }

    pub(crate) fn delete<K: Key, V>(&mut self, column: &Column<K, V>, key: &K) {
        self.delete_raw(column, &key.encode());
    }

    pub(crate) fn delete_raw<K, V>(&mut self, column: &Column<K, V>, key: &[u8]) {
        self.writes.delete_cf(self.database.handle(column), key);
    }

    /// Writes the batch and waits until it is on disk. `point` is the name of the write in trace events and errors.
    pub(crate) fn commit(self, point: &'static str) -> Result<(), StoreError> {
        let mut options = WriteOptions::default();
        options.set_sync(true);
        write_point::pass(point, false);
        let written = self.database.rocks.write_opt(self.writes, &options);
        written.map_err(|source| StoreError::Write { point, source })?;
        write_point::pass(point, true);
        self.database.synced_writes.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}
