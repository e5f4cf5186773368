//! Key files, one for each key.
//!
//! ```text
//!   purpose = "sign"
//!   algorithm = "ed25519"
//!   key_id = 2
//!   public_key = "64 hexadecimal digits"
//!   secret = "64 hexadecimal digits"
//! ```
//!
//! This program wipes its own buffers after use. It cannot wipe the copies that the TOML parser makes.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use piaolian_base::private_files;
use piaolian_contracts::{
    chain::KeyAlgorithm,
    malformed::Malformed,
    organisations::{KeyId, KeyPurpose},
};
use piaolian_genesis::KeyPair;
use serde::Deserialize;
use zeroize::{Zeroize, Zeroizing};

use super::{HeldKey, KeyError};

/// Longest key file, in bytes. One has about 250.
const FILE_BYTES_MAX: u16 = 4 * 1024;

/// The file of the validate key that will replace the one in use.
pub const NEXT_VALIDATE_FILE: &str = "validate-next.toml";

const EARLIER_PREFIX: &str = "encrypt-";
const SUFFIX: &str = ".toml";

/// Returns the file name of an encryption key that was replaced: `encrypt-3.toml`.
pub fn earlier_encryption_key_name(key_id: KeyId) -> String {
    format!("{EARLIER_PREFIX}{key_id}{SUFFIX}")
}

/// Tells whether [`earlier_encryption_key_name`] gives this name to some key.
pub fn is_earlier_encryption_key(name: &str) -> bool {
    let number = name.strip_prefix(EARLIER_PREFIX);
    let number = number.and_then(|rest| rest.strip_suffix(SUFFIX));
    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Returns the file name of the key for a purpose.
pub fn file_name(purpose: KeyPurpose) -> String {
    format!("{purpose}.toml")
}

/// Writes a key into `folder`, named by its purpose, on disk before this returns.
///
/// # Errors
/// When the file exists, or the system refuses.
pub fn write(folder: &Path, key: &HeldKey) -> Result<PathBuf, KeyError> {
    write_new(folder, &file_name(key.purpose()), &form(key))
}

/// Writes a new private file, on disk before this returns.
pub(super) fn write_new(folder: &Path, name: &str, content: &str) -> Result<PathBuf, KeyError> {
    let path = folder.join(name);
    match private_files::write_new(&path, content.as_bytes()) {
        Ok(()) => Ok(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(KeyError::Exists(path)),
        Err(source) => Err(KeyError::System { path, source }),
    }
}

/// Reads the key of `purpose` from its file in `folder`.
///
/// # Errors
/// When the file is missing, open to others, or not that key's.
pub fn read(folder: &Path, purpose: KeyPurpose) -> Result<HeldKey, KeyError> {
    read_named(folder, &file_name(purpose), purpose)
}

/// Reads the key of `purpose` from a file in `folder`.
pub(super) fn read_named(
    folder: &Path,
    name: &str,
    purpose: KeyPurpose,
) -> Result<HeldKey, KeyError> {
    let path = folder.join(name);
    let content = read_private(&path)?;
    let key = parse(&path, &content)?;
    if key.purpose() == purpose {
        Ok(key)
    } else {
        Err(KeyError::OtherPurpose {
            path,
            found: key.purpose(),
        })
    }
}

/// Rejects a folder that others may use.
pub(super) fn require_private_folder(folder: &Path) -> Result<(), KeyError> {
    let metadata = fs::metadata(folder).map_err(|source| KeyError::System {
        path: folder.to_owned(),
        source,
    })?;
    Ok(private_files::require_private(folder, &metadata)?)
}

/// Reads a small private plain file. It checks the open file, not the path, so that the file cannot be exchanged in
/// between.
pub(super) fn read_private(path: &Path) -> Result<Zeroizing<String>, KeyError> {
    let trouble = |source| KeyError::System {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(trouble)?;
    let metadata = file.metadata().map_err(trouble)?;
    private_files::require_private(path, &metadata)?;
    if !metadata.is_file() || metadata.len() > FILE_BYTES_MAX.into() {
        return Err(KeyError::NotAFile(path.to_owned()));
    }
    // Capacity for the whole file, because growing the string would leave copies of the secret in memory.
    let mut content = Zeroizing::new(String::with_capacity(FILE_BYTES_MAX.into()));
    file.take(FILE_BYTES_MAX.into())
        .read_to_string(&mut content)
        .map_err(trouble)?;
    Ok(content)
}

/// The content of a key file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    purpose: String,
    algorithm: String,
    key_id: u32,
    public_key: String,
    secret: String,
}

impl Drop for KeyFile {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

fn form(key: &HeldKey) -> Zeroizing<String> {
    let secret = Zeroizing::new(hex::encode(*key.pair().secret()));
    let public_key = key.pair().public_key();
    Zeroizing::new(format!(
        "# A secret key of Piaolian: whoever reads it can act as its owner.\n\
         purpose = \"{}\"\n\
         algorithm = \"{}\"\n\
         key_id = {}\n\
         public_key = \"{}\"\n\
         secret = \"{}\"\n",
        key.purpose(),
        word(public_key.algorithm()),
        key.key_id(),
        hex::encode(public_key.as_bytes()),
        *secret,
    ))
}

fn parse(path: &Path, content: &str) -> Result<HeldKey, KeyError> {
    // The parser's full message would repeat the line with the secret.
    let form: KeyFile = toml::from_str(content).map_err(|error| KeyError::Form {
        path: path.to_owned(),
        problem: error.message().to_owned(),
    })?;
    let malformed = |problem| KeyError::Malformed {
        path: path.to_owned(),
        problem,
    };
    let key_id = KeyId::parse("key_id", form.key_id).map_err(malformed)?;
    let purpose = purpose(&form.purpose).map_err(malformed)?;
    let mut secret = Zeroizing::new([0; KeyPair::SECRET_BYTES]);
    hex::decode_to_slice(&form.secret, secret.as_mut_slice())
        .map_err(|_| malformed(Malformed::new("secret", "must be 64 hexadecimal digits")))?;
    let pair = KeyPair::from_secret(purpose, secret);
    let public_key = pair.public_key();
    let is_its_own = form.public_key == hex::encode(public_key.as_bytes())
        && form.algorithm == word(public_key.algorithm());
    if is_its_own {
        Ok(HeldKey::new(key_id, pair))
    } else {
        Err(KeyError::Mismatch(path.to_owned()))
    }
}

const fn word(algorithm: KeyAlgorithm) -> &'static str {
    match algorithm {
        KeyAlgorithm::Ed25519 => "ed25519",
        KeyAlgorithm::X25519 => "x25519",
    }
}

fn purpose(word: &str) -> Result<KeyPurpose, Malformed> {
    let all = [
        KeyPurpose::Admin,
        KeyPurpose::Sign,
        KeyPurpose::Validate,
        KeyPurpose::Peer,
        KeyPurpose::Encrypt,
        KeyPurpose::Supervise,
    ];
    all.into_iter()
        .find(|purpose| purpose.to_string() == word)
        .ok_or_else(|| Malformed::new("purpose", "must name a purpose"))
}
