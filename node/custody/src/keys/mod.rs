//! Secret keys of an organisation, and transactions signed with them.
//!
//! ```text
//!   keys/   the node's, mode 0700                 admin/   elsewhere and offline, mode 0700
//!     sign.toml validate.toml peer.toml             admin.toml
//!     encrypt.toml supervise.toml  mode 0600        └─ used by the command line only
//!     validate-next.toml  during the rotation of a validator's key
//!     encrypt-3.toml      an earlier encryption key, by its number, until it is destroyed
//!     holder-index.toml   the key of this machine's holder index; the node creates it
//!     holder-tags.toml    the key of the holder tags of claims; the node creates it, and it must be kept
//!        │                                             │
//!        └► KeyRing ─► Author ──► Signed ◄── Author ◄──┘
//! ```
//!
//! A file that is open to others is rejected, not repaired: somebody may have read it. A node does not start with an
//! admin key among its own, so that an intruder on a node cannot change the organisation.

mod author;
mod destroy;
mod error;
mod file;
mod held;
mod index;
mod ring;

#[cfg(test)]
mod tests;

pub use author::{Author, Signed, UnsignedTransaction, random_client_id};
pub use destroy::destroy_earlier_encryption_key;
pub use error::KeyError;
pub use file::{
    NEXT_VALIDATE_FILE, earlier_encryption_key_name, file_name, is_earlier_encryption_key, read,
    write,
};
pub use held::HeldKey;
pub use index::{HOLDER_TAG_FILE, INDEX_FILE, holder_tag_key, index_key};
pub use ring::{KeyRing, generate, read_earlier_encryption_keys, read_next_validate};
