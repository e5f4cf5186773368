//! The manifest of a backup.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Read},
    path::Path,
};

use piaolian_base::layout::{self, DETAILS, STORE};
use piaolian_contracts::{
    chain::header::{FIRST_PROTOCOL_VERSION, PROTOCOL_VERSION},
    organisations::KeyPurpose,
};
use piaolian_custody::keys;
use serde::{Deserialize, Serialize};

use super::{
    BackupError, CONFIG, GENESIS, KEYS, MANIFEST,
    files::{is_of_database, trouble},
};

/// Version of a backup's layout.
const FORMAT: u32 = 1;

/// Longest manifest, bytes. It also bounds the number of files.
const MANIFEST_BYTES_MAX: u64 = 64 << 20;

/// The purposes of the keys that a node, and therefore a backup, may hold.
const KEY_PURPOSES: [KeyPurpose; 5] = [
    KeyPurpose::Sign,
    KeyPurpose::Validate,
    KeyPurpose::Peer,
    KeyPurpose::Encrypt,
    KeyPurpose::Supervise,
];

/// One file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRow {
    /// Its name within the backup.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, 64 hexadecimal digits.
    pub sha256: String,
}

/// Manifest of a backup: `manifest.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The layout of the backup.
    pub format: u32,
    /// The program that made it.
    pub program_version: String,
    /// The protocol version of the chain's tip.
    pub protocol_version: u32,
    /// Time of the backup, Unix ms.
    pub made_ms: u64,
    /// The organisation that runs the node.
    pub organisation: String,
    /// The chain's name.
    pub chain_id: String,
    /// The hash of its founding document.
    pub genesis_hash: String,
    /// The last committed height.
    pub height: u64,
    /// That block's hash; the founding document's at height 0.
    pub block_hash: String,
    /// That block's time, Unix ms.
    pub block_time_ms: u64,
    /// The root of the state after it.
    pub state_root: String,
    /// Every other file of the backup.
    pub files: Vec<FileRow>,
}

impl Manifest {
    pub(super) const fn format() -> u32 {
        FORMAT
    }

    /// Returns the bytes of all its files.
    pub fn bytes(&self) -> u64 {
        self.files
            .iter()
            .fold(0, |sum, file| sum.saturating_add(file.bytes))
    }

    /// Returns whether it has receipt details.
    pub fn has_details(&self) -> bool {
        self.has(DETAILS)
    }

    /// Returns whether it has keys.
    pub fn has_keys(&self) -> bool {
        self.has(KEYS)
    }

    fn has(&self, folder: &str) -> bool {
        let mut folders = self
            .files
            .iter()
            .filter_map(|file| file.path.split_once('/'));
        folders.any(|(within, _)| within == folder)
    }

    /// Reads a backup's manifest, and checks it as far as possible without its files.
    pub(super) fn read(backup: &Path) -> Result<Self, BackupError> {
        let path = backup.join(MANIFEST);
        let trouble = trouble(&path);
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(BackupError::damaged(
                    MANIFEST,
                    "missing: it is no whole backup",
                ));
            }
            opened => opened.map_err(&trouble)?,
        };
        let mut text = Vec::new();
        let read = file.take(MANIFEST_BYTES_MAX + 1).read_to_end(&mut text);
        read.map_err(&trouble)?;
        if text.len() as u64 > MANIFEST_BYTES_MAX {
            return Err(BackupError::damaged(MANIFEST, "too long"));
        }
        let manifest: Self =
            serde_json::from_slice(&text).map_err(|error| BackupError::damaged(MANIFEST, error))?;
        manifest.check()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), BackupError> {
        if self.format != FORMAT {
            let (found, known) = (self.format, FORMAT);
            return Err(BackupError::Foreign(format!(
                "it has layout {found}, this program knows {known}"
            )));
        }
        if !(FIRST_PROTOCOL_VERSION..=PROTOCOL_VERSION).contains(&self.protocol_version) {
            return Err(BackupError::Foreign(format!(
                "its chain is at protocol version {}, this program speaks {PROTOCOL_VERSION}",
                self.protocol_version
            )));
        }
        let mut names = BTreeSet::new();
        for file in &self.files {
            if !may_hold(&file.path) || !names.insert(file.path.as_str()) {
                let problem = format!("names {:?}, or names it twice", file.path);
                return Err(BackupError::damaged(MANIFEST, problem));
            }
        }
        let current = format!("{STORE}/CURRENT");
        let needed = [CONFIG, GENESIS, current.as_str()];
        match needed.into_iter().find(|name| !names.contains(name)) {
            Some(missing) => Err(BackupError::damaged(
                MANIFEST,
                format!("does not name {missing}"),
            )),
            None => Ok(()),
        }
    }
}

/// Returns whether a backup may hold a file of this name: no last signed state, no log of the engine, no admin key, and
/// nothing outside of its folders.
fn may_hold(path: &str) -> bool {
    match path.split_once('/') {
        None => [CONFIG, GENESIS].contains(&path) || layout::is_access_log(path),
        Some((STORE | DETAILS, name)) => is_of_database(name),
        Some((KEYS, name)) => is_key_file(name),
        Some(_) => false,
    }
}

/// Returns whether a key file of this name may be in a backup.
pub(super) fn is_key_file(name: &str) -> bool {
    let mut in_use = KEY_PURPOSES.into_iter().map(keys::file_name);
    in_use.any(|file| file == name)
        || name == keys::NEXT_VALIDATE_FILE
        || name == keys::HOLDER_TAG_FILE
        || keys::is_earlier_encryption_key(name)
}
