//! Who may call: bearer tokens with a role.
//!
//! ```text
//!   piaolian tokens new ──► token (shown once) ──► client: `authorization: Bearer <token>`
//!                     └──► SHA-256 ──► tokens.toml (0600) ──► node: compared in constant time
//! ```
//!
//! A token has 256 random bits, so that its hash alone gives nobody a way in.

use std::{
    fmt, fs,
    io::Write as _,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Random bytes of a token.
const TOKEN_BYTES: usize = 32;
/// What a token begins with, so that secret scanners know it.
const TOKEN_PREFIX: &str = "plt_";
/// Tokens of one node: each is compared at each call.
const TOKENS_MAX: usize = 256;
/// Permissions that others than the owner must not have.
const OTHERS: u32 = 0o077;
/// Longest name of a token, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// What a token allows. Each role includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenRole {
    /// Queries, verification, events.
    Read,
    /// Business: typed calls that the node signs, raw transactions, receipt details.
    Submit,
    /// Raw transactions that are an administrator's act.
    Admin,
}

impl TokenRole {
    /// The word for it in the file and in messages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Submit => "submit",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for TokenRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Whoever a call's token belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The token's name, for the log and for limits.
    pub name: String,
    /// What it may do.
    pub role: TokenRole,
}

/// A token as its client holds it. `Debug` does not show it.
pub struct Token(String);

impl Token {
    /// A new random token.
    #[must_use]
    pub fn random() -> Self {
        let bytes: [u8; TOKEN_BYTES] = rand::rng().random();
        Self(format!("{TOKEN_PREFIX}{}", hex::encode(bytes)))
    }

    /// The token's text, to be shown to its client once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    fn hash(text: &str) -> [u8; 32] {
        Sha256::digest(text.as_bytes()).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The tokens of a node.
#[derive(Debug, Default)]
pub struct Tokens {
    tokens: Vec<Known>,
}

#[derive(Debug)]
struct Known {
    caller: Caller,
    hash: [u8; 32],
}

/// The file as it is written.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    token: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    role: TokenRole,
    sha256: String,
}

/// Why a file of tokens is not used.
#[derive(Debug, thiserror::Error)]
pub enum TokensError {
    /// The file cannot be read or written.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Others than the owner may read or write it.
    #[error("{}: mode {mode:o} lets others in; it must be 0600", .path.display())]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It is no file of tokens.
    #[error("{}: {problem}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

impl Tokens {
    /// Reads the tokens of a node.
    ///
    /// # Errors
    /// When the file cannot be read, is open to others, or is no file of tokens.
    pub fn load(path: &Path) -> Result<Self, TokensError> {
        let file = read(path)?;
        let tokens = file.token.iter().map(Known::of).collect::<Result<_, _>>();
        let tokens = tokens.and_then(|tokens: Vec<Known>| {
            if tokens.len() > TOKENS_MAX {
                return Err(format!("has more than {TOKENS_MAX} tokens"));
            }
            Ok(Self { tokens })
        });
        tokens.map_err(|problem| TokensError::Malformed {
            path: path.to_owned(),
            problem,
        })
    }

    /// Whose token it is. Every known token is compared, so that the time tells nothing.
    #[must_use]
    pub fn caller(&self, token: &str) -> Option<&Caller> {
        let hash = Token::hash(token);
        self.tokens.iter().fold(None, |found, known| {
            if equal(&known.hash, &hash) {
                Some(&known.caller)
            } else {
                found
            }
        })
    }
}

/// Makes a token, adds its hash to the file (making it when it is new) and gives it.
///
/// # Errors
/// When the name is taken or unfit, or the file cannot be read or written.
pub fn add(path: &Path, name: &str, role: TokenRole) -> Result<Token, TokensError> {
    let malformed = |problem: String| TokensError::Malformed {
        path: path.to_owned(),
        problem,
    };
    let mut file = if path.exists() {
        read(path)?
    } else {
        File::default()
    };
    if file.token.iter().any(|entry| entry.name == name) {
        return Err(malformed(format!("already has a token named {name}")));
    }
    let token = Token::random();
    let sha256 = hex::encode(Token::hash(token.reveal()));
    let entry = Entry {
        name: name.to_owned(),
        role,
        sha256,
    };
    Known::of(&entry).map_err(malformed)?;
    file.token.push(entry);
    let text = toml::to_string(&file).map_err(|error| malformed(error.to_string()))?;
    write(path, &text).map_err(|source| TokensError::Io {
        path: path.to_owned(),
        source,
    })?;
    Ok(token)
}

fn read(path: &Path) -> Result<File, TokensError> {
    let trouble = |source| TokensError::Io {
        path: path.to_owned(),
        source,
    };
    let mode = fs::metadata(path).map_err(trouble)?.permissions().mode();
    if mode & OTHERS != 0 {
        return Err(TokensError::OpenToOthers {
            path: path.to_owned(),
            mode: mode & 0o777,
        });
    }
    let text = fs::read_to_string(path).map_err(trouble)?;
    toml::from_str(&text).map_err(|error| TokensError::Malformed {
        path: path.to_owned(),
        problem: error.to_string(),
    })
}

/// Replaces the file whole, so that a node that starts meanwhile reads the old or the new one.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(beside, path)
}

impl Known {
    fn of(entry: &Entry) -> Result<Self, String> {
        let Entry { name, role, sha256 } = entry;
        if name.is_empty() || name.len() > NAME_BYTES_MAX {
            return Err(format!("a token's name has 1 to {NAME_BYTES_MAX} bytes"));
        }
        let mut hash = [0; 32];
        hex::decode_to_slice(sha256, &mut hash)
            .map_err(|_| format!("sha256 of {name} is not 64 hexadecimal digits"))?;
        Ok(Self {
            caller: Caller {
                name: name.clone(),
                role: *role,
            },
            hash,
        })
    }
}

/// Equality in a time that does not depend on where the two differ.
fn equal(a: &[u8; 32], b: &[u8; 32]) -> bool {
    a.iter()
        .zip(b)
        .fold(0, |difference, (a, b)| difference | (a ^ b))
        == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.toml");
        (folder, path)
    }

    #[test]
    fn a_token_is_known_by_its_name_and_role() {
        let (_folder, path) = file();
        let clerk = add(&path, "clerk", TokenRole::Submit).unwrap();
        let auditor = add(&path, "auditor", TokenRole::Read).unwrap();
        let tokens = Tokens::load(&path).unwrap();
        assert_eq!(tokens.caller(clerk.reveal()).unwrap().name, "clerk");
        assert_eq!(
            tokens.caller(auditor.reveal()).unwrap().role,
            TokenRole::Read
        );
    }

    #[test]
    fn other_tokens_are_not_known() {
        let (_folder, path) = file();
        let token = add(&path, "clerk", TokenRole::Submit).unwrap();
        let tokens = Tokens::load(&path).unwrap();
        let hash = hex::encode(Token::hash(token.reveal()));
        for other in [
            "",
            "plt_",
            &hash,
            &token.reveal()[1..],
            Token::random().reveal(),
        ] {
            assert_eq!(tokens.caller(other), None, "{other}");
        }
    }

    #[test]
    fn the_file_holds_hashes_and_is_for_its_owner_alone() {
        let (_folder, path) = file();
        let token = add(&path, "clerk", TokenRole::Admin).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains(&token.reveal()[TOKEN_PREFIX.len()..]));
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let (_folder, path) = file();
        add(&path, "clerk", TokenRole::Admin).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = Tokens::load(&path).unwrap_err();
        assert!(matches!(
            error,
            TokensError::OpenToOthers { mode: 0o640, .. }
        ));
    }

    #[test]
    fn a_name_is_used_once() {
        let (_folder, path) = file();
        add(&path, "clerk", TokenRole::Admin).unwrap();
        assert!(add(&path, "clerk", TokenRole::Read).is_err());
        assert!(add(&path, "", TokenRole::Read).is_err());
    }

    #[test]
    fn unknown_fields_and_roles_are_refused() {
        let (_folder, path) = file();
        let entry = |role: &str, more: &str| {
            let hash = "00".repeat(32);
            format!("[[token]]\nname = \"a\"\nrole = \"{role}\"\nsha256 = \"{hash}\"\n{more}")
        };
        for (text, fine) in [
            (entry("read", ""), true),
            (entry("root", ""), false),
            (entry("read", "until = 1"), false),
            (
                "[[token]]\nname = \"a\"\nrole = \"read\"\nsha256 = \"00\"".to_owned(),
                false,
            ),
        ] {
            write(&path, &text).unwrap();
            assert_eq!(Tokens::load(&path).is_ok(), fine, "{text}");
        }
    }

    #[test]
    fn each_role_includes_those_before_it() {
        assert!(TokenRole::Admin > TokenRole::Submit && TokenRole::Submit > TokenRole::Read);
    }
}
