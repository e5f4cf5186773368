//! Destroys an encryption key that is no longer needed.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
};

use piaolian_base::private_files;
use piaolian_contracts::organisations::KeyId;

use super::{KeyError, file};

/// Overwrites the file of an earlier encryption key and removes it, on disk before this returns. It cannot destroy
/// copies that a file system, a disk or a backup keeps elsewhere.
///
/// # Errors
/// When there is no such file, or the system refuses.
pub fn destroy_earlier_encryption_key(folder: &Path, key_id: KeyId) -> Result<(), KeyError> {
    let path = folder.join(file::earlier_encryption_key_name(key_id));
    let trouble = |source| KeyError::System {
        path: path.clone(),
        source,
    };
    let bytes = fs::metadata(&path).map_err(trouble)?.len();
    let mut file = OpenOptions::new()
        .write(true)
        .open(&path)
        .map_err(trouble)?;
    let zeros = vec![0; usize::try_from(bytes).unwrap_or_default()];
    file.write_all(&zeros).map_err(trouble)?;
    file.sync_all().map_err(trouble)?;
    fs::remove_file(&path).map_err(trouble)?;
    private_files::sync_folder(folder).map_err(trouble)
}
