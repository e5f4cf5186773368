//! Copies of files: counted, hashed, and on disk before they are reported.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use piaolian_base::private_files;
use sha2::{Digest, Sha256};

use super::{BackupError, FileRow};

/// Bytes that are read at once.
const CHUNK_BYTES: usize = 1 << 20;

/// Most files of one folder: a store of terabytes has tens of thousands.
const FILES_MAX: usize = 200_000;

/// Folder within a target in which its content is built.
const UNFINISHED: &str = ".unfinished";

/// Returns a constructor for errors of the system about a path.
pub(super) fn trouble(path: &Path) -> impl Fn(io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::System {
        path: path.clone(),
        source,
    }
}

/// Returns the names of a folder's entries, in order, each with whether it is a plain file.
pub(super) fn entries(folder: &Path) -> Result<Vec<(String, bool)>, BackupError> {
    let trouble = trouble(folder);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(&trouble)? {
        let entry = entry.map_err(&trouble)?;
        let is_file = entry.file_type().map_err(&trouble)?.is_file();
        let name = entry.file_name().to_string_lossy().into_owned();
        found.push((name, is_file));
        if found.len() > FILES_MAX {
            return Err(trouble(io::Error::other("too many files")));
        }
    }
    found.sort();
    Ok(found)
}

/// Copies a plain file of at most `bytes_max` bytes to a new one, on disk before this
/// returns. Returns its length and SHA-256.
pub(super) fn copy(from: &Path, to: &Path, bytes_max: u64) -> Result<(u64, String), BackupError> {
    let source = File::open(from).map_err(trouble(from))?;
    let mut target = private_files::create_new(to).map_err(trouble(to))?;
    let mut source = source.take(bytes_max);
    let (mut hash, mut copied) = (Sha256::new(), 0);
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = source.read(&mut chunk).map_err(trouble(from))?;
        if read == 0 {
            break;
        }
        hash.update(&chunk[..read]);
        target.write_all(&chunk[..read]).map_err(trouble(to))?;
        copied += read as u64;
    }
    target.sync_all().map_err(trouble(to))?;
    Ok((copied, hex::encode(hash.finalize())))
}

/// A target that is being built.
pub(super) struct Target {
    folder: PathBuf,
    unfinished: PathBuf,
    /// Whether this created the folder, and must remove it on failure.
    made: bool,
    finished: bool,
}

impl Target {
    /// Begins in `folder`, which is new or empty.
    pub(super) fn begin(folder: &Path) -> Result<Self, BackupError> {
        let made = match fs::symlink_metadata(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make_folder(folder)?;
                true
            }
            Err(error) => return Err(trouble(folder)(error)),
            Ok(_) if folder.is_dir() && entries(folder)?.is_empty() => false,
            Ok(_) => return Err(BackupError::NotEmpty(folder.to_owned())),
        };
        let target = Self {
            folder: folder.to_owned(),
            unfinished: folder.join(UNFINISHED),
            made,
            finished: false,
        };
        make_folder(&target.unfinished)?;
        Ok(target)
    }

    /// Returns the path at which a file or folder of it is built.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.unfinished.join(name)
    }

    /// Makes a folder within it.
    pub(super) fn make_folder(&self, name: &str) -> Result<PathBuf, BackupError> {
        let path = self.path(name);
        make_folder(&path)?;
        Ok(path)
    }

    /// Writes a new file within it.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), BackupError> {
        let path = self.path(name);
        private_files::write_new(&path, bytes).map_err(trouble(&path))
    }

    /// Moves everything that was built into place. Moves `last` at the end, because with this file the target counts as
    /// complete.
    pub(super) fn finish(mut self, last: &str) -> Result<(), BackupError> {
        sync_folders(&self.unfinished)?;
        let names = entries(&self.unfinished)?.into_iter().map(|(name, _)| name);
        let (end, first): (Vec<_>, Vec<_>) = names.partition(|name| name == last);
        for name in first.into_iter().chain(end) {
            sync(&self.folder)?;
            let to = self.folder.join(&name);
            fs::rename(self.path(&name), &to).map_err(trouble(&to))?;
        }
        fs::remove_dir(&self.unfinished).map_err(trouble(&self.unfinished))?;
        sync(&self.folder)?;
        self.finished = true;
        Ok(())
    }
}

/// Removes a target that was not finished.
impl Drop for Target {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        let mut removed = fs::remove_dir_all(&self.unfinished);
        if self.made && removed.is_ok() {
            removed = fs::remove_dir(&self.folder);
        }
        if let Err(error) = removed {
            tracing::warn!(folder = %self.folder.display(), %error, "unfinished backup not removed");
        }
    }
}

/// A backup may hold names, identity numbers and keys.
fn make_folder(folder: &Path) -> Result<(), BackupError> {
    private_files::make_folder(folder).map_err(trouble(folder))
}

fn sync(folder: &Path) -> Result<(), BackupError> {
    private_files::sync_folder(folder).map_err(trouble(folder))
}

/// Syncs a folder and those within it: a backup has three levels.
fn sync_folders(folder: &Path) -> Result<(), BackupError> {
    for (name, is_file) in entries(folder)? {
        if !is_file {
            sync_folders(&folder.join(name))?;
        }
    }
    sync(folder)
}

/// Makes the row of a copied file.
pub(super) fn row(path: String, (bytes, sha256): (u64, String)) -> FileRow {
    FileRow {
        path,
        bytes,
        sha256,
    }
}

/// Returns whether a file of this name is part of a closed database. Its lock file and its information log are not.
pub(super) fn is_of_database(name: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match name.split_once(['.', '-']) {
        Some((number, "sst" | "blob" | "log") | ("MANIFEST" | "OPTIONS", number)) => digits(number),
        Some(_) => false,
        None => name == "CURRENT" || name == "IDENTITY",
    }
}
