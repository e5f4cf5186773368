//! Why keys cannot be used.

use std::{io, path::PathBuf};

use piaolian_base::private_files::OpenToOthers;
use piaolian_contracts::{malformed::Malformed, organisations::KeyPurpose};

/// Why a key file or folder is refused.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The system refused an operation.
    #[error("{}: {source}", .path.display())]
    System {
        /// File or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others than the owner may use the file or folder.
    #[error(transparent)]
    OpenToOthers(#[from] OpenToOthers),
    /// A key file is never overwritten.
    #[error("{} exists already and is not overwritten", .0.display())]
    Exists(PathBuf),
    /// Not a plain file of at most 4 KiB.
    #[error("{} is no key file: not a plain file of at most 4 KiB", .0.display())]
    NotAFile(PathBuf),
    /// The content is not of the form of a key file. It is not repeated here.
    #[error("{} is no key file: {problem}", .path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong, without the content.
        problem: String,
    },
    /// A field breaks its form.
    #[error("{}: {problem}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The field and what is wrong with it.
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
    /// The public key is not that of the secret.
    #[error("{}: the public key is not that of the secret", .0.display())]
    Mismatch(PathBuf),
    /// An admin key lies where the node reads.
    #[error("{}: an admin key belongs offline, not among a node's keys", .0.display())]
    AdminAmongNodeKeys(PathBuf),
    /// A key that is needed is not there.
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
    /// The same purpose was asked for twice, or admin keys for a node.
    #[error("keys of one organisation have different purposes, the admin key not among them")]
    Purposes,
    /// The system gave no randomness.
    #[error("no randomness for a new key: {0}")]
    Randomness(String),
}
