//! The engine's write-ahead log, looked at before the engine opens it.
//!
//! The engine hangs for safety when it meets an entry that it cannot read. A log
//! with such an entry is set aside here, and the node then keeps silent until
//! the chain has passed the signer's mark: it recovers by sync, without voting.

use std::{fs, io, path::Path};

use arc_malachitebft_app_channel::app::wal::Log;

use super::mark::Mark;

/// Whether a validator may sign from here on, or must let the chain pass its mark.
///
/// A node restored from an old backup has a mark ahead of its chain. A mark at
/// the very next height is fine only with the write-ahead log of that height,
/// from which the engine takes up what it had signed, and not when the mark closed itself.
///
/// # Errors
/// When the write-ahead log is there and cannot be read or set aside.
pub fn may_sign(mark: &Mark, tip: u64, wal: &Path) -> io::Result<bool> {
    let next = tip.saturating_add(1);
    let sequence = usable(wal)?;
    let takes_up = mark.height() == next && sequence == Some(next) && !mark.is_closed();
    Ok(mark.height() < next || takes_up)
}

/// The height of a log that the engine can read to its end; `None` when there is
/// none. A damaged one is renamed, so that the engine begins a new one.
fn usable(wal: &Path) -> io::Result<Option<u64>> {
    if !wal.exists() {
        return Ok(None);
    }
    match read(wal) {
        Ok(sequence) => Ok(Some(sequence)),
        Err(error) if is_damage(&error) => {
            let aside = wal.with_extension("damaged");
            tracing::error!(%error, aside = %aside.display(), "the consensus log is damaged: set aside");
            fs::rename(wal, aside)?;
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Reads every entry; opening drops a torn last one, which a kill leaves.
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
    use crate::mark::{Position, Step};

    fn marked(folder: &Path, height: u64) -> Mark {
        let mut mark = Mark::create(&folder.join("mark")).unwrap();
        let position = Position {
            height,
            round: 0,
            step: Step::Prevote,
        };
        mark.sign(position, None, b"vote", |_| [1; 64]).unwrap();
        mark
    }

    fn log(path: &Path, sequence: u64) {
        let mut log = Log::open(path).unwrap();
        log.reset(sequence).unwrap();
        log.append(b"entry").unwrap();
        log.flush().unwrap();
    }

    #[test]
    fn a_mark_below_the_next_height_lets_sign() {
        let folder = tempfile::tempdir().unwrap();
        let mark = marked(folder.path(), 7);
        assert!(may_sign(&mark, 7, &folder.path().join("wal")).unwrap());
    }

    #[test]
    fn a_mark_at_the_next_height_needs_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let (mark, wal) = (marked(folder.path(), 8), folder.path().join("wal"));
        assert!(!may_sign(&mark, 7, &wal).unwrap());
        log(&wal, 7);
        assert!(!may_sign(&mark, 7, &wal).unwrap());
        log(&wal, 8);
        assert!(may_sign(&mark, 7, &wal).unwrap());
    }

    #[test]
    fn a_mark_above_the_next_height_keeps_silent() {
        let folder = tempfile::tempdir().unwrap();
        let (mark, wal) = (marked(folder.path(), 9), folder.path().join("wal"));
        log(&wal, 8);
        assert!(!may_sign(&mark, 7, &wal).unwrap());
    }

    #[test]
    fn a_damaged_log_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let (mark, wal) = (marked(folder.path(), 8), folder.path().join("wal"));
        log(&wal, 8);
        let mut bytes = fs::read(&wal).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        fs::write(&wal, bytes).unwrap();
        assert!(!may_sign(&mark, 7, &wal).unwrap());
        assert!(!wal.exists() && wal.with_extension("damaged").exists());
    }
}
