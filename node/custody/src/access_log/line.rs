//! Form of a line, and its checks.

use piaolian_contracts::chain::Hash;
use serde::{Deserialize, Serialize};

use super::{Access, Head, LINE_BYTES_MAX};

/// Domain of the hashes, which separates them from all others.
const DOMAIN: &str = "piaolian/access-log/v1";

/// Length of a hash in hexadecimal, in bytes.
const HASH_BYTES: usize = 2 * Hash::BYTES;

/// An access with its place in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1 and without gaps.
    pub number: u64,
    /// Time of recording by this machine's clock, Unix ms.
    pub time_ms: u64,
    /// The access.
    #[serde(flatten)]
    pub access: Access,
}

/// An entry whose line was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The hash over this and all earlier lines.
    pub hash: Hash,
    /// The entry.
    pub entry: Entry,
}

/// A flaw of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// The line is too long.
    #[error("it is longer than {} bytes", LINE_BYTES_MAX)]
    TooLong,
    /// The line does not have the form `HASH JSON`.
    #[error("it is not a hash, a space and an entry")]
    BadLine,
    /// The line, or an earlier one, was changed, removed, inserted or moved.
    #[error("its hash does not follow from its entry and the line before")]
    OtherHash,
    /// The first line is not a header.
    #[error("it does not name chain, organisation and log")]
    BadHeader,
    /// The JSON is not an entry of an access log.
    #[error("its entry is not of this log's form")]
    BadEntry,
    /// The entry's number is not the next one.
    #[error("its number is not the next")]
    OtherNumber,
    /// A complete entry is followed by bytes other than a line end. A crash cannot cause this.
    #[error("it goes on after its entry")]
    BadEnd,
}

impl Head {
    /// Returns the next line, and the head after it.
    pub(super) fn append(&self, access: &Access, time_ms: u64) -> (Vec<u8>, Self) {
        let entry = Entry {
            number: self.entries + 1,
            time_ms,
            access: access.clone(),
        };
        as_line(&self.hash, &as_json(&entry), entry.number)
    }

    /// Checks that this line, given without its end, is the next one.
    pub(super) fn check(&self, line: &[u8]) -> Result<Line, Flaw> {
        let (hash, json) = unchain(&self.hash, line)?;
        let entry: Entry = serde_json::from_slice(json).map_err(|_| Flaw::BadEntry)?;
        if as_json(&entry) != json {
            return Err(Flaw::BadEntry); // other fields or spaces
        }
        if entry.number != self.entries + 1 {
            return Err(Flaw::OtherNumber);
        }
        Ok(Line { hash, entry })
    }
}

/// Returns the line after the one with the hash `before`, and the head after it.
pub(super) fn as_line(before: &Hash, json: &[u8], entries: u64) -> (Vec<u8>, Head) {
    let hash = chain(before, json);
    let line = [hash.to_string().as_bytes(), b" ", json, b"\n"].concat();
    (line, Head { entries, hash })
}

/// Returns hash and JSON of a line, given without its end, that follows the one with the hash `before`.
pub(super) fn unchain<'l>(before: &Hash, line: &'l [u8]) -> Result<(Hash, &'l [u8]), Flaw> {
    let (said, json) = line.split_at_checked(HASH_BYTES).ok_or(Flaw::BadLine)?;
    let json = json.strip_prefix(b" ").ok_or(Flaw::BadLine)?;
    let hash = chain(before, json);
    if said == hash.to_string().as_bytes() {
        Ok((hash, json))
    } else {
        Err(Flaw::OtherHash)
    }
}

fn chain(before: &Hash, json: &[u8]) -> Hash {
    Hash::tagged(DOMAIN, &[before.as_bytes(), json])
}

fn as_json(entry: &Entry) -> Vec<u8> {
    serde_json::to_vec(entry).expect("an entry is plain data")
}
