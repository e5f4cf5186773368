//! Searches every file of every organisation and all traffic between them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::needles::Needles;

/// A file that contains a searched text in clear.
#[derive(Debug)]
#[allow(dead_code, reason = "the text is for the panic's message")]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// Finds all files under `folder` that contain a searched text.
pub(crate) fn search(folder: &Path, needles: &Needles) -> Vec<Found> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let Some(text) = needles.first_in(&fs::read(&path).unwrap()) {
                let text = text.to_owned();
                found.push(Found { path, text });
            }
        }
    }
    found
}
