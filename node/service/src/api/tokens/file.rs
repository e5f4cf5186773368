//! The file of a node's tokens: names, roles and hashes, replaced whole at each change.

use std::{
    fs,
    path::{Path, PathBuf},
};

use piaolian_base::private_files::{self, OpenToOthers};
use serde::{Deserialize, Serialize};

use super::{Caller, Known, TOKENS_MAX, Token, TokenRole};

/// The file as it is written.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub(super) token: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) role: TokenRole,
    pub(super) sha256: String,
}

/// Reasons why a file of tokens cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokensError {
    /// The file cannot be read or written.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// Others than the owner may read or write it.
    #[error(transparent)]
    OpenToOthers(#[from] OpenToOthers),
    /// It is no file of tokens.
    #[error("{}: {problem}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The problem.
        problem: String,
    },
}

impl TokensError {
    pub(super) fn malformed(path: &Path, problem: String) -> Self {
        Self::Malformed {
            path: path.to_owned(),
            problem,
        }
    }
}

/// Makes a token, adds its hash to the file and returns it. Creates the file if there is none.
///
/// # Errors
/// When the name is taken or malformed, or the file cannot be read or written.
pub fn add(path: &Path, name: &str, role: TokenRole) -> Result<Token, TokensError> {
    let mut file = if path.exists() {
        read(path)?
    } else {
        File::default()
    };
    if file.token.iter().any(|entry| entry.name == name) {
        let problem = format!("already has a token named {name}");
        return Err(TokensError::malformed(path, problem));
    }
    if file.token.len() >= TOKENS_MAX {
        let problem = format!("already has {TOKENS_MAX} tokens");
        return Err(TokensError::malformed(path, problem));
    }
    let token = Token::random();
    let entry = Entry {
        name: name.to_owned(),
        role,
        sha256: hex::encode(Token::hash(token.reveal())),
    };
    Known::of(&entry).map_err(|problem| TokensError::malformed(path, problem))?;
    file.token.push(entry);
    write(path, &file)?;
    Ok(token)
}

/// Returns the owners of a file's tokens, in the order in which they were made.
///
/// # Errors
/// When the file cannot be read, or is no file of tokens.
pub fn list(path: &Path) -> Result<Vec<Caller>, TokensError> {
    let known = read(path)?.token.iter().map(Known::of).collect();
    let known: Result<Vec<Known>, _> = known;
    let known = known.map_err(|problem| TokensError::malformed(path, problem))?;
    Ok(known.into_iter().map(|known| known.caller).collect())
}

/// Removes a token from a file. A running node accepts it until its next start.
///
/// # Errors
/// When there is none of that name, or the file cannot be read or written.
pub fn remove(path: &Path, name: &str) -> Result<(), TokensError> {
    let mut file = read(path)?;
    let before = file.token.len();
    file.token.retain(|entry| entry.name != name);
    if file.token.len() == before {
        let problem = format!("has no token named {name}");
        return Err(TokensError::malformed(path, problem));
    }
    write(path, &file)
}

pub(super) fn read(path: &Path) -> Result<File, TokensError> {
    let trouble = |source| TokensError::Io {
        path: path.to_owned(),
        source,
    };
    let metadata = fs::metadata(path).map_err(trouble)?;
    private_files::require_private(path, &metadata)?;
    let text = fs::read_to_string(path).map_err(trouble)?;
    toml::from_str(&text).map_err(|error| TokensError::malformed(path, error.to_string()))
}

/// Replaces the file whole, so that a node that starts meanwhile reads the old or the new one.
fn write(path: &Path, file: &File) -> Result<(), TokensError> {
    let text =
        toml::to_string(file).map_err(|error| TokensError::malformed(path, error.to_string()))?;
    private_files::replace(path, text.as_bytes()).map_err(|source| TokensError::Io {
        path: path.to_owned(),
        source,
    })
}
