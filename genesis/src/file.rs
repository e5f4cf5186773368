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
    /// Reads a `genesis.json`, `-` from standard input, and verifies it. Reads at most one byte more than [`JSON_BYTES_MAX`].
    ///
    /// # Errors
    /// When the file cannot be read, or [`from_json`](Self::from_json) rejects its content.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let bytes = read_bounded(path).map_err(|source| FileError::System {
            path: path.to_owned(),
            source,
        })?;
        // The size is judged first: the bound may cut a character in two.
        Self::from_json(&String::from_utf8_lossy(&bytes)).map_err(|source| FileError::Content {
            path: path.to_owned(),
            source,
        })
    }
}

/// Reads a file of any length up to one byte more than the bound; `-` is standard input.
fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let source: Box<dyn io::Read> = if path == Path::new("-") {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(path)?)
    };
    let mut bytes = Vec::new();
    source
        .take(JSON_BYTES_MAX as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}
