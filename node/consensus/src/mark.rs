//! The signer's mark: what this validator has signed, so that it never signs twice.
//!
//! ```text
//!   sign? ──► same (height, round, step) marked? ── same message, or a prevote ──► what is marked
//!                     │ no                        └ another message ──► Conflict
//!                     ▼
//!             later than every mark? ── no ──► Conflict: closed for this height
//!                     │ yes
//!                     ▼
//!             append the record, sync, only then hand the signature out
//! ```
//!
//! After a loss of power the engine may know less than the mark: its log is synced later. It
//! then asks for another vote than it gave. A prevote binds to nothing, so the marked one is
//! given again and the engine goes on with it. Anything else it must not go on with: the mark
//! closes itself for the height, and the node, started again, keeps silent until the chain
//! has passed it.
//!
//! The file lives beside the key and is never part of a backup: a node restored
//! from an old backup finds its mark ahead of its chain and keeps silent until
//! the chain has passed it.
//!
//! The file is a sequence of fixed records, each with a checksum; a torn last
//! record is what a crash leaves, and is dropped. Past `FILE_BYTES_MAX` the
//! records of the latest height are rewritten into a new file.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use piaolian_base::write_point;
use sha2::{Digest, Sha256};

/// Height 8, round 4, step 1, whether there is a value 1, value 32, digest 32, signature 64, checksum 8.
const RECORD_BYTES: usize = 8 + 4 + 1 + 1 + 32 + 32 + 64 + CHECKSUM_BYTES;
const CHECKSUM_BYTES: usize = 8;

/// Its name among the write points.
const WRITE_POINT: &str = "the signer's mark";

/// A few hundred heights, so that compaction is rare and reading is instant.
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
    /// No step: nothing more may be signed at this height.
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

/// Where in the protocol a message belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The height signed for.
    pub height: u64,
    /// The round within it.
    pub round: u32,
    /// The step within that.
    pub step: Step,
}

/// Why the mark refuses a signature.
#[derive(Debug, thiserror::Error)]
pub enum MarkError {
    /// Signing would contradict what was signed before. The mark is closed for this height now.
    #[error(
        "already signed at {marked:?}; signing another message at {asked:?} would be double signing: \
         this validator keeps silent until the chain has passed that height"
    )]
    Conflict {
        /// The latest marked position.
        marked: Position,
        /// The position asked for.
        asked: Position,
    },
    /// The file cannot be read or written.
    #[error("signer's mark {path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// What was signed at a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marked {
    /// The block's hash; `None` for nil.
    pub value: Option<[u8; 32]>,
    /// The signature.
    pub signature: [u8; 64],
    digest: [u8; 32],
}

/// The open mark file.
#[derive(Debug)]
pub struct Mark {
    path: PathBuf,
    file: File,
    bytes: u64,
    /// Everything signed at the latest marked height.
    latest: BTreeMap<Position, Marked>,
    /// A write failed: how much of it is on the disk is not known.
    broken: bool,
}

impl Mark {
    /// Opens the mark, or says `None` when there is none: then an operator must
    /// say whether this key has ever signed.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn open(path: &Path) -> Result<Option<Self>, MarkError> {
        let failed = |source| MarkError::File {
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

    /// Makes the mark of a key that has never signed.
    ///
    /// # Errors
    /// When a mark is there already, or the file cannot be written.
    pub fn create(path: &Path) -> Result<Self, MarkError> {
        if path.exists() {
            let source = io::Error::from(io::ErrorKind::AlreadyExists);
            return Err(MarkError::File {
                path: path.to_owned(),
                source,
            });
        }
        rewrite(path, &BTreeMap::new())
    }

    /// The height of the last signature; 0 when there is none.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.latest
            .last_key_value()
            .map_or(0, |(position, _)| position.height)
    }

    /// Whether nothing more may be signed at the marked height.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.latest
            .last_key_value()
            .is_some_and(|(position, _)| position.step == Step::Closed)
    }

    /// Signs `message`, which is about `value`, unless that would contradict an earlier
    /// signature. The signature is handed out only after its record is on disk. A prevote
    /// that was given already is given again, whatever is asked for now.
    ///
    /// # Errors
    /// [`MarkError::Conflict`] when it would contradict; otherwise when the file cannot be
    /// written.
    pub fn sign(
        &mut self,
        position: Position,
        value: Option<[u8; 32]>,
        message: &[u8],
        sign: impl FnOnce(&[u8]) -> [u8; 64],
    ) -> Result<Marked, MarkError> {
        let digest: [u8; 32] = Sha256::digest(message).into();
        let marked = self.latest.get(&position);
        if let Some(marked) = marked.filter(|_| !self.is_closed())
            && (marked.digest == digest || position.step == Step::Prevote)
        {
            return Ok(*marked);
        }
        if let Some((&marked, _)) = self.latest.last_key_value()
            && marked >= position
        {
            self.close(marked.height)?;
            return Err(MarkError::Conflict {
                marked,
                asked: position,
            });
        }
        let marked = Marked {
            value,
            signature: sign(message),
            digest,
        };
        self.append(position, marked)?;
        Ok(marked)
    }

    /// Lets nothing more be signed at `height`, the marked one.
    fn close(&mut self, height: u64) -> Result<(), MarkError> {
        if self.is_closed() {
            return Ok(());
        }
        let position = Position {
            height,
            round: u32::MAX,
            step: Step::Closed,
        };
        let nothing = Marked {
            value: None,
            signature: [0; 64],
            digest: [0; 32],
        };
        self.append(position, nothing)
    }

    fn append(&mut self, position: Position, marked: Marked) -> Result<(), MarkError> {
        let failed = |source| MarkError::File {
            path: self.path.clone(),
            source,
        };
        if self.broken {
            return Err(failed(io::Error::other("an earlier write failed")));
        }
        self.broken = true; // until this one has not
        if self.bytes >= FILE_BYTES_MAX {
            let mut latest = self.latest.clone();
            note(&mut latest, position, marked);
            *self = rewrite(&self.path, &latest)?;
            return Ok(());
        }
        write_point::pass(WRITE_POINT, false);
        self.file
            .write_all(&encode(position, marked))
            .map_err(failed)?;
        self.file.sync_data().map_err(failed)?;
        write_point::pass(WRITE_POINT, true);
        self.bytes += RECORD_BYTES as u64;
        note(&mut self.latest, position, marked);
        self.broken = false;
        Ok(())
    }
}

/// Adds a record to those of the latest height.
fn note(latest: &mut BTreeMap<Position, Marked>, position: Position, marked: Marked) {
    match latest.last_key_value().map(|(last, _)| last.height) {
        Some(height) if position.height < height => return,
        Some(height) if position.height > height => latest.clear(),
        Some(_) | None => {}
    }
    latest.insert(position, marked);
}

fn encode(position: Position, marked: Marked) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(RECORD_BYTES);
    bytes.extend_from_slice(&position.height.to_be_bytes());
    bytes.extend_from_slice(&position.round.to_be_bytes());
    bytes.push(position.step as u8);
    bytes.push(u8::from(marked.value.is_some()));
    bytes.extend_from_slice(&marked.value.unwrap_or_default());
    bytes.extend_from_slice(&marked.digest);
    bytes.extend_from_slice(&marked.signature);
    let checksum = Sha256::digest(&bytes);
    bytes.extend_from_slice(&checksum[..CHECKSUM_BYTES]);
    bytes
}

fn decode(record: &[u8]) -> Option<(Position, Marked)> {
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
        Marked {
            value: (has_value == 1).then_some(*value),
            signature: rest.try_into().ok()?,
            digest: *digest,
        },
    ))
}

/// The records of the latest height. Reading goes on past a damaged record, so
/// that damage in the middle cannot hide a later signature.
fn latest_records(bytes: &[u8]) -> BTreeMap<Position, Marked> {
    let mut latest = BTreeMap::<Position, Marked>::new();
    for (position, marked) in bytes.chunks_exact(RECORD_BYTES).filter_map(decode) {
        note(&mut latest, position, marked);
    }
    latest
}

/// Replaces the file by one that holds only `records`: written beside, synced, renamed.
fn rewrite(path: &Path, records: &BTreeMap<Position, Marked>) -> Result<Mark, MarkError> {
    let failed = |source| MarkError::File {
        path: path.to_owned(),
        source,
    };
    let beside = path.with_extension("new");
    let mut bytes = Vec::with_capacity(records.len() * RECORD_BYTES);
    for (position, marked) in records {
        bytes.extend(encode(*position, *marked));
    }
    let mut file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)
        .map_err(failed)?;
    file.write_all(&bytes).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)?;
    if let Some(folder) = path.parent() {
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed)?;
    }
    Ok(Mark {
        path: path.to_owned(),
        file,
        broken: false,
        bytes: bytes.len() as u64,
        latest: records.clone(),
    })
}

#[cfg(test)]
mod tests;
