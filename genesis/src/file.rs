//! The founding document as a file: `genesis.json`.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use crate::{
    genesis::Genesis,
    json::{JSON_BYTES_MAX, JsonError},
};

/// Reasons why a file gives no founding document.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file cannot be read.
    #[error("{}: {source}", .path.display())]
    System {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Its content is not a founding document.
    #[error("{}: {source}", .path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// The problem.
        source: JsonError,
    },
}

impl Genesis {
    /// Reads a `genesis.json` and verifies it. Reads at most one byte more than [`JSON_BYTES_MAX`].
    ///
    /// # Errors
    /// When the file cannot be read, or [`from_json`](Self::from_json) rejects its content.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let text = read_bounded(path).map_err(|source| FileError::System {
            path: path.to_owned(),
            source,
        })?;
        Self::from_json(&text).map_err(|source| FileError::Content {
            path: path.to_owned(),
            source,
        })
    }
}

/// Reads a text of any length up to one byte more than the bound.
fn read_bounded(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let bytes_max = JSON_BYTES_MAX as u64 + 1;
    File::open(path)?
        .take(bytes_max)
        .read_to_string(&mut text)?;
    Ok(text)
}
