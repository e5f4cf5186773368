//! The roles of an organisation and the purposes of a key.

use std::collections::BTreeSet;

use crate::{chain::KeyAlgorithm, malformed::Malformed, numbered::numbered, types::Role};

/// The roles of an organisation: at least one, stored in order of number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Roles(BTreeSet<Role>);

impl Roles {
    /// Takes the values of a message's field, in any order.
    ///
    /// # Errors
    /// When there are none, or one is unknown or occurs twice.
    pub fn parse(field: &str, numbers: &[i32]) -> Result<Self, Malformed> {
        let mut roles = BTreeSet::new();
        for number in numbers {
            if !roles.insert(Role::parse(field, *number)?) {
                return Err(Malformed::new(field, "must name each role once"));
            }
        }
        if roles.is_empty() {
            return Err(Malformed::new(field, "must name at least one role"));
        }
        Ok(Self(roles))
    }

    /// Whether `role` is among them.
    pub fn contains(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// The roles, in order of number.
    pub fn iter(&self) -> impl Iterator<Item = Role> {
        self.0.iter().copied()
    }
}

numbered! {
    /// The purpose of a key.
    pub enum KeyPurpose(u8) of proto KeyPurpose, "must name a purpose" {
        /// Kept offline: admits, suspends, resumes, changes keys and endpoints, sets parameters.
        Admin: "admin",
        /// Business transactions.
        Sign: "sign",
        /// Votes and proposals.
        Validate: "validate",
        /// The node's identity among its peers.
        Peer: "peer",
        /// Encryption of receipt details.
        Encrypt: "encrypt",
        /// Finance's supervising seal (财政监制章).
        Supervise: "supervise",
    }
}

impl KeyPurpose {
    /// The algorithm that a key of this purpose has.
    pub const fn algorithm(self) -> KeyAlgorithm {
        match self {
            Self::Admin | Self::Sign | Self::Validate | Self::Peer | Self::Supervise => {
                KeyAlgorithm::Ed25519
            }
            Self::Encrypt => KeyAlgorithm::X25519,
        }
    }
}
