//! Files that commands read and write.

use std::{
    fs,
    io::{Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use piaolian_base::private_files;

use super::Failure;

/// Largest file that a command reads whole, bytes; a founding document is smaller.
const FILE_BYTES_MAX: u64 = 16 << 20;
/// Mode of a file for everybody to read.
pub(super) const PUBLIC_MODE: u32 = 0o644;

/// Reads a whole file, `-` for stdin.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    read_up_to(path, FILE_BYTES_MAX)
}

/// Reads a whole file of at most `bytes_max` bytes, `-` for stdin.
pub(super) fn read_up_to(path: &Path, bytes_max: u64) -> Result<Vec<u8>, Failure> {
    let trouble = |error: std::io::Error| Failure::Usage(format!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(bytes_max + 1)
            .read_to_end(&mut bytes)
    } else {
        fs::File::open(path)
            .map_err(trouble)?
            .take(bytes_max + 1)
            .read_to_end(&mut bytes)
    };
    read.map_err(trouble)?;
    if bytes.len() as u64 > bytes_max {
        return Err(Failure::Usage(format!(
            "{}: above {bytes_max} bytes",
            path.display()
        )));
    }
    Ok(bytes)
}

/// Reads a whole file as text.
pub(super) fn read_text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(read(path)?)
        .map_err(|_| Failure::Usage(format!("{}: not UTF-8", path.display())))
}

/// Makes a folder for the user alone, unless it is there.
pub(super) fn make_folder(folder: &Path) -> Result<(), Failure> {
    private_files::make_folder(folder)
        .map_err(|error| Failure::Usage(format!("{}: {error}", folder.display())))
}

/// Writes a new file; one that is there is not overwritten.
pub(super) fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    let trouble = |error: std::io::Error| Failure::Usage(format!("{}: {error}", path.display()));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .map_err(trouble)?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(trouble)
}
