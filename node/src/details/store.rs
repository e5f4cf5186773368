//! The issuer's own store of receipt details.
//!
//! ```text
//!   keep(prepared…)   one synced write, before anything is signed
//!      receipts     commitment                        → KeptReceipt
//!      businesses   business number ‖ 0 ‖ commitment  → ∅
//! ```
//!
//! Receipts are kept by their commitment and never replaced: whichever request a
//! block accepts in the end, the details it commits to are here. Which number the
//! ledger gave a receipt is the ledger's to say: its record names the commitment.
//!
//! It holds names and identity numbers in clear: the folder is for the node's
//! user alone (mode 0700) and belongs to no snapshot that leaves the issuer.

use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use piaolian_contracts::chain::Hash;
use piaolian_proto::v1::{KeptReceipt, kept_receipt::Request};
use prost::Message;
use rocksdb::{
    ColumnFamily, ColumnFamilyDescriptor, DB, DBCompressionType, Direction, IteratorMode, Options,
    WriteBatch, WriteOptions,
};

use super::{Details, Prepared, reversal::PreparedReversal};
use crate::{
    closing::{Closed, Closing},
    write_point,
};

const RECEIPTS: &str = "receipts";
const BUSINESSES: &str = "businesses";

/// The name of its one write among the write points.
const WRITE_POINT: &str = "details/save";

/// Read and write for the owner alone.
const FOLDER_MODE: u32 = 0o700;
const OTHERS: u32 = 0o077;

/// The database's own logs that are kept.
const LOG_FILES_MAX: usize = 4;

/// Requests that are read for one business number. A retry uses the same request
/// again, so that more than a few only come from a business corrected many times.
const REQUESTS_OF_A_BUSINESS_MAX: usize = 64;

/// Why the store cannot serve. All are this machine's trouble.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder cannot be made or looked at.
    #[error("details folder {}: {source}", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder is open to others than its owner.
    #[error("details folder {} has mode {mode:o}; it must be closed to others (0700)", .folder.display())]
    OpenToOthers {
        /// The folder.
        folder: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The database cannot be read or written.
    #[error("details store: {0}")]
    Database(#[from] rocksdb::Error),
    /// What was kept is no longer what was kept.
    #[error("details store holds a broken record for {0}")]
    Broken(Hash),
    /// The database lacks a column that opening it made.
    #[error("details store lacks its column {0}")]
    NoColumn(&'static str),
}

/// A receipt as it was kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Its details.
    pub details: Details,
    /// What was or will be signed.
    pub request: Request,
}

impl From<Prepared> for Kept {
    fn from(prepared: Prepared) -> Self {
        Self {
            details: prepared.details,
            request: Request::Issue(prepared.item),
        }
    }
}

impl From<PreparedReversal> for Kept {
    fn from(prepared: PreparedReversal) -> Self {
        Self {
            details: prepared.details,
            request: Request::Reverse(prepared.request),
        }
    }
}

/// The issuer's own store.
#[derive(Debug)]
pub struct DetailsStore {
    db: DB,
    closing: Closing,
}

impl DetailsStore {
    /// Opens the store in `folder`, making it when it is new.
    ///
    /// # Errors
    /// When the folder is open to others, or the database cannot be opened.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let trouble = |source| StoreError::Folder {
            folder: folder.to_owned(),
            source,
        };
        DirBuilder::new()
            .recursive(true)
            .mode(FOLDER_MODE)
            .create(folder)
            .map_err(trouble)?;
        if let Some(parent) = folder
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            // A new folder is only there after a power cut when its parent is synced.
            File::open(parent)
                .and_then(|parent| parent.sync_all())
                .map_err(trouble)?;
        }
        let mode = fs::metadata(folder).map_err(trouble)?.permissions().mode();
        if mode & OTHERS != 0 {
            return Err(StoreError::OpenToOthers {
                folder: folder.to_owned(),
                mode: mode & 0o777,
            });
        }
        let mut options = Options::default();
        options.create_if_missing(true);
        options.create_missing_column_families(true);
        options.set_paranoid_checks(true);
        options.set_keep_log_file_num(LOG_FILES_MAX);
        let columns = [RECEIPTS, BUSINESSES].map(|name| {
            let mut options = Options::default();
            options.set_compression_type(DBCompressionType::Lz4);
            ColumnFamilyDescriptor::new(name, options)
        });
        Ok(Self {
            db: DB::open_cf_descriptors(&options, folder, columns)?,
            closing: Closing::new(),
        })
    }

    /// What tells when the store is gone and its database closed.
    #[must_use]
    pub fn closed(&self) -> Closed {
        self.closing.closed()
    }

    /// Ends what the database does by itself: from here on its files stay as they are, and
    /// whoever holds the store, which is locked, may copy them. Nothing may be kept after.
    pub fn rest(&self) {
        self.db.cancel_all_background_work(true);
    }

    /// Keeps receipts, all or none, on disk before it returns.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn keep<'a>(&self, receipts: impl IntoIterator<Item = &'a Kept>) -> Result<(), StoreError> {
        let (by_commitment, by_business) = (self.column(RECEIPTS)?, self.column(BUSINESSES)?);
        let mut batch = WriteBatch::default();
        for Kept { details, request } in receipts {
            let commitment = details.commitment();
            let record = KeptReceipt {
                details: details.encoded().clone(),
                request: Some(request.clone()),
            };
            batch.put_cf(by_commitment, commitment, record.encode_to_vec());
            let business = business_key(details.business_number(), Some(&commitment));
            batch.put_cf(by_business, business, []);
        }
        self.write(batch)
    }

    /// The receipt that a commitment on chain stands for.
    ///
    /// # Errors
    /// When it cannot be read or is broken.
    pub fn by_commitment(&self, commitment: &Hash) -> Result<Option<Kept>, StoreError> {
        let Some(record) = self.db.get_cf(self.column(RECEIPTS)?, commitment)? else {
            return Ok(None);
        };
        let broken = || StoreError::Broken(*commitment);
        let record = KeptReceipt::decode(Bytes::from(record)).map_err(|_| broken())?;
        let details = Details::reopen(record.details).ok_or_else(broken)?;
        let request = record.request.ok_or_else(broken)?;
        if details.commitment() != *commitment {
            return Err(broken());
        }
        Ok(Some(Kept { details, request }))
    }

    /// Everything that was prepared for a business number, in no order.
    ///
    /// # Errors
    /// When it cannot be read or is broken.
    pub fn of_business(&self, business_number: &str) -> Result<Vec<Kept>, StoreError> {
        let prefix = business_key(business_number, None);
        let mut found = Vec::new();
        let from = IteratorMode::From(&prefix, Direction::Forward);
        let entries = self.db.iterator_cf(self.column(BUSINESSES)?, from);
        for entry in entries.take(REQUESTS_OF_A_BUSINESS_MAX) {
            let (key, _) = entry?;
            let Some(commitment) = key.strip_prefix(prefix.as_slice()) else {
                break;
            };
            found.push(self.by_stored_commitment(commitment)?);
        }
        Ok(found)
    }

    fn by_stored_commitment(&self, commitment: &[u8]) -> Result<Kept, StoreError> {
        let commitment = Hash::try_from(commitment).map_err(|_| StoreError::Broken(Hash::ZERO))?;
        // The index is written with the record.
        self.by_commitment(&commitment)?
            .ok_or(StoreError::Broken(commitment))
    }

    fn write(&self, batch: WriteBatch) -> Result<(), StoreError> {
        let mut synced = WriteOptions::default();
        synced.set_sync(true);
        write_point::pass(WRITE_POINT, false);
        self.db.write_opt(batch, &synced)?;
        write_point::pass(WRITE_POINT, true);
        Ok(())
    }

    fn column(&self, name: &'static str) -> Result<&ColumnFamily, StoreError> {
        self.db.cf_handle(name).ok_or(StoreError::NoColumn(name))
    }
}

/// A business number holds no zero byte, so none is the beginning of another's key.
fn business_key(business_number: &str, commitment: Option<&Hash>) -> Vec<u8> {
    let mut key = business_number.as_bytes().to_vec();
    key.push(0);
    if let Some(commitment) = commitment {
        key.extend_from_slice(commitment.as_bytes());
    }
    key
}
