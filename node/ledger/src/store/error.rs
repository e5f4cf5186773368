//! Errors of the store. Every one is a fault of this machine or program, and says nothing about the validity of a block
//! or transaction.

use std::path::PathBuf;

use piaolian_contracts::{
    chain::{ChainId, Hash, Height},
    state::Fault,
};

/// A fault of the store. The node reports it and stops.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has it open.
    #[error("the store at {0} is in use by another process")]
    InUse(PathBuf),
    /// The database cannot be opened.
    #[error("the store at {path} cannot be opened: {source}")]
    Open {
        /// The store's folder.
        path: PathBuf,
        /// The error of `RocksDB`.
        source: rocksdb::Error,
    },
    /// It has no chain.
    #[error("the store at {0} has no chain yet")]
    NoChain(PathBuf),
    /// It already has a chain.
    #[error("the store at {path} already has chain {chain_id}")]
    ChainExists {
        /// The store's folder.
        path: PathBuf,
        /// The chain in it.
        chain_id: ChainId,
    },
    /// Another version of this program wrote it.
    #[error("the store has format {found}, this program reads format {expected}; sync a new store")]
    OtherFormat {
        /// The store's format.
        found: u32,
        /// This program's format.
        expected: u32,
    },
    /// It belongs to another chain.
    #[error(
        "the store has chain {found} with genesis {found_genesis}, \
         not {expected} with genesis {expected_genesis}"
    )]
    OtherChain {
        /// The chain in the store.
        found: ChainId,
        /// Its founding document's hash.
        found_genesis: Hash,
        /// The configured chain.
        expected: ChainId,
        /// The configured founding document's hash.
        expected_genesis: Hash,
    },
    /// The disk or the database failed while reading.
    #[error("column {column} cannot be read: {source}")]
    Read {
        /// The column.
        column: &'static str,
        /// The error of `RocksDB`.
        source: rocksdb::Error,
    },
    /// The disk or the database failed while writing. Nothing of the batch is stored.
    #[error("write {point} failed: {source}")]
    Write {
        /// Name of the write point.
        point: &'static str,
        /// The error of `RocksDB`.
        source: rocksdb::Error,
    },
    /// Stored bytes are damaged.
    #[error("column {column} is damaged at key {key}")]
    Corrupt {
        /// The column.
        column: &'static str,
        /// The key, in hexadecimal.
        key: String,
    },
    /// The tree on disk does not belong to the tip.
    #[error("the state tree has root {found}, the tip at height {height} has {expected}")]
    WrongRoot {
        /// The tip's height.
        height: Height,
        /// The root computed from the pages.
        found: Hash,
        /// The tip's root.
        expected: Hash,
    },
    /// One block changes a key twice.
    #[error("two changes of key {0} in one block")]
    DuplicateChange(String),
    /// Another block was committed since the update was prepared.
    #[error("the state update was not prepared on the tip's state")]
    StaleUpdate,
    /// The block to commit does not follow the tip.
    #[error(
        "block {block} of height {height} cannot follow the tip at height {tip}: its {field} does not fit"
    )]
    DoesNotFollow {
        /// The block to commit.
        block: Hash,
        /// Its height.
        height: Height,
        /// The tip's height.
        tip: Height,
        /// The first field that does not fit.
        field: &'static str,
    },
    /// The body of the block to commit was never saved.
    #[error("the body of block {block} of height {height} is not in the store")]
    NoBody {
        /// The block.
        block: Hash,
        /// Its height.
        height: Height,
    },
}

impl StoreError {
    /// Creates the error for damage in `column` at `key`.
    pub(crate) fn corrupt(column: &'static str, key: &[u8]) -> Self {
        Self::Corrupt {
            column,
            key: hex::encode(key),
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self(Box::new(error))
    }
}
