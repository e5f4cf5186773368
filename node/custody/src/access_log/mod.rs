//! Who was shown which receipt's details: a log of this node's own, altered by nobody unseen.
//!
//! ```text
//!   details to be shown ──► record ──► one line more, on disk ──► only then the answer
//!
//!   line   hash ' ' json '\n'
//!   hash   SHA-256("piaolian/access-log/v1" ‖ hash of the line before ‖ json), 64 digits;
//!          32 zero bytes before the first line
//!   header  the first line's json: chain, organisation, log
//!   entry  every other's: number, time_ms, receipt, details_commitment, client, operator, ground …
//!   head   how many entries, hash of the last line ──► anchored on the ledger
//! ```
//!
//! The chain shows what was changed, removed, inserted or moved, and what is another
//! organisation's. It cannot show that lines were cut off at the end, or that all was written
//! anew: whoever owns the machine can do both. A head on the ledger shows it.
//!
//! A log that is lost, or broken, is not gone on with under its number: the node is told to
//! begin the next, which is another file, and the ledger says that there is one.
//!
//! A line without its end is what a crash leaves. Its answer never left, and it is cut off.
//! Nothing else is mended.

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

/// Longest line with its end, bytes. Names of clients, operators and organisations are
/// bounded far below it.
pub const LINE_BYTES_MAX: usize = 4 << 10;

/// Details shown to a client once, and why that was allowed. It has no word of what they say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The receipt, CODE-NUMBER.
    pub receipt: String,
    /// What its issuer committed to, in hexadecimal.
    pub details_commitment: String,
    /// The name of the client's token.
    pub client: String,
    /// Who it was at the organisation, as the client says; may be empty.
    pub operator: String,
    /// Why this organisation may read them.
    #[serde(flatten)]
    pub ground: Ground,
    /// For what, at their holder's wish; `None`: the organisation read them for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_holder: Option<ForHolder>,
}

/// What a node opened a receipt for, at its holder's wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForHolder {
    /// To show it among the holder's receipts.
    Collecting,
    /// To authorise its use.
    Authorising,
}

/// Why an organisation may read a receipt's details.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ground", rename_all = "snake_case")]
pub enum Ground {
    /// It issued the receipt.
    Issuer,
    /// It is finance, and supervises.
    Supervision,
    /// The holder authorised it.
    Grant {
        /// For what.
        purpose: String,
        /// The organisation through which.
        grantor: String,
        /// Which life of that authorisation.
        life: u32,
    },
}

/// The end of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many entries it has.
    pub entries: u64,
    /// The hash of the last line; the header's when there is none.
    pub hash: Hash,
}

/// Why an access log cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum AccessLogError {
    /// The system refuses.
    #[error("{}: {source}", .path.display())]
    System {
        /// The file or its folder.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// Others than the owner may read or write the file.
    #[error(transparent)]
    OpenToOthers(#[from] OpenToOthers),
    /// Another node writes it.
    #[error("{} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// It is another chain's, organisation's or number's.
    #[error("{} is {found}; this node writes {expected}", .path.display())]
    Another {
        /// The file.
        path: PathBuf,
        /// What its first line says.
        found: Box<LogHeader>,
        /// What it should say.
        expected: Box<LogHeader>,
    },
    /// It was altered.
    #[error("{}: line {line} is broken: {flaw}", .path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// The first line that is, from 1.
        line: u64,
        /// What is wrong with it.
        flaw: Flaw,
    },
    /// An entry that no line may hold. Nothing was written.
    #[error("{}: an entry of {bytes} bytes is too long", .path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// How long its line would be.
        bytes: usize,
    },
    /// The file is not as this node left it.
    #[error("{} was removed, replaced or altered while the node ran", .0.display())]
    Touched(PathBuf),
    /// An earlier entry may or may not be on disk.
    #[error("{}: an earlier write failed: start the node again", .0.display())]
    Failed(PathBuf),
}

impl AccessLogError {
    /// An error of the system about a path.
    fn system(path: &Path) -> impl Fn(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::System {
            path: path.clone(),
            source,
        }
    }
}
