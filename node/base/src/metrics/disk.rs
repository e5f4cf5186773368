//! Disk usage of the node's data.

use std::{fs, path::Path};

use crate::layout::DATABASES;

/// Most files counted in one folder: a store of terabytes has tens of thousands.
const FILES_MAX: usize = 200_000;

/// Disk usage at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Disk {
    /// Bytes of the files in each folder; 0 where there is none.
    pub(super) folders: [(&'static str, u64); DATABASES.len()],
    /// Free bytes, where the system reports them.
    pub(super) free: Option<u64>,
}

impl Disk {
    /// Measures a data folder. Reads directories, so call it where blocking is allowed.
    pub(super) fn look(data: &Path) -> Self {
        let free = rustix::fs::statvfs(data).ok();
        Self {
            folders: DATABASES.map(|name| (name, bytes(&data.join(name)))),
            free: free.map(|stat| stat.f_bavail.saturating_mul(stat.f_frsize)),
        }
    }
}

/// Sums the bytes of a folder's files. Files that the database deletes meanwhile do not count.
fn bytes(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    let files = entries.take(FILES_MAX).filter_map(Result::ok);
    let metadata = files.filter_map(|entry| entry.metadata().ok());
    metadata
        .filter(fs::Metadata::is_file)
        .map(|file| file.len())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_each_folder_and_the_free_bytes_are_reported() {
        let data = tempfile::tempdir().unwrap();
        fs::create_dir_all(data.path().join("store/within")).unwrap();
        fs::write(data.path().join("store/1.sst"), [0; 700]).unwrap();
        fs::write(data.path().join("store/2.blob"), [0; 77]).unwrap();
        let disk = Disk::look(data.path());
        let none = ["details", "attachments", "holders"].map(|name| (name, 0));
        assert_eq!(disk.folders, [("store", 777), none[0], none[1], none[2]]);
        assert!(disk.free.unwrap() > 0);
        assert_eq!(Disk::look(Path::new("/nowhere")).free, None);
    }
}
