//! The files of a node; backing up and restoring its data.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::Cluster;

impl Cluster {
    /// Path of a node's data folder.
    pub fn data(&self, place: usize) -> PathBuf {
        self.folder.path().join(place.to_string()).join("data")
    }

    /// Path of a node's last signed state.
    pub fn last_signed_state(&self, place: usize) -> PathBuf {
        self.folder
            .path()
            .join(place.to_string())
            .join("signer.mark")
    }

    /// Contents of a node's log.
    pub fn log(&self, place: usize) -> String {
        fs::read_to_string(self.log_file(place)).unwrap_or_default()
    }

    pub(super) fn log_file(&self, place: usize) -> PathBuf {
        self.folder.path().join(place.to_string()).join("log")
    }

    /// Copies a node's data as a backup does, without the last signed state.
    ///
    /// # Errors
    /// When a file cannot be copied.
    pub fn back_up(&self, place: usize, into: &Path) -> io::Result<()> {
        copy_folder(&self.data(place), into)
    }

    /// Replaces a node's data with a backup.
    ///
    /// # Errors
    /// When a file cannot be copied.
    pub fn restore(&self, place: usize, from: &Path) -> io::Result<()> {
        fs::remove_dir_all(self.data(place))?;
        copy_folder(from, &self.data(place))
    }
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    for entry in fs::read_dir(from)? {
        let (from, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        if from.is_dir() {
            copy_folder(&from, &to.join(name))?;
        } else {
            fs::copy(&from, to.join(name))?;
        }
    }
    Ok(())
}
