//! A line: how it is written, and what is checked when it is read.

use piaolian_contracts::chain::Hash;
use serde::{Deserialize, Serialize};

use super::{Head, LINE_BYTES_MAX, Opening};

/// Keeps these hashes apart from all others.
const DOMAIN: &str = "piaolian/access-log/v1";

/// A hash in hexadecimal, bytes.
const HASH_BYTES: usize = 2 * Hash::BYTES;

/// An opening with its place in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// From 1, without a gap.
    pub number: u64,
    /// When it was recorded by this machine's clock, Unix ms.
    pub time_ms: u64,
    /// What was opened.
    #[serde(flatten)]
    pub opening: Opening,
}

/// An entry whose line was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it chains all entries up to this one by.
    pub hash: Hash,
    /// What it says.
    pub entry: Entry,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// Longer than any line.
    #[error("it is longer than {} bytes", LINE_BYTES_MAX)]
    TooLong,
    /// Not of the form of a line.
    #[error("it is not a hash, a space and an entry")]
    NoLine,
    /// It, or a line before, was changed, removed, inserted or moved.
    #[error("its hash does not follow from its entry and the line before")]
    OtherHash,
    /// The first line does not say whose log it is and which.
    #[error("it does not name chain, organisation and log")]
    NoHeader,
    /// Not the JSON that this log writes.
    #[error("its entry is not of this log's form")]
    NoEntry,
    /// Entries are numbered without a gap.
    #[error("its number is not the next")]
    OtherNumber,
    /// A whole entry with something else behind it: no crash leaves that.
    #[error("it goes on after its entry")]
    NoEnd,
}

impl Head {
    /// The line that comes next, and the head after it.
    pub(super) fn append(&self, opening: &Opening, time_ms: u64) -> (Vec<u8>, Self) {
        let entry = Entry {
            number: self.entries + 1,
            time_ms,
            opening: opening.clone(),
        };
        as_line(&self.hash, &as_json(&entry), entry.number)
    }

    /// Checks that this line, without its end, comes next.
    pub(super) fn check(&self, line: &[u8]) -> Result<Line, Flaw> {
        let (hash, json) = unchain(&self.hash, line)?;
        let entry: Entry = serde_json::from_slice(json).map_err(|_| Flaw::NoEntry)?;
        if as_json(&entry) != json {
            return Err(Flaw::NoEntry); // with fields or spaces that are not ours
        }
        if entry.number != self.entries + 1 {
            return Err(Flaw::OtherNumber);
        }
        Ok(Line { hash, entry })
    }
}

/// The line that comes after the one with the hash `before`, and the head it makes.
pub(super) fn as_line(before: &Hash, json: &[u8], entries: u64) -> (Vec<u8>, Head) {
    let hash = chain(before, json);
    let line = [hash.to_string().as_bytes(), b" ", json, b"\n"].concat();
    (line, Head { entries, hash })
}

/// The hash and the JSON of a line, without its end, that comes after the one with the hash
/// `before`.
pub(super) fn unchain<'l>(before: &Hash, line: &'l [u8]) -> Result<(Hash, &'l [u8]), Flaw> {
    let (said, json) = line.split_at_checked(HASH_BYTES).ok_or(Flaw::NoLine)?;
    let json = json.strip_prefix(b" ").ok_or(Flaw::NoLine)?;
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
