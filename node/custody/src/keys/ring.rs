//! The keys of a node, and the first keys of an organisation.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use piaolian_base::private_files;
use piaolian_contracts::organisations::{KeyId, KeyPurpose};

use super::{HeldKey, KeyError, file};

/// Most earlier encryption keys: one a month for five years, with room.
const EARLIER_ENCRYPTION_KEYS_MAX: usize = 64;

/// The purposes for which a node may hold a key.
const NODE_PURPOSES: [KeyPurpose; 5] = [
    KeyPurpose::Sign,
    KeyPurpose::Validate,
    KeyPurpose::Peer,
    KeyPurpose::Encrypt,
    KeyPurpose::Supervise,
];

/// The keys that a node holds: at most one for each purpose, never the admin key; the validate key that will replace
/// the one in use at a later height; and earlier encryption keys, which decrypt details until they are destroyed.
#[derive(Debug)]
pub struct KeyRing {
    folder: PathBuf,
    keys: Vec<Arc<HeldKey>>,
    next_validate: Option<Arc<HeldKey>>,
    earlier_encryption_keys: Vec<Arc<HeldKey>>,
}

impl KeyRing {
    /// Reads the key files in a node's folder.
    ///
    /// # Errors
    /// When the folder or a file is open to others, a file is not a key file, or an admin key is among them.
    pub fn open(folder: &Path) -> Result<Self, KeyError> {
        file::require_private_folder(folder)?;
        let path_of = |purpose| folder.join(file::file_name(purpose));
        if exists_at(path_of(KeyPurpose::Admin))? {
            return Err(KeyError::AdminAmongNodeKeys(path_of(KeyPurpose::Admin)));
        }
        let mut keys = Vec::with_capacity(NODE_PURPOSES.len());
        for purpose in NODE_PURPOSES {
            if exists_at(path_of(purpose))? {
                keys.push(Arc::new(file::read(folder, purpose)?));
            }
        }
        Ok(Self {
            folder: folder.to_owned(),
            keys,
            next_validate: read_next_validate(folder)?.map(Arc::new),
            earlier_encryption_keys: read_earlier_encryption_keys(folder)?
                .into_iter()
                .map(Arc::new)
                .collect(),
        })
    }

    /// Returns the key for a purpose, if the node holds one.
    pub fn get(&self, purpose: KeyPurpose) -> Option<&Arc<HeldKey>> {
        self.keys.iter().find(|key| key.purpose() == purpose)
    }

    /// Returns the validator's keys: the one in use, then the next one. The validator set of a height names the one
    /// that counts there.
    pub fn validate_keys(&self) -> impl Iterator<Item = &Arc<HeldKey>> {
        let in_use = self.get(KeyPurpose::Validate);
        in_use.into_iter().chain(&self.next_validate)
    }

    /// Returns the encryption keys: the one in use, then earlier ones in the order of their numbers.
    pub fn encryption_keys(&self) -> impl Iterator<Item = &Arc<HeldKey>> {
        let in_use = self.get(KeyPurpose::Encrypt);
        in_use.into_iter().chain(&self.earlier_encryption_keys)
    }

    /// Returns the key for a purpose that the node requires.
    ///
    /// # Errors
    /// When the node holds none.
    pub fn require(&self, purpose: KeyPurpose) -> Result<&Arc<HeldKey>, KeyError> {
        self.get(purpose).ok_or_else(|| KeyError::Missing {
            folder: self.folder.clone(),
            purpose,
        })
    }
}

/// Reads the next validate key, if there is one.
///
/// # Errors
/// When the file is open to others, or not such a key's.
pub fn read_next_validate(folder: &Path) -> Result<Option<HeldKey>, KeyError> {
    if !exists_at(folder.join(file::NEXT_VALIDATE_FILE))? {
        return Ok(None);
    }
    file::read_named(folder, file::NEXT_VALIDATE_FILE, KeyPurpose::Validate).map(Some)
}

/// Reads the earlier encryption keys, in the order of their numbers.
///
/// # Errors
/// When a file is open to others or not such a key's, or there are too many.
pub fn read_earlier_encryption_keys(folder: &Path) -> Result<Vec<HeldKey>, KeyError> {
    let trouble = |source| KeyError::System {
        path: folder.to_owned(),
        source,
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(trouble)? {
        let name = entry.map_err(trouble)?.file_name();
        let Some(name) = name
            .to_str()
            .filter(|name| file::is_earlier_encryption_key(name))
        else {
            continue;
        };
        if found.len() == EARLIER_ENCRYPTION_KEYS_MAX {
            return Err(KeyError::TooManyEncryptionKeys(folder.to_owned()));
        }
        found.push(file::read_named(folder, name, KeyPurpose::Encrypt)?);
    }
    found.sort_by_key(HeldKey::key_id);
    Ok(found)
}

fn exists_at(path: PathBuf) -> Result<bool, KeyError> {
    path.try_exists()
        .map_err(|source| KeyError::System { path, source })
}

/// Generates an organisation's first keys: the admin key, number 1, in its own folder, and one for each of `purposes`,
/// numbered from 2 in that order, in the node's folder. Returns them in the order of their numbers, as the founding
/// entry needs them.
///
/// # Errors
/// When a purpose is named twice, a file exists, a folder is open to others, or the system refuses. Nothing is written
/// when any of the files exists.
pub fn generate(
    node_folder: &Path,
    admin_folder: &Path,
    purposes: &[KeyPurpose],
) -> Result<Vec<HeldKey>, KeyError> {
    let distinct: BTreeSet<_> = purposes.iter().collect();
    if distinct.len() != purposes.len() || distinct.contains(&KeyPurpose::Admin) {
        return Err(KeyError::Purposes);
    }
    for folder in [node_folder, admin_folder] {
        make_private_folder(folder)?;
    }
    let all = [(admin_folder, KeyPurpose::Admin)]
        .into_iter()
        .chain(purposes.iter().map(|purpose| (node_folder, *purpose)));
    let all: Vec<_> = (1..).zip(all).collect();
    for (_, (folder, purpose)) in &all {
        let path = folder.join(file::file_name(*purpose));
        if path.exists() {
            return Err(KeyError::Exists(path));
        }
    }
    let mut keys = Vec::with_capacity(all.len());
    for (number, (folder, purpose)) in all {
        let key_id = KeyId::parse("key_id", number).map_err(|_| KeyError::Purposes)?;
        let key = HeldKey::generate(purpose, key_id)?;
        file::write(folder, &key)?;
        keys.push(key);
    }
    Ok(keys)
}

fn make_private_folder(folder: &Path) -> Result<(), KeyError> {
    private_files::make_folder(folder).map_err(|source| KeyError::System {
        path: folder.to_owned(),
        source,
    })?;
    file::require_private_folder(folder)
}
