//! Small database in a private folder, beside the chain's store.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use piaolian_base::{
    private_files::{self, OpenToOthers},
    shutdown::{ClosedSignal, OpenGuard},
    write_point,
};
use rocksdb::{
    ColumnFamily, ColumnFamilyDescriptor, DB, DBCompressionType, Direction, IteratorMode, Options,
    WriteBatch, WriteOptions,
};

/// Most log files of the database.
const LOG_FILES_MAX: usize = 4;

/// Longest log file, in bytes.
const LOG_FILE_BYTES_MAX: usize = 4 << 20;

/// Bytes that all columns may hold in memory before they are flushed.
const WRITE_BUFFERS_BYTES: usize = 32 << 20;

/// Most table files that are held open.
const OPEN_FILES_MAX: i32 = 256;

/// Shortest value that is stored in a blob file, where compaction does not copy it, in bytes.
const BLOB_BYTES_MIN: u64 = 4 << 10;

/// Reasons why a database cannot serve. All are faults of this machine.
#[derive(Debug, thiserror::Error)]
pub enum LocalDbError {
    /// The folder cannot be made or inspected.
    #[error("folder {}: {source}", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// Others than the owner may use the folder.
    #[error(transparent)]
    OpenToOthers(#[from] OpenToOthers),
    /// The database cannot be read or written.
    #[error("{0}")]
    Database(#[from] rocksdb::Error),
    /// The database lacks a column that it was opened with.
    #[error("there is no column {0}")]
    NoColumn(&'static str),
}

/// A change of one row.
#[derive(Debug)]
pub enum Change {
    /// Puts a value.
    Put(&'static str, Vec<u8>, Vec<u8>),
    /// Removes a value, if there is one.
    Delete(&'static str, Vec<u8>),
}

/// Durability of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// On disk before the write returns. Names the write point.
    Synced(&'static str),
    /// In order; a crash loses it together with all later writes.
    Buffered,
}

/// A row: key and value.
pub type Row = (Box<[u8]>, Box<[u8]>);

/// A database with named columns of ordered rows.
#[derive(Debug)]
pub struct LocalDb {
    db: DB,
    open_guard: OpenGuard,
}

impl LocalDb {
    /// Opens the database in `folder` and creates both when they are new.
    ///
    /// # Errors
    /// When the folder is open to others, or the database cannot be opened.
    pub fn open(folder: &Path, columns: &[&'static str]) -> Result<Self, LocalDbError> {
        make_private_folder(folder)?;
        let mut options = Options::default();
        options.create_if_missing(true);
        options.create_missing_column_families(true);
        options.set_paranoid_checks(true);
        options.set_keep_log_file_num(LOG_FILES_MAX);
        options.set_max_log_file_size(LOG_FILE_BYTES_MAX);
        options.set_db_write_buffer_size(WRITE_BUFFERS_BYTES);
        options.set_max_open_files(OPEN_FILES_MAX);
        let columns = columns.iter().map(|name| {
            let mut options = Options::default();
            options.set_compression_type(DBCompressionType::Lz4);
            options.set_enable_blob_files(true);
            options.set_min_blob_size(BLOB_BYTES_MIN);
            options.set_enable_blob_gc(true);
            ColumnFamilyDescriptor::new(*name, options)
        });
        Ok(Self {
            db: DB::open_cf_descriptors(&options, folder, columns)?,
            open_guard: OpenGuard::default(),
        })
    }

    /// Returns the signal that the database is closed.
    pub fn closed(&self) -> ClosedSignal {
        self.open_guard.closed()
    }

    /// Stops background work, so that the files no longer change and can be copied while the lock is held. Nothing may
    /// be written after it.
    pub fn stop_background_work(&self) {
        self.db.cancel_all_background_work(true);
    }

    /// Rewrites a column, so that the disk no longer holds deleted rows.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn compact(&self, column: &'static str) -> Result<(), LocalDbError> {
        self.db.flush_cf(self.column(column)?)?;
        let unbounded = None::<&[u8]>;
        self.db
            .compact_range_cf(self.column(column)?, unbounded, unbounded);
        Ok(())
    }

    /// Returns the value of a key.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn get(
        &self,
        column: &'static str,
        key: impl AsRef<[u8]>,
    ) -> Result<Option<Vec<u8>>, LocalDbError> {
        Ok(self.db.get_cf(self.column(column)?, key)?)
    }

    /// Tells whether a key has a value.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn has(&self, column: &'static str, key: impl AsRef<[u8]>) -> Result<bool, LocalDbError> {
        Ok(self.db.get_pinned_cf(self.column(column)?, key)?.is_some())
    }

    /// Returns rows in the order of their keys, from `from` on, at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn rows(
        &self,
        column: &'static str,
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<Row>, LocalDbError> {
        let from = IteratorMode::From(from, Direction::Forward);
        let rows = self.db.iterator_cf(self.column(column)?, from);
        Ok(rows.take(limit).collect::<Result<_, _>>()?)
    }

    /// Writes changes, all or none.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn write(
        &self,
        changes: impl IntoIterator<Item = Change>,
        durability: Durability,
    ) -> Result<(), LocalDbError> {
        let mut batch = WriteBatch::default();
        for change in changes {
            match change {
                Change::Put(column, key, value) => batch.put_cf(self.column(column)?, key, value),
                Change::Delete(column, key) => batch.delete_cf(self.column(column)?, key),
            }
        }
        let mut options = WriteOptions::default();
        match durability {
            Durability::Buffered => self.db.write_opt(batch, &options)?,
            Durability::Synced(point) => {
                options.set_sync(true);
                write_point::pass(point, false);
                self.db.write_opt(batch, &options)?;
                write_point::pass(point, true);
            }
        }
        Ok(())
    }

    fn column(&self, name: &'static str) -> Result<&ColumnFamily, LocalDbError> {
        self.db.cf_handle(name).ok_or(LocalDbError::NoColumn(name))
    }
}

/// Makes a private folder, or rejects one that others may use.
fn make_private_folder(folder: &Path) -> Result<(), LocalDbError> {
    let failed = |source| LocalDbError::Folder {
        folder: folder.to_owned(),
        source,
    };
    private_files::make_folder(folder).map_err(failed)?;
    private_files::sync_parent(folder).map_err(failed)?;
    let metadata = fs::metadata(folder).map_err(failed)?;
    Ok(private_files::require_private(folder, &metadata)?)
}
