//! Keys for tags of persons, which nobody else knows: that of this machine's holder index, which is rebuilt when its key
//! is lost, and that of the holder tags on the ledger, which must be kept: without it the sums of a year begin anew.

use std::path::Path;

use piaolian_encryption::IndexKey;
use serde::Deserialize;
use zeroize::{Zeroize, Zeroizing};

use super::{
    KeyError,
    file::{read_private, require_private_folder, write_new},
};

/// The key's file among the node's keys.
pub const INDEX_FILE: &str = "holder-index.toml";

/// The file of the key of holder tags, among the node's keys.
pub const HOLDER_TAG_FILE: &str = "holder-tags.toml";

const INDEX_REMARK: &str =
    "The key of this machine's holder index. Without it the index is rebuilt.";
const HOLDER_TAG_REMARK: &str = "The key of the holder tags of this organisation's claims. Keep it, and give every node \
     that files claims the same: without it every person's year begins anew.";

/// The content of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IndexKeyFile {
    secret: String,
}

impl Drop for IndexKeyFile {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

/// Reads the key of the index from its file in `folder`, or creates both, on disk before this returns.
///
/// # Errors
/// When the file is open to others or not such a key's, or the system refuses.
pub fn index_key(folder: &Path) -> Result<IndexKey, KeyError> {
    read_or_create(folder, INDEX_FILE, INDEX_REMARK)
}

/// Reads the key of holder tags from its file in `folder`, or creates both, on disk before this returns.
///
/// # Errors
/// When the file is open to others or not such a key's, or the system refuses.
pub fn holder_tag_key(folder: &Path) -> Result<IndexKey, KeyError> {
    read_or_create(folder, HOLDER_TAG_FILE, HOLDER_TAG_REMARK)
}

fn read_or_create(folder: &Path, file: &str, remark: &str) -> Result<IndexKey, KeyError> {
    require_private_folder(folder)?;
    let path = folder.join(file);
    let exists = path.try_exists().map_err(|source| KeyError::System {
        path: path.clone(),
        source,
    })?;
    if !exists {
        let key = IndexKey::random(&mut rand::rng());
        write_new(folder, file, &form(&key, remark))?;
        return Ok(key);
    }
    let content = read_private(&path)?;
    parse(&content).map_err(|problem| KeyError::Form { path, problem })
}

fn form(key: &IndexKey, remark: &str) -> Zeroizing<String> {
    let secret = Zeroizing::new(hex::encode(key.reveal()));
    Zeroizing::new(format!("# {remark}\nsecret = \"{}\"\n", *secret))
}

fn parse(content: &str) -> Result<IndexKey, String> {
    // The parser's full message would repeat the line with the secret.
    let form: IndexKeyFile = toml::from_str(content).map_err(|error| error.message().to_owned())?;
    let mut secret = Zeroizing::new([0; IndexKey::BYTES]);
    hex::decode_to_slice(&form.secret, secret.as_mut_slice())
        .map_err(|_| "secret must be 64 hexadecimal digits".to_owned())?;
    Ok(IndexKey::new(secret))
}

#[cfg(test)]
mod tests {
    use std::{
        fs::{self, Permissions},
        os::unix::fs::PermissionsExt,
    };

    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
        folder
    }

    #[test]
    fn the_key_is_created_once() {
        let (folder, other) = (folder(), folder());
        let made = index_key(folder.path()).unwrap();
        let read = index_key(folder.path()).unwrap();
        assert_eq!(made.reveal(), read.reveal());
        assert_ne!(made.reveal(), index_key(other.path()).unwrap().reveal());
        let mode = fs::metadata(folder.path().join(INDEX_FILE)).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn holder_tags_have_a_key_of_their_own() {
        let folder = folder();
        let made = holder_tag_key(folder.path()).unwrap();
        assert_eq!(
            made.reveal(),
            holder_tag_key(folder.path()).unwrap().reveal()
        );
        assert_ne!(made.reveal(), index_key(folder.path()).unwrap().reveal());
        assert_eq!(
            made.tag("11010519491231002x"),
            made.tag("11010519491231002X")
        );
    }

    #[test]
    fn a_malformed_file_is_rejected_and_neither_shown_nor_replaced() {
        for content in [
            "",
            "secret = \"5ec2e7\"",
            "secret = 5ec2e7",
            "other = \"5ec2e7\"",
        ] {
            let folder = folder();
            write_new(folder.path(), INDEX_FILE, content).unwrap();
            let error = index_key(folder.path()).unwrap_err();
            assert!(matches!(error, KeyError::Form { .. }), "{error}");
            assert!(!error.to_string().contains("5ec2e7"), "{error}");
            let kept = fs::read_to_string(folder.path().join(INDEX_FILE)).unwrap();
            assert_eq!(kept, content);
        }
    }

    #[test]
    fn a_file_that_is_open_to_others_is_rejected() {
        let folder = folder();
        index_key(folder.path()).unwrap();
        let path = folder.path().join(INDEX_FILE);
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let refused = index_key(folder.path());
        assert!(matches!(refused, Err(KeyError::OpenToOthers(_))));
    }
}
