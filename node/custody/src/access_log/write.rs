//! Writes a node's log.

use std::{
    fs::{self, File, TryLockError},
    io::Write,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use piaolian_base::{
    private_files,
    shutdown::{ClosedSignal, OpenGuard},
    write_point,
};
use piaolian_contracts::chain::Hash;

use super::{Access, AccessLogError, Head, LINE_BYTES_MAX, Lines, LogHeader, read};

/// Name of the write point.
const WRITE_POINT: &str = "access_log/append";

/// A log that is open for writing. The file is locked until this is dropped.
#[derive(Debug)]
pub struct AccessLog {
    path: PathBuf,
    header: LogHeader,
    end: Mutex<End>,
    /// Declared after the file, so that it is dropped once the file is closed.
    open: OpenGuard,
}

/// Where the file ends.
#[derive(Debug)]
struct End {
    file: File,
    bytes: u64,
    head: Head,
    /// A write failed: the end of the file is unknown.
    broken: bool,
}

impl AccessLog {
    /// Opens the log with this header, creates it when it is new, and checks all lines. Cuts off a last line that a
    /// crash left without its end.
    ///
    /// # Errors
    /// When the file cannot be read or written, is open to others, is in use, is another log, or has a broken line.
    pub fn open(path: &Path, header: &LogHeader) -> Result<Self, AccessLogError> {
        let system = AccessLogError::system(path);
        let mut options = private_files::options();
        let options = options.read(true).append(true).create(true);
        let file = options.open(path).map_err(&system)?;
        lock_private(path, &file)?;
        let lines = Lines::of(path, file.try_clone().map_err(&system)?)?;
        let end = match lines {
            Some(lines) => resume(path, file, lines, header)?,
            None => begin(path, file, header)?,
        };
        private_files::sync_parent(path).map_err(&system)?;
        Ok(Self {
            path: path.to_owned(),
            header: header.clone(),
            end: Mutex::new(end),
            open: OpenGuard::default(),
        })
    }

    /// Returns the signal that the log is closed.
    pub fn closed(&self) -> ClosedSignal {
        self.open.closed()
    }

    /// Returns the header.
    pub const fn header(&self) -> &LogHeader {
        &self.header
    }

    /// Returns the hash of the entry with this number, as the file has it now; `None` when it has fewer. Reads the file
    /// from its beginning.
    ///
    /// # Errors
    /// When the file cannot be read, or a line of it is broken.
    pub fn hash_at(&self, entries: u64) -> Result<Option<Hash>, AccessLogError> {
        for line in read(&self.path)? {
            let line = line?;
            if line.entry.number == entries {
                return Ok(Some(line.hash));
            }
        }
        Ok(None)
    }

    /// Appends an entry, on disk before this returns.
    ///
    /// # Errors
    /// When the entry is too long, or the file cannot be written. After a failed write all later ones fail: the end of
    /// the file is unknown.
    pub fn record(&self, access: &Access, time_ms: u64) -> Result<(), AccessLogError> {
        let mut end = self.end();
        if end.broken {
            return Err(AccessLogError::Failed(self.path.clone()));
        }
        let (line, head) = end.head.append(access, time_ms);
        if line.len() > LINE_BYTES_MAX {
            return Err(AccessLogError::TooLong {
                path: self.path.clone(),
                bytes: line.len(),
            });
        }
        end.broken = true; // until this one is on disk
        self.expect_untouched(&end)?;
        write_point::pass(WRITE_POINT, false);
        let written = end.file.write_all(&line);
        let synced = written.and_then(|()| end.file.sync_data());
        synced.map_err(AccessLogError::system(&self.path))?;
        write_point::pass(WRITE_POINT, true);
        end.bytes += line.len() as u64;
        end.head = head;
        end.broken = false;
        Ok(())
    }

    /// Returns the end of the log.
    pub fn head(&self) -> Head {
        self.end().head
    }

    fn end(&self) -> MutexGuard<'_, End> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks that the path still names the opened file, and that only this node has changed its length. Readers could
    /// not read an entry that follows foreign bytes.
    fn expect_untouched(&self, end: &End) -> Result<(), AccessLogError> {
        let opened = end.file.metadata();
        let opened = opened.map_err(AccessLogError::system(&self.path))?;
        let is_same = fs::metadata(&self.path).is_ok_and(|named| {
            (named.dev(), named.ino(), named.len()) == (opened.dev(), opened.ino(), end.bytes)
        });
        if is_same {
            Ok(())
        } else {
            Err(AccessLogError::Touched(self.path.clone()))
        }
    }
}

/// Writes the first line of a log that has none, or a torn one.
fn begin(path: &Path, mut file: File, header: &LogHeader) -> Result<End, AccessLogError> {
    let (line, head) = header.line();
    let begun = file.set_len(0).and_then(|()| file.write_all(&line));
    let synced = begun.and_then(|()| file.sync_all());
    synced.map_err(AccessLogError::system(path))?;
    Ok(End {
        file,
        bytes: line.len() as u64,
        head,
        broken: false,
    })
}

/// Checks all lines of a log, and cuts off one without its end.
fn resume(
    path: &Path,
    file: File,
    mut lines: Lines,
    header: &LogHeader,
) -> Result<End, AccessLogError> {
    if lines.header() != header {
        return Err(AccessLogError::Another {
            path: path.to_owned(),
            found: Box::new(lines.header().clone()),
            expected: Box::new(header.clone()),
        });
    }
    for line in &mut lines {
        line?;
    }
    let (bytes, head) = (lines.bytes(), lines.head());
    let unfinished_bytes = lines.unfinished_bytes();
    if unfinished_bytes > 0 {
        tracing::warn!(file = %path.display(), unfinished_bytes, "cut off an unfinished line at the end of the access log");
        let cut = file.set_len(bytes).and_then(|()| file.sync_all());
        cut.map_err(AccessLogError::system(path))?;
    }
    Ok(End {
        file,
        bytes,
        head,
        broken: false,
    })
}

/// Checks that the file is private, and locks it against other writers.
fn lock_private(path: &Path, file: &File) -> Result<(), AccessLogError> {
    let metadata = file.metadata().map_err(AccessLogError::system(path))?;
    private_files::require_private(path, &metadata)?;
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(AccessLogError::InUse(path.to_owned())),
        Err(TryLockError::Error(error)) => Err(AccessLogError::system(path)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access_log::{Ground, tests::place::header};

    #[test]
    fn after_a_failed_write_no_entry_is_accepted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("access.log");
        let log = AccessLog::open(&path, &header()).unwrap();
        let access = Access {
            receipt: "99060126-0000000001".to_owned(),
            details_commitment: String::new(),
            client: "his".to_owned(),
            operator: String::new(),
            ground: Ground::Issuer,
            for_holder: None,
        };
        log.record(&access, 1).unwrap();
        let head = log.head();
        // Writing through this handle fails.
        let unwritable = File::open(&path).unwrap();
        let writable = std::mem::replace(&mut log.end().file, unwritable);
        let error = log.record(&access, 2).unwrap_err();
        assert!(matches!(error, AccessLogError::System { .. }), "{error}");
        log.end().file = writable;
        let error = log.record(&access, 2).unwrap_err();
        assert!(matches!(error, AccessLogError::Failed(_)), "{error}");
        assert_eq!(log.head(), head);
    }
}
