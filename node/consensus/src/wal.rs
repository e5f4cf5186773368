//! Checks the engine's write-ahead log before the engine opens it.
//!
//! The engine hangs for safety when it meets an entry that it cannot read. A log with such an entry is moved aside here.
//! The node then does not sign until the chain has passed its last signed state: it recovers by sync, without voting.

use std::{fs, io, path::Path};

use arc_malachitebft_app_channel::app::wal::Log;

use super::double_sign::LastSignState;

/// Whether a validator may sign now, or must wait until the chain has passed its last signed state.
///
/// A node restored from an old backup has a state ahead of its chain. If the state is of the next height, the validator
/// may sign only if the state is not closed and the write-ahead log is of that height, because the engine restores its
/// earlier votes from the log.
///
/// # Errors
/// When the write-ahead log exists and cannot be read or moved aside.
pub fn may_sign(last: &LastSignState, tip: u64, wal: &Path) -> io::Result<bool> {
    let next = tip.saturating_add(1);
    let logged = readable_height(wal)?;
    let resumes = last.height() == next && logged == Some(next) && !last.is_closed();
    Ok(last.height() < next || resumes)
}

/// Returns the height of a log that the engine can read completely; `None` when there is none. A damaged log is
/// renamed, so that the engine begins a new one.
fn readable_height(wal: &Path) -> io::Result<Option<u64>> {
    if !wal.exists() {
        return Ok(None);
    }
    match read(wal) {
        Ok(sequence) => Ok(Some(sequence)),
        Err(error) if is_damage(&error) => {
            let aside = wal.with_extension("damaged");
            tracing::error!(%error, aside = %aside.display(), "consensus log is damaged; moved aside");
            fs::rename(wal, aside)?;
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Reads every entry. Opening drops a torn last entry, which a crash may leave.
fn read(wal: &Path) -> io::Result<u64> {
    let mut log = Log::open(wal)?;
    if !log.is_empty() {
        for entry in log.iter()? {
            entry?;
        }
    }
    Ok(log.sequence())
}

fn is_damage(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::double_sign::{Position, Step};

    fn signed_at(folder: &Path, height: u64) -> LastSignState {
        let mut last = LastSignState::create(&folder.join("signer.mark")).unwrap();
        let position = Position {
            height,
            round: 0,
            step: Step::Prevote,
        };
        last.sign(position, None, b"vote", |_| [1; 64]).unwrap();
        last
    }

    fn log(path: &Path, sequence: u64) {
        let mut log = Log::open(path).unwrap();
        log.reset(sequence).unwrap();
        log.append(b"entry").unwrap();
        log.flush().unwrap();
    }

    #[test]
    fn a_state_below_the_next_height_may_sign() {
        let folder = tempfile::tempdir().unwrap();
        let last = signed_at(folder.path(), 7);
        assert!(may_sign(&last, 7, &folder.path().join("wal")).unwrap());
    }

    #[test]
    fn a_state_at_the_next_height_needs_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let (last, wal) = (signed_at(folder.path(), 8), folder.path().join("wal"));
        assert!(!may_sign(&last, 7, &wal).unwrap());
        log(&wal, 7);
        assert!(!may_sign(&last, 7, &wal).unwrap());
        log(&wal, 8);
        assert!(may_sign(&last, 7, &wal).unwrap());
    }

    #[test]
    fn a_state_above_the_next_height_may_not_sign() {
        let folder = tempfile::tempdir().unwrap();
        let (last, wal) = (signed_at(folder.path(), 9), folder.path().join("wal"));
        log(&wal, 8);
        assert!(!may_sign(&last, 7, &wal).unwrap());
    }

    #[test]
    fn a_damaged_log_is_moved_aside() {
        let folder = tempfile::tempdir().unwrap();
        let (last, wal) = (signed_at(folder.path(), 8), folder.path().join("wal"));
        log(&wal, 8);
        let mut bytes = fs::read(&wal).unwrap();
        let end = bytes.len() - 1;
        bytes[end] ^= 1;
        fs::write(&wal, bytes).unwrap();
        assert!(!may_sign(&last, 7, &wal).unwrap());
        assert!(!wal.exists() && wal.with_extension("damaged").exists());
    }
}
