//! Bearer tokens of clients, each with a role.
//!
//! ```text
//!   piaolian token new ──► token (shown once) ──► client: `authorization: Bearer <token>`
//!                     └──► SHA-256 ──► tokens.toml (0600) ──► node: compared in constant time
//!   piaolian token list, remove ──┘                          read when it starts
//! ```
//!
//! A token has 256 random bits, so that nobody can find it from its hash.

mod file;

use std::{fmt, path::Path};

use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use self::file::Entry;
pub use self::file::{TokensError, add, list, remove};

/// Random bytes of a token.
const TOKEN_BYTES: usize = 32;
/// Prefix of a token, by which secret scanners know it.
const TOKEN_PREFIX: &str = "plt_";
/// Most tokens of one node: each call is compared with all of them.
const TOKENS_MAX: usize = 256;
/// Longest name of a token, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// Role of a token. Each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenRole {
    /// Queries, verification, events.
    Read,
    /// Business: typed calls that the node signs, raw transactions, receipt details.
    Submit,
    /// Raw transactions that an administrator signed.
    Admin,
}

impl TokenRole {
    /// Returns its word in the file and in messages.
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

/// Owner of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The token's name, for the log and for limits.
    pub name: String,
    /// Its role.
    pub role: TokenRole,
}

/// A token as its client holds it. `Debug` does not show it.
pub struct Token(String);

impl Token {
    /// Returns a new random token.
    pub fn random() -> Self {
        let bytes: [u8; TOKEN_BYTES] = rand::rng().random();
        Self(format!("{TOKEN_PREFIX}{}", hex::encode(bytes)))
    }

    /// Returns the token's text, to be shown to its client once.
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

impl Tokens {
    /// Reads the tokens of a node.
    ///
    /// # Errors
    /// When the file cannot be read, is open to others, or is no file of tokens.
    pub fn load(path: &Path) -> Result<Self, TokensError> {
        let file = file::read(path)?;
        let tokens = file.token.iter().map(Known::of).collect::<Result<_, _>>();
        let tokens = tokens.and_then(|tokens: Vec<Known>| {
            if tokens.len() > TOKENS_MAX {
                return Err(format!("has more than {TOKENS_MAX} tokens"));
            }
            Ok(Self { tokens })
        });
        tokens.map_err(|problem| TokensError::malformed(path, problem))
    }

    /// Returns the caller with this token. Compares with every known token, so that the time reveals nothing.
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

/// Compares in a time that does not depend on where the two differ.
fn equal(a: &[u8; 32], b: &[u8; 32]) -> bool {
    a.iter()
        .zip(b)
        .fold(0, |difference, (a, b)| difference | (a ^ b))
        == 0
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

    use piaolian_base::private_files::OpenToOthers;

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
            TokensError::OpenToOthers(OpenToOthers { mode: 0o640, .. })
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
    fn a_token_that_was_removed_is_not_known_at_the_next_start() {
        let (_folder, path) = file();
        let clerk = add(&path, "clerk", TokenRole::Submit).unwrap();
        let auditor = add(&path, "auditor", TokenRole::Read).unwrap();
        let names = |path: &Path| -> Vec<(String, TokenRole)> {
            let callers = list(path).unwrap().into_iter();
            callers.map(|caller| (caller.name, caller.role)).collect()
        };
        let both = [("clerk", TokenRole::Submit), ("auditor", TokenRole::Read)];
        assert_eq!(
            names(&path),
            both.map(|(name, role)| (name.to_owned(), role))
        );
        remove(&path, "clerk").unwrap();
        assert_eq!(names(&path), [("auditor".to_owned(), TokenRole::Read)]);
        let tokens = Tokens::load(&path).unwrap();
        assert_eq!(tokens.caller(clerk.reveal()), None);
        assert!(tokens.caller(auditor.reveal()).is_some());
        assert!(remove(&path, "clerk").is_err());
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
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
            fs::write(&path, &text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            assert_eq!(Tokens::load(&path).is_ok(), fine, "{text}");
        }
    }

    #[test]
    fn each_role_includes_those_before_it() {
        assert!(TokenRole::Admin > TokenRole::Submit && TokenRole::Submit > TokenRole::Read);
    }
}
