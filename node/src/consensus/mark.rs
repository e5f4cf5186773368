//! The signer's mark: what this validator has signed, so that it never signs twice.
//!
//! ```text
//!   sign? ──► same (height, round, step) marked? ── same message ──► the marked signature
//!                     │ no                        └ another message ► Conflict: the node stops
//!                     ▼
//!             later than every mark? ── no ──► Conflict
//!                     │ yes
//!                     ▼
//!             append the record, sync, only then hand the signature out
//! ```
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

use sha2::{Digest, Sha256};

use crate::write_point;

/// Height 8, round 4, step 1, digest 32, signature 64, checksum 8.
const RECORD_BYTES: usize = 8 + 4 + 1 + 32 + 64 + CHECKSUM_BYTES;
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
}

impl Step {
    const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Propose),
            2 => Some(Self::Prevote),
            3 => Some(Self::Precommit),
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
    /// Signing would contradict what was signed before.
    #[error(
        "already signed at {marked:?}; signing another message at {asked:?} would be double signing"
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Marked {
    digest: [u8; 32],
    signature: [u8; 64],
}

/// The open mark file.
#[derive(Debug)]
pub struct Mark {
    path: PathBuf,
    file: File,
    bytes: u64,
    /// Everything signed at the latest marked height.
    latest: BTreeMap<Position, Marked>,
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

    /// Signs `message` unless that would contradict an earlier signature.
    /// The signature is handed out only after its record is on disk.
    ///
    /// # Errors
    /// [`MarkError::Conflict`] when it would; otherwise when the file cannot be written.
    pub fn sign(
        &mut self,
        position: Position,
        message: &[u8],
        sign: impl FnOnce(&[u8]) -> [u8; 64],
    ) -> Result<[u8; 64], MarkError> {
        let digest: [u8; 32] = Sha256::digest(message).into();
        match self.latest.get(&position) {
            Some(marked) if marked.digest == digest => return Ok(marked.signature),
            Some(_) => {
                return Err(MarkError::Conflict {
                    marked: position,
                    asked: position,
                });
            }
            None => {}
        }
        if let Some((&marked, _)) = self.latest.last_key_value()
            && marked > position
        {
            return Err(MarkError::Conflict {
                marked,
                asked: position,
            });
        }
        let marked = Marked {
            digest,
            signature: sign(message),
        };
        self.append(position, marked)?;
        Ok(marked.signature)
    }

    fn append(&mut self, position: Position, marked: Marked) -> Result<(), MarkError> {
        if self.height() != position.height {
            self.latest.clear();
        }
        self.latest.insert(position, marked);
        if self.bytes >= FILE_BYTES_MAX {
            *self = rewrite(&self.path, &self.latest)?;
            return Ok(());
        }
        let failed = |source| MarkError::File {
            path: self.path.clone(),
            source,
        };
        write_point::pass(WRITE_POINT, false);
        self.file
            .write_all(&encode(position, marked))
            .map_err(failed)?;
        self.file.sync_data().map_err(failed)?;
        write_point::pass(WRITE_POINT, true);
        self.bytes += RECORD_BYTES as u64;
        Ok(())
    }
}

fn encode(position: Position, marked: Marked) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(RECORD_BYTES);
    bytes.extend_from_slice(&position.height.to_be_bytes());
    bytes.extend_from_slice(&position.round.to_be_bytes());
    bytes.push(position.step as u8);
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
    let (digest, rest) = rest.split_first_chunk::<32>()?;
    let position = Position {
        height: u64::from_be_bytes(*height),
        round: u32::from_be_bytes(*round),
        step: Step::from_byte(step)?,
    };
    Some((
        position,
        Marked {
            digest: *digest,
            signature: rest.try_into().ok()?,
        },
    ))
}

/// The records of the latest height. Reading goes on past a damaged record, so
/// that damage in the middle cannot hide a later signature.
fn latest_records(bytes: &[u8]) -> BTreeMap<Position, Marked> {
    let mut latest = BTreeMap::<Position, Marked>::new();
    for (position, marked) in bytes.chunks_exact(RECORD_BYTES).filter_map(decode) {
        match latest.last_key_value().map(|(last, _)| last.height) {
            Some(height) if position.height < height => continue,
            Some(height) if position.height > height => latest.clear(),
            Some(_) | None => {}
        }
        latest.insert(position, marked);
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
        bytes: bytes.len() as u64,
        latest: records.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(height: u64, round: u32, step: Step) -> Position {
        Position {
            height,
            round,
            step,
        }
    }

    fn signature(message: &[u8]) -> [u8; 64] {
        [message[0]; 64]
    }

    fn mark() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mark");
        (folder, path)
    }

    #[test]
    fn the_same_message_gets_the_same_signature_and_another_is_refused() {
        let (_folder, path) = mark();
        let mut mark = Mark::create(&path).unwrap();
        let position = at(7, 0, Step::Prevote);
        let first = mark.sign(position, b"a", signature).unwrap();
        assert_eq!(
            mark.sign(position, b"a", |_| unreachable!()).unwrap(),
            first
        );
        assert!(matches!(
            mark.sign(position, b"b", signature),
            Err(MarkError::Conflict { .. })
        ));
    }

    #[test]
    fn nothing_earlier_than_the_mark_is_signed() {
        let (_folder, path) = mark();
        let mut mark = Mark::create(&path).unwrap();
        mark.sign(at(7, 1, Step::Prevote), b"a", signature).unwrap();
        for earlier in [
            at(7, 1, Step::Propose),
            at(7, 0, Step::Precommit),
            at(6, 9, Step::Prevote),
        ] {
            assert!(matches!(
                mark.sign(earlier, b"a", signature),
                Err(MarkError::Conflict { .. })
            ));
        }
        mark.sign(at(7, 1, Step::Precommit), b"c", signature)
            .unwrap();
    }

    #[test]
    fn a_mark_survives_reopening_and_a_torn_last_record() {
        let (_folder, path) = mark();
        let mut first = Mark::create(&path).unwrap();
        first
            .sign(at(7, 0, Step::Prevote), b"a", signature)
            .unwrap();
        first
            .sign(at(7, 0, Step::Precommit), b"b", signature)
            .unwrap();
        drop(first);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.truncate(bytes.len() - 3);
        std::fs::write(&path, bytes).unwrap();

        let mut again = Mark::open(&path).unwrap().unwrap();
        assert_eq!(again.height(), 7);
        assert!(
            again
                .sign(at(7, 0, Step::Prevote), b"x", signature)
                .is_err()
        );
        again
            .sign(at(7, 0, Step::Precommit), b"b", signature)
            .unwrap();
    }

    #[test]
    fn a_full_file_is_rewritten_and_keeps_the_latest_height() {
        let (_folder, path) = mark();
        let mut mark = Mark::create(&path).unwrap();
        let enough = FILE_BYTES_MAX / RECORD_BYTES as u64 + 10;
        for height in 1..=enough {
            mark.sign(at(height, 0, Step::Prevote), b"a", signature)
                .unwrap();
        }
        assert!(std::fs::metadata(&path).unwrap().len() < FILE_BYTES_MAX);
        drop(mark);
        assert_eq!(Mark::open(&path).unwrap().unwrap().height(), enough);
    }

    #[test]
    fn a_missing_mark_is_told_from_an_empty_one() {
        let (_folder, path) = mark();
        assert!(Mark::open(&path).unwrap().is_none());
        Mark::create(&path).unwrap();
        assert_eq!(Mark::open(&path).unwrap().unwrap().height(), 0);
    }
}
