//! Files and folders that only the node's user may use.
//!
//! Keys, tokens, logs and receipt details lie in folders of mode 0700 and files of mode 0600. A path that other users
//! may use is rejected, not repaired, because they may have read it already.

use std::{
    fs::{self, DirBuilder, File, Metadata, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// Mode of a private folder: the owner alone may list, enter and change it.
const FOLDER_MODE: u32 = 0o700;

/// Mode of a private file: the owner alone may read and write it.
pub const FILE_MODE: u32 = 0o600;

/// Permission bits of everybody but the owner.
const OTHERS: u32 = 0o077;

/// Permission bits of a mode, without the bits for the file's type.
const PERMISSIONS: u32 = 0o777;

/// A path that others than its owner may use.
#[derive(Debug, thiserror::Error)]
#[error("{} has mode {mode:o}: it must be closed to others (chmod go=)", .path.display())]
pub struct OpenToOthers {
    /// The file or folder.
    pub path: PathBuf,
    /// Its permission bits.
    pub mode: u32,
}

/// Rejects a file or folder that others than its owner may use.
///
/// Pass the metadata of the open file if there is one, so that nobody can replace the file at the path before the
/// check.
///
/// # Errors
/// When anybody but the owner has a permission.
pub fn require_private(path: &Path, metadata: &Metadata) -> Result<(), OpenToOthers> {
    let mode = metadata.permissions().mode() & PERMISSIONS;
    if mode & OTHERS == 0 {
        return Ok(());
    }
    Err(OpenToOthers {
        path: path.to_owned(),
        mode,
    })
}

/// Makes a private folder and its missing parents. Leaves a folder that exists as it is.
///
/// # Errors
/// When the system refuses.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(FOLDER_MODE).create(folder)
}

/// Returns options that give a file that they create the mode of a private file.
pub fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(FILE_MODE);
    options
}

/// Creates an empty private file and opens it for writing.
///
/// # Errors
/// When the path exists, or the system refuses.
pub fn create_new(path: &Path) -> io::Result<File> {
    options().write(true).create_new(true).open(path)
}

/// Writes a new private file. File and name are on disk when this returns.
///
/// # Errors
/// When the path exists, or the system refuses.
pub fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    write_and_sync(create_new(path)?, content)?;
    sync_parent(path)
}

/// Replaces a private file as a whole, on disk before this returns. A concurrent reader sees the old or the new
/// content.
///
/// # Errors
/// When the system refuses.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let file = options()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&beside)?;
    write_and_sync(file, content)?;
    fs::rename(beside, path)?;
    sync_parent(path)
}

/// Syncs the folder that holds `path`. A new name survives a power cut only after this.
///
/// # Errors
/// When the system refuses.
pub fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| *parent != Path::new(""));
    sync_folder(parent.unwrap_or(Path::new(".")))
}

/// Syncs a folder: the names in it, not the content of its files.
///
/// # Errors
/// When the system refuses.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn write_and_sync(mut file: File, content: &[u8]) -> io::Result<()> {
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & PERMISSIONS
    }

    #[test]
    fn made_folders_and_files_are_private() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("a/b");
        make_folder(&folder).unwrap();
        make_folder(&folder).unwrap();
        let (new, replaced) = (folder.join("new"), folder.join("replaced.toml"));
        write_new(&new, b"secret").unwrap();
        replace(&replaced, b"first").unwrap();
        replace(&replaced, b"second").unwrap();
        assert_eq!((mode(&folder), mode(&new)), (FOLDER_MODE, FILE_MODE));
        assert_eq!(mode(&replaced), FILE_MODE);
        assert_eq!(fs::read(&replaced).unwrap(), b"second");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
    }

    #[test]
    fn an_existing_file_is_not_overwritten() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("file");
        write_new(&path, b"first").unwrap();
        let error = write_new(&path, b"second").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
    }

    #[test]
    fn a_path_that_others_may_use_is_rejected() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("file");
        write_new(&path, b"").unwrap();
        for open in [0o640, 0o604, 0o610, 0o602, 0o677] {
            fs::set_permissions(&path, fs::Permissions::from_mode(open)).unwrap();
            let error = require_private(&path, &fs::metadata(&path).unwrap()).unwrap_err();
            assert_eq!((error.path, error.mode), (path.clone(), open));
        }
        for closed in [0o600, 0o400, 0o700] {
            fs::set_permissions(&path, fs::Permissions::from_mode(closed)).unwrap();
            require_private(&path, &fs::metadata(&path).unwrap()).unwrap();
        }
    }
}
