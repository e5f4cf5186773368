//! Tamper-evident local log of the receipt details that were shown, and to whom.
//!
//! ```text
//!   details to be shown ──► record ──► one more line, on disk ──► answer to the client
//!
//!   line    hash ' ' json '\n'
//!   hash    SHA-256("piaolian/access-log/v1" ‖ hash of the line before ‖ json), 64 digits;
//!           32 zero bytes before the first line
//!   header  the json of the first line: chain, organisation, log
//!   entry   the json of the others: number, time_ms, receipt, details_commitment, client, operator, ground …
//!   head    number of entries, hash of the last line ──► anchored on the ledger
//! ```
//!
//! The chain of hashes reveals changed, removed, inserted and moved lines, and lines of another organisation. It cannot
//! reveal that the last lines were cut off, or that the whole log was written anew: the owner of the machine can do
//! both. A head on the ledger reveals it.
//!
//! A lost or broken log is never continued. The operator configures the next number, the node begins a new file, and
//! the ledger shows that a new log began.
//!
//! A crash may leave an incomplete last line. The node had not answered for it yet, so the line is cut off at the next
//! start. Nothing else is repaired.

mod header;
mod line;
mod read;
#[cfg(test)]
mod tests;
mod write;

use std::{
    io,
    path::{Path, PathBuf},
};

use piaolian_base::private_files::OpenToOthers;
use piaolian_contracts::chain::Hash;
use serde::{Deserialize, Serialize};

pub use self::{
    header::LogHeader,
    line::{Entry, Flaw, Line},
    read::{Lines, read},
    write::AccessLog,
};

/// Longest line with its end, in bytes. The names in an entry are bounded far below it.
pub const LINE_BYTES_MAX: usize = 4 << 10;

/// One access of a client to a receipt's details, with its ground. It contains nothing of the details.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// The receipt, CODE-NUMBER.
    pub receipt: String,
    /// The commitment of its issuer, in hexadecimal.
    pub details_commitment: String,
    /// The name of the client's token.
    pub client: String,
    /// The person at the organisation, as the client names it; may be empty.
    pub operator: String,
    /// The ground on which this organisation may read the details.
    #[serde(flatten)]
    pub ground: Ground,
    /// The purpose, when the holder asked for it; `None`: the organisation read the details for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_holder: Option<ForHolder>,
}

/// The purpose for which a node decrypted details at the holder's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForHolder {
    /// To list it among the holder's receipts.
    Collecting,
    /// To authorise its use.
    Authorising,
}

/// The ground on which an organisation may read a receipt's details.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ground", rename_all = "snake_case")]
pub enum Ground {
    /// It issued the receipt.
    Issuer,
    /// It is a finance bureau, which supervises.
    Supervision,
    /// The holder authorised it.
    Grant {
        /// The purpose.
        purpose: String,
        /// The organisation that recorded the authorisation.
        grantor: String,
        /// The number of the authorisation's current life.
        life: u32,
    },
}

/// The end of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The number of entries.
    pub entries: u64,
    /// The hash of the last entry's line, or of the header when there is none.
    pub hash: Hash,
}

/// Reasons why an access log cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum AccessLogError {
    /// The system refused an operation.
    #[error("{}: {source}", .path.display())]
    System {
        /// The file or its folder.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// Others than the owner may read or write the file.
    #[error(transparent)]
    OpenToOthers(#[from] OpenToOthers),
    /// Another process writes the file.
    #[error("{} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// The log belongs to another chain, organisation or number.
    #[error("{} is {found}; this node writes {expected}", .path.display())]
    Another {
        /// The file.
        path: PathBuf,
        /// The header in the file.
        found: Box<LogHeader>,
        /// The header of this node's log.
        expected: Box<LogHeader>,
    },
    /// The log was altered.
    #[error("{}: line {line} is broken: {flaw}", .path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// The first broken line, from 1.
        line: u64,
        /// The flaw.
        flaw: Flaw,
    },
    /// An entry is longer than a line may be. Nothing was written.
    #[error("{}: an entry of {bytes} bytes is too long", .path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Length of its line, in bytes.
        bytes: usize,
    },
    /// The file was changed by another program.
    #[error("{} was removed, replaced or altered while the node ran", .0.display())]
    Touched(PathBuf),
    /// An earlier write failed, so that the end of the file is unknown.
    #[error("{}: an earlier write failed; restart the node", .0.display())]
    Failed(PathBuf),
}

impl AccessLogError {
    /// Returns a constructor for errors of the system about a path.
    fn system(path: &Path) -> impl Fn(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::System {
            path: path.clone(),
            source,
        }
    }
}
