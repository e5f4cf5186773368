//! Backup and restoration of a stopped node's files.
//!
//! ```text
//!   node folder                    backup                       restored
//!     piaolian.toml ─────────────► piaolian.toml ─────────────► piaolian.toml  (last)
//!     genesis.json ──────────────► genesis.json ──────────────► genesis.json
//!     data/store ───its lock held─► store/ ──opened, compared─► data/store
//!     data/details ──────────────► details/ ──────────────────► data/details
//!     data/access*.log ──────────► access*.log ───────────────► data/access*.log
//!     keys/*.toml ──if asked for──► keys/ ────────────────────► keys/
//!                                  manifest.json (last)
//!     keys/signer.mark, data/*.wal, tokens, admin/ ─► never
//! ```
//!
//! The manifest names the chain, the tip and every file with its bytes and SHA-256. A backup is restored only if its
//! files match the manifest exactly and its store is at the tip that the manifest names. Both backup and restore build
//! in a folder `.unfinished` within the target, and move its content when all of it is on disk. A target is therefore
//! either complete or unchanged.
//!
//! The last signed state (`signer.mark`) is never copied: an old one would let the key sign twice (docs/adr/0006).

mod files;
mod manifest;
mod restore;
mod take;
#[cfg(test)]
mod tests;

use std::{io, path::PathBuf};

use piaolian_custody::{keys::KeyError, local_db::LocalDbError};
use piaolian_genesis::FileError;
use piaolian_ledger::StoreError;

use crate::config::ConfigError;

pub use manifest::{FileRow, Manifest};
pub use restore::restore;
pub use take::take;

/// Names within a backup.
const MANIFEST: &str = "manifest.json";
const CONFIG: &str = "piaolian.toml";
const GENESIS: &str = "genesis.json";
const KEYS: &str = "keys";
/// The data folder, within a node's folder. The backup takes its databases `store` and `details` and the access logs.
const DATA: &str = "data";

/// Reasons why a backup was not made or not restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The node runs.
    #[error("{} is in use by another process: stop the node first", .0.display())]
    Running(PathBuf),
    /// There is no store to copy.
    #[error("there is no store in {}", .0.display())]
    NoStore(PathBuf),
    /// The target has files, which are never overwritten.
    #[error("{} is there already and not an empty folder", .0.display())]
    NotEmpty(PathBuf),
    /// The backup has changed since it was made.
    #[error("the backup is damaged: {file}: {problem}")]
    Damaged {
        /// The file's name within the backup.
        file: String,
        /// The problem.
        problem: String,
    },
    /// It is a backup of another node or program.
    #[error("the backup does not fit: {0}")]
    Foreign(String),
    /// The node's configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The founding document cannot be used.
    #[error(transparent)]
    Genesis(#[from] FileError),
    /// The keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The node's store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The node's details cannot be opened.
    #[error(transparent)]
    Details(#[from] LocalDbError),
    /// The system refused.
    #[error("{}: {source}", .path.display())]
    System {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

impl BackupError {
    /// Returns whether the machine is at fault, and not the request.
    pub const fn is_trouble(&self) -> bool {
        match self {
            Self::Store(_)
            | Self::Details(_)
            | Self::System { .. }
            | Self::Genesis(FileError::System { .. }) => true,
            Self::Running(_)
            | Self::NoStore(_)
            | Self::NotEmpty(_)
            | Self::Damaged { .. }
            | Self::Foreign(_)
            | Self::Config(_)
            | Self::Genesis(FileError::Content { .. })
            | Self::Keys(_) => false,
        }
    }

    fn damaged(file: &str, problem: impl ToString) -> Self {
        Self::Damaged {
            file: file.to_owned(),
            problem: problem.to_string(),
        }
    }
}
