//! Double-sign protection: the last signed state of a validator, so that it never signs two different messages.
//!
//! ```text
//!   sign? ──► signed at this (height, round, step)? ── same message, or a prevote ──► the earlier signature
//!                     │ no                            └ another message ──► Conflict
//!                     ▼
//!             later than every signed position? ── no ──► Conflict: closed for this height
//!                     │ yes
//!                     ▼
//!             append the record, sync it, and only then return the signature
//! ```
//!
//! The engine syncs its log after this file, so after a power loss it may have lost a vote that is recorded here, and
//! may request a different one. A prevote does not lock the validator, so the earlier prevote is returned and the
//! engine continues with it. Any other conflict closes the state for the height: the node, started again, does not sign
//! until the chain has passed that height.
//!
//! The file lives beside the key and is never part of a backup. A node restored from an old backup therefore finds the
//! state ahead of its chain, and does not sign until the chain has passed it.
//!
//! The file is a sequence of fixed-length records, each with a checksum. A crash may leave a torn last record, which is
//! dropped. Above `FILE_BYTES_MAX` the records of the latest height are rewritten into a new file.

use std::{
    collections::BTreeMap,
    fmt,
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use piaolian_base::{private_files, write_point};
use sha2::{Digest, Sha256};

/// Length of a record, bytes: height 8, round 4, step 1, presence of a value 1, value 32, digest 32, signature 64,
/// checksum 8.
const RECORD_BYTES: usize = 8 + 4 + 1 + 1 + 32 + 32 + 64 + CHECKSUM_BYTES;
const CHECKSUM_BYTES: usize = 8;

/// Write point of a record that is appended.
const APPEND_WRITE_POINT: &str = "last_signed/append";

/// Write point of a file that is rewritten: at each start, and when it is full.
const REWRITE_WRITE_POINT: &str = "last_signed/rewrite";

/// Size above which the file is rewritten, bytes. It has room for a few hundred heights, so that rewriting is rare and
/// reading is fast.
const FILE_BYTES_MAX: u64 = 128 * 1024;

/// The order in which a validator signs within a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Step {
    /// The proposal.
    Propose = 1,
    /// The prevote.
    Prevote = 2,
    /// The precommit.
    Precommit = 3,
    /// Not a step: nothing more may be signed at this height.
    Closed = 4,
}

impl Step {
    const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Propose),
            2 => Some(Self::Prevote),
            3 => Some(Self::Precommit),
            4 => Some(Self::Closed),
            _ => None,
        }
    }
}

/// Position of a message in the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The height signed for.
    pub height: u64,
    /// The round within it.
    pub round: u32,
    /// The step within that.
    pub step: Step,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Propose => "proposal",
            Self::Prevote => "prevote",
            Self::Precommit => "precommit",
            Self::Closed => "closed",
        })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            height,
            round,
            step,
        } = self;
        match step {
            Step::Closed => write!(f, "height {height}, {step}"),
            Step::Propose | Step::Prevote | Step::Precommit => {
                write!(f, "height {height}, round {round}, {step}")
            }
        }
    }
}

/// Reason why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum DoubleSignError {
    /// Signing would contradict an earlier signature. The state is now closed for this height.
    #[error(
        "already signed at {last}; another message at {asked} would be a double sign; \
         this validator does not sign until the chain has passed height {}",
        .last.height
    )]
    Conflict {
        /// The last signed position.
        last: Position,
        /// The requested position.
        asked: Position,
    },
    /// The file cannot be read or written.
    #[error("last signed state {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
}

/// A signature with the value that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedRecord {
    /// The block's hash; `None` for nil.
    pub value: Option<[u8; 32]>,
    /// The signature.
    pub signature: [u8; 64],
    digest: [u8; 32],
}

/// The open state file.
#[derive(Debug)]
pub struct LastSignState {
    path: PathBuf,
    file: File,
    bytes: u64,
    /// All records of the last signed height.
    latest: BTreeMap<Position, SignedRecord>,
    /// Whether a write failed. How much of it is on disk is then unknown.
    broken: bool,
}

impl LastSignState {
    /// Opens the state. Returns `None` when there is no file: an operator must then declare whether this key has ever
    /// signed.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn open(path: &Path) -> Result<Option<Self>, DoubleSignError> {
        let failed = |source| DoubleSignError::File {
            path: path.to_owned(),
            source,
        };
        let mut bytes = Vec::new();
        match File::open(path) {
            Ok(mut file) => file.read_to_end(&mut bytes).map_err(failed)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let latest = latest_records(&bytes);
        rewrite(path, &latest).map(Some)
    }

    /// Creates the state of a key that has never signed.
    ///
    /// # Errors
    /// When the file exists already, or cannot be written.
    pub fn create(path: &Path) -> Result<Self, DoubleSignError> {
        if path.exists() {
            let source = io::Error::from(io::ErrorKind::AlreadyExists);
            return Err(DoubleSignError::File {
                path: path.to_owned(),
                source,
            });
        }
        rewrite(path, &BTreeMap::new())
    }

    /// Returns the height of the last signature; 0 when there is none.
    pub fn height(&self) -> u64 {
        self.latest
            .last_key_value()
            .map_or(0, |(position, _)| position.height)
    }

    /// Whether nothing more may be signed at the last signed height.
    pub fn is_closed(&self) -> bool {
        self.latest
            .last_key_value()
            .is_some_and(|(position, _)| position.step == Step::Closed)
    }

    /// Signs `message`, which is about `value`, unless that would contradict an earlier signature. Returns the
    /// signature only after its record is on disk. If this validator has prevoted at this position already, returns the
    /// earlier prevote, whatever is requested now.
    ///
    /// # Errors
    /// [`DoubleSignError::Conflict`] when it would contradict an earlier signature, and when the file cannot be
    /// written.
    pub fn sign(
        &mut self,
        position: Position,
        value: Option<[u8; 32]>,
        message: &[u8],
        sign: impl FnOnce(&[u8]) -> [u8; 64],
    ) -> Result<SignedRecord, DoubleSignError> {
        let digest: [u8; 32] = Sha256::digest(message).into();
        let known = self.latest.get(&position);
        if let Some(known) = known.filter(|_| !self.is_closed())
            && (known.digest == digest || position.step == Step::Prevote)
        {
            return Ok(*known);
        }
        if let Some((&last, _)) = self.latest.last_key_value()
            && last >= position
        {
            self.close(last.height)?;
            return Err(DoubleSignError::Conflict {
                last,
                asked: position,
            });
        }
        let record = SignedRecord {
            value,
            signature: sign(message),
            digest,
        };
        self.append(position, record)?;
        Ok(record)
    }

    /// Prevents further signatures at `height`, the last signed one.
    fn close(&mut self, height: u64) -> Result<(), DoubleSignError> {
        if self.is_closed() {
            return Ok(());
        }
        let position = Position {
            height,
            round: u32::MAX,
            step: Step::Closed,
        };
        let nothing = SignedRecord {
            value: None,
            signature: [0; 64],
            digest: [0; 32],
        };
        self.append(position, nothing)
    }

    fn append(&mut self, position: Position, record: SignedRecord) -> Result<(), DoubleSignError> {
        let failed = |source| DoubleSignError::File {
            path: self.path.clone(),
            source,
        };
        if self.broken {
            return Err(failed(io::Error::other("an earlier write failed")));
        }
        self.broken = true; // until this write has succeeded
        if self.bytes >= FILE_BYTES_MAX {
            let mut latest = self.latest.clone();
            add(&mut latest, position, record);
            *self = rewrite(&self.path, &latest)?;
            return Ok(());
        }
        write_point::pass(APPEND_WRITE_POINT, false);
        self.file
            .write_all(&encode(position, record))
            .map_err(failed)?;
        self.file.sync_data().map_err(failed)?;
        write_point::pass(APPEND_WRITE_POINT, true);
        self.bytes += RECORD_BYTES as u64;
        add(&mut self.latest, position, record);
        self.broken = false;
        Ok(())
    }
}

/// Adds a record to those of the latest height; drops the others when its height is greater.
fn add(latest: &mut BTreeMap<Position, SignedRecord>, position: Position, record: SignedRecord) {
    match latest.last_key_value().map(|(last, _)| last.height) {
        Some(height) if position.height < height => return,
        Some(height) if position.height > height => latest.clear(),
        Some(_) | None => {}
    }
    latest.insert(position, record);
}

fn encode(position: Position, record: SignedRecord) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(RECORD_BYTES);
    bytes.extend_from_slice(&position.height.to_be_bytes());
    bytes.extend_from_slice(&position.round.to_be_bytes());
    bytes.push(position.step as u8);
    bytes.push(u8::from(record.value.is_some()));
    bytes.extend_from_slice(&record.value.unwrap_or_default());
    bytes.extend_from_slice(&record.digest);
    bytes.extend_from_slice(&record.signature);
    let checksum = Sha256::digest(&bytes);
    bytes.extend_from_slice(&checksum[..CHECKSUM_BYTES]);
    bytes
}

fn decode(record: &[u8]) -> Option<(Position, SignedRecord)> {
    let (body, checksum) = record.split_at_checked(RECORD_BYTES - CHECKSUM_BYTES)?;
    if Sha256::digest(body)[..CHECKSUM_BYTES] != *checksum {
        return None;
    }
    let (height, rest) = body.split_first_chunk::<8>()?;
    let (round, rest) = rest.split_first_chunk::<4>()?;
    let (&step, rest) = rest.split_first()?;
    let (&has_value, rest) = rest.split_first()?;
    let (value, rest) = rest.split_first_chunk::<32>()?;
    let (digest, rest) = rest.split_first_chunk::<32>()?;
    let position = Position {
        height: u64::from_be_bytes(*height),
        round: u32::from_be_bytes(*round),
        step: Step::from_byte(step)?,
    };
    Some((
        position,
        SignedRecord {
            value: (has_value == 1).then_some(*value),
            signature: rest.try_into().ok()?,
            digest: *digest,
        },
    ))
}

/// Reads the records of the latest height. Reading continues after a damaged record, so that damage in the middle
/// cannot hide a later signature.
fn latest_records(bytes: &[u8]) -> BTreeMap<Position, SignedRecord> {
    let mut latest = BTreeMap::<Position, SignedRecord>::new();
    for (position, record) in bytes.chunks_exact(RECORD_BYTES).filter_map(decode) {
        add(&mut latest, position, record);
    }
    latest
}

/// Replaces the file by one with `records` only, and opens it for appending.
fn rewrite(
    path: &Path,
    records: &BTreeMap<Position, SignedRecord>,
) -> Result<LastSignState, DoubleSignError> {
    let failed = |source| DoubleSignError::File {
        path: path.to_owned(),
        source,
    };
    let mut bytes = Vec::with_capacity(records.len() * RECORD_BYTES);
    for (position, record) in records {
        bytes.extend(encode(*position, *record));
    }
    write_point::pass(REWRITE_WRITE_POINT, false);
    private_files::replace(path, &bytes).map_err(failed)?;
    write_point::pass(REWRITE_WRITE_POINT, true);
    let file = OpenOptions::new().append(true).open(path).map_err(failed)?;
    Ok(LastSignState {
        path: path.to_owned(),
        file,
        broken: false,
        bytes: bytes.len() as u64,
        latest: records.clone(),
    })
}

#[cfg(test)]
mod tests;
