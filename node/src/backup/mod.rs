//! A stopped node's data, copied aside and brought back.
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
//! The manifest names the chain, the tip and every file with its bytes and SHA-256. A backup
//! is restored when it is exactly what its manifest says and its store stands at that tip;
//! otherwise nothing is. Both directions build in a folder `.unfinished` within the target
//! and move its content when all is on disk, so that a target is whole or as it was.
//!
//! The signer's mark is never copied: an old one would let the key sign twice (docs/adr/0006).

mod files;
mod manifest;
mod restore;
mod take;
#[cfg(test)]
mod tests;

use std::{io, path::PathBuf};

use piaolian_custody::{keys::KeyError, local_db::CabinetError};
use piaolian_genesis::JsonError;
use piaolian_ledger::StoreError;

use crate::config::ConfigError;

pub use manifest::{FileRow, Manifest};
pub use restore::restore;
pub use take::take;

/// The names within a backup.
const MANIFEST: &str = "manifest.json";
const CONFIG: &str = "piaolian.toml";
const GENESIS: &str = "genesis.json";
const STORE: &str = "store";
const DETAILS: &str = "details";
const KEYS: &str = "keys";
/// The folder of both stores and the access logs, within a node's.
const DATA: &str = "data";

/// Why a backup was not made, or not restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The node runs.
    #[error("{} is in use by another process: stop the node first", .0.display())]
    Running(PathBuf),
    /// Nothing to copy.
    #[error("there is no store in {}", .0.display())]
    NoStore(PathBuf),
    /// What is there is not written over.
    #[error("{} is there already and not an empty folder", .0.display())]
    NotEmpty(PathBuf),
    /// The backup is not what it was.
    #[error("the backup is damaged: {file}: {problem}")]
    Damaged {
        /// Which file, by its name within the backup.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// It is a backup of something else.
    #[error("the backup does not fit: {0}")]
    Foreign(String),
    /// The node's configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The founding document cannot be used.
    #[error("{}: {source}", .path.display())]
    Genesis {
        /// The file.
        path: PathBuf,
        /// Why.
        source: JsonError,
    },
    /// The keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The node's store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The node's details cannot be opened.
    #[error(transparent)]
    Details(#[from] CabinetError),
    /// The system refuses.
    #[error("{}: {source}", .path.display())]
    System {
        /// The file or folder.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

impl BackupError {
    /// Whether this is trouble of the machine, and not of what was asked for.
    #[must_use]
    pub const fn is_trouble(&self) -> bool {
        match self {
            Self::Store(_) | Self::Details(_) | Self::System { .. } => true,
            Self::Running(_)
            | Self::NoStore(_)
            | Self::NotEmpty(_)
            | Self::Damaged { .. }
            | Self::Foreign(_)
            | Self::Config(_)
            | Self::Genesis { .. }
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
