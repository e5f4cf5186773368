//! Errors of key files.

use std::{io, path::PathBuf};

use piaolian_base::private_files::OpenToOthers;
use piaolian_contracts::{malformed::Malformed, organisations::KeyPurpose};

/// Reasons why a key file or folder is rejected.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The system refused an operation.
    #[error("{}: {source}", .path.display())]
    System {
        /// The file or folder.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// Others than the owner may use the file or folder.
    #[error(transparent)]
    OpenToOthers(#[from] OpenToOthers),
    /// A key file is never overwritten.
    #[error("{} exists already and is not overwritten", .0.display())]
    Exists(PathBuf),
    /// The path is not a plain file of at most 4 KiB.
    #[error("{} is not a key file: it must be a plain file of at most 4 KiB", .0.display())]
    NotAFile(PathBuf),
    /// The content has not the form of a key file. The error does not repeat it.
    #[error("{} is not a key file: {problem}", .path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// The problem, without the content.
        problem: String,
    },
    /// A field is malformed.
    #[error("{}: {problem}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The field and its problem.
        problem: Malformed,
    },
    /// The file holds a key for another purpose than its name says.
    #[error("{} holds a key for the purpose `{found}`", .path.display())]
    OtherPurpose {
        /// The file.
        path: PathBuf,
        /// The purpose of the key inside.
        found: KeyPurpose,
    },
    /// The public key does not belong to the secret.
    #[error("{}: the public key does not belong to the secret", .0.display())]
    Mismatch(PathBuf),
    /// An admin key lies among the node's keys.
    #[error("{}: an admin key belongs offline, not among a node's keys", .0.display())]
    AdminAmongNodeKeys(PathBuf),
    /// A required key is missing.
    #[error("there is no {purpose} key in {}", .folder.display())]
    Missing {
        /// The folder.
        folder: PathBuf,
        /// The purpose.
        purpose: KeyPurpose,
    },
    /// More earlier encryption keys than a node reads.
    #[error("{} holds more than 64 earlier encryption keys; destroy the oldest", .0.display())]
    TooManyEncryptionKeys(PathBuf),
    /// The purposes contain one twice, or the admin key.
    #[error("each purpose may be named once, and the admin key not at all")]
    Purposes,
    /// The system provides no randomness.
    #[error("the system provides no randomness for a new key: {0}")]
    Randomness(String),
}
