//! Where a node's files are; its data copied aside and brought back.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::Cluster;

impl Cluster {
    /// The data folder of a node.
    #[must_use]
    pub fn data(&self, place: usize) -> PathBuf {
        self.folder.path().join(place.to_string()).join("data")
    }

    /// The signer's mark of a node.
    #[must_use]
    pub fn mark(&self, place: usize) -> PathBuf {
        self.folder.path().join(place.to_string()).join("mark")
    }

    /// What a node has logged.
    #[must_use]
    pub fn log(&self, place: usize) -> String {
        fs::read_to_string(self.log_file(place)).unwrap_or_default()
    }

    pub(super) fn log_file(&self, place: usize) -> PathBuf {
        self.folder.path().join(place.to_string()).join("log")
    }

    /// Copies a node's data as a backup does: without the signer's mark.
    ///
    /// # Errors
    /// When a file cannot be copied.
    pub fn back_up(&self, place: usize, into: &Path) -> io::Result<()> {
        copy_folder(&self.data(place), into)
    }

    /// Replaces a node's data by a backup.
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
