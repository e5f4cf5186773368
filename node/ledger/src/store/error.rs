//! What can go wrong with the store. Every one of these is a fault of this
//! machine or of this program, never a verdict on a block or a transaction.

use std::path::PathBuf;

use piaolian_contracts::{
    chain::{ChainId, Hash, Height},
    state::Fault,
};

/// A fault of the store. The node stops on it and says so.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has it open.
    #[error("the store at {0} is in use by another process")]
    InUse(PathBuf),
    /// The database cannot be opened.
    #[error("the store at {path} cannot be opened: {source}")]
    Open {
        /// Where it lies.
        path: PathBuf,
        /// What `RocksDB` says.
        source: rocksdb::Error,
    },
    /// There is no founded chain in it.
    #[error("the store at {0} holds no chain yet: found it first")]
    NotFounded(PathBuf),
    /// A chain was founded in it before.
    #[error("the store at {path} already holds chain {chain_id}")]
    AlreadyFounded {
        /// Where it lies.
        path: PathBuf,
        /// The chain that it holds.
        chain_id: ChainId,
    },
    /// It was written by another version of this program.
    #[error("the store has format {found}, this program reads format {expected}: sync a new one")]
    OtherFormat {
        /// Of the store.
        found: u32,
        /// Of this program.
        expected: u32,
    },
    /// It belongs to another chain.
    #[error(
        "the store holds chain {found} with genesis {found_genesis}, \
         not {expected} with genesis {expected_genesis}"
    )]
    OtherChain {
        /// The chain in the store.
        found: ChainId,
        /// Its genesis document's hash.
        found_genesis: Hash,
        /// The chain that this node is configured for.
        expected: ChainId,
        /// The hash of the genesis document that it is configured with.
        expected_genesis: Hash,
    },
    /// The disk or the database failed while reading.
    #[error("column {column} cannot be read: {source}")]
    Read {
        /// The column.
        column: &'static str,
        /// What `RocksDB` says.
        source: rocksdb::Error,
    },
    /// The disk or the database failed while writing; nothing of the batch is there.
    #[error("{what} cannot be written: {source}")]
    Write {
        /// What was to be written.
        what: &'static str,
        /// What `RocksDB` says.
        source: rocksdb::Error,
    },
    /// Stored bytes are not what was written.
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
        /// Folded up from the pages.
        found: Hash,
        /// The tip's.
        expected: Hash,
    },
    /// One block changes a key twice.
    #[error("two changes of key {0} in one block")]
    DuplicateChange(String),
    /// The state moved on since the update was prepared.
    #[error("the state update was prepared over another state than the tip's")]
    StaleUpdate,
    /// What is to be committed does not continue the chain.
    #[error(
        "block {block} of height {height} cannot follow the tip at height {tip}: its {field} does not fit"
    )]
    DoesNotFollow {
        /// The block to commit.
        block: Hash,
        /// Its height.
        height: Height,
        /// Where the store stands.
        tip: Height,
        /// The first part that does not fit.
        field: &'static str,
    },
    /// A block is to be committed whose body was never saved.
    #[error("the body of block {block} of height {height} is not in the store")]
    NoBody {
        /// The block.
        block: Hash,
        /// Its height.
        height: Height,
    },
}

impl StoreError {
    /// Damage in `column` at `key`.
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
