//! The record of an organisation.

use std::fmt;

use super::{
    endpoint::Endpoint,
    errors::OrganisationError,
    roles::{KeyPurpose, Roles},
};
use crate::{
    chain::{Height, PublicKey},
    fields::field,
    malformed::Malformed,
    types::{OrganisationId, OrganisationName, Reason, Region, Role},
};

/// Most keys of an organisation, ended ones included: ten rotations of six
/// purposes and more, and the record still fits 8 KiB.
pub const KEYS_MAX: usize = 128;

/// The number of them that are reserved for a recovery by the governors. So a recovery finds room even after a thief
/// with a stolen admin key has registered as many keys as the organisation may.
pub const RECOVERY_KEYS: usize = NEW_KEYS_MAX;

/// Most keys that an admission or a recovery registers.
pub(crate) const NEW_KEYS_MAX: usize = 16;

/// The number of a key within its organisation: 1, 2, … and never reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct KeyId(u32);

impl KeyId {
    /// Takes the value of a message's field.
    ///
    /// # Errors
    /// When it is 0.
    pub fn parse(field: &str, key_id: u32) -> Result<Self, Malformed> {
        if key_id == 0 {
            return Err(Malformed::new(field, "must be at least 1"));
        }
        Ok(Self(key_id))
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

field!(KeyId: u32, |key_id| key_id.get(), Self::parse);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A key of an organisation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key {
    /// Its number within the organisation.
    pub id: KeyId,
    /// The purpose of the key.
    pub purpose: KeyPurpose,
    /// The public key.
    pub public_key: PublicKey,
    /// Live from this height …
    pub first_height: Height,
    /// … to this one, inclusive; `None`: no end.
    pub last_height: Option<Height>,
}

impl Key {
    /// Whether the key is live at `height`.
    pub fn is_live(&self, height: Height) -> bool {
        self.first_height <= height && self.last_height.is_none_or(|last| height <= last)
    }
}

/// A suspension in force or about to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Suspension {
    /// The first height at which business actions are rejected.
    pub from_height: Height,
    /// The reason.
    pub reason: Reason,
}

/// The end of a membership.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Removal {
    /// The last height at which its keys were live.
    pub height: Height,
    /// The reason.
    pub reason: Reason,
}

impl Removal {
    /// The rejection of every action on `organisation`, which was removed.
    pub(crate) fn rejection(&self, organisation: OrganisationId) -> OrganisationError {
        OrganisationError::Removed {
            organisation,
            height: self.height,
            reason: self.reason.clone(),
        }
    }
}

/// An organisation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Organisation {
    /// Its unified social credit code.
    pub id: OrganisationId,
    /// Its legal name.
    pub name: OrganisationName,
    /// The roles that it has.
    pub roles: Roles,
    /// Every key it ever registered, in order of id.
    pub keys: Vec<Key>,
    /// The addresses of its node.
    pub endpoints: Vec<Endpoint>,
    /// Its administrative division.
    pub region: Region,
    /// `None` while active.
    pub suspension: Option<Suspension>,
    /// When it was admitted; 0 is the founding.
    pub admitted_height: Height,
    /// `None` while it is a member.
    pub removal: Option<Removal>,
}

impl Organisation {
    /// Whether it holds `role`.
    pub fn has_role(&self, role: Role) -> bool {
        self.roles.contains(role)
    }

    /// The key with this id.
    pub fn key(&self, key_id: KeyId) -> Option<&Key> {
        // Ids are given in order from 1, so the place is known.
        let place = usize::try_from(key_id.get()).ok()?.checked_sub(1)?;
        self.keys.get(place).filter(|key| key.id == key_id)
    }

    /// The keys of `purpose` that are live at `height`.
    pub fn live_keys(&self, purpose: KeyPurpose, height: Height) -> impl Iterator<Item = &Key> {
        self.keys
            .iter()
            .filter(move |key| key.purpose == purpose && key.is_live(height))
    }

    /// Refuses actions by the organisation, or in its name, at `height`.
    ///
    /// # Errors
    /// When it was removed before that height, or is suspended at it.
    pub fn require_active(&self, height: Height) -> Result<(), OrganisationError> {
        if let Some(removal) = self.removal.as_ref().filter(|r| r.height < height) {
            return Err(removal.rejection(self.id));
        }
        match self.suspended_at(height) {
            None => Ok(()),
            Some(suspension) => Err(OrganisationError::Suspended {
                organisation: self.id,
                from_height: suspension.from_height,
                reason: suspension.reason.clone(),
            }),
        }
    }

    /// Ends a key with the block at `height`, if it did not end before.
    pub(crate) fn end_key(&mut self, key_id: KeyId, height: Height) {
        let mut keys = self.keys.iter_mut();
        if let Some(key) = keys.find(|key| key.id == key_id) {
            let last = key.last_height.map_or(height, |last| last.min(height));
            key.last_height = Some(last);
        }
    }

    /// Returns its validate key with this id, which must be live from `height` on without an end.
    ///
    /// # Errors
    /// When it has no such key.
    pub fn endless_validate_key(
        &self,
        key_id: KeyId,
        height: Height,
    ) -> Result<PublicKey, OrganisationError> {
        let key = self.key(key_id).filter(|key| {
            key.purpose == KeyPurpose::Validate && key.is_live(height) && key.last_height.is_none()
        });
        key.map(|key| key.public_key)
            .ok_or(OrganisationError::NoEndlessValidateKey {
                organisation: self.id,
                key_id,
            })
    }

    /// Returns the suspension that is in force at `height`.
    pub fn suspended_at(&self, height: Height) -> Option<&Suspension> {
        self.suspension
            .as_ref()
            .filter(|suspension| suspension.from_height <= height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::organisations::codec::end_of_life;

    #[test]
    fn a_key_lives_from_its_first_height_to_its_last() {
        let key = |last| Key {
            id: KeyId(1),
            purpose: KeyPurpose::Sign,
            public_key: PublicKey::ed25519([1; 32]),
            first_height: Height::new(5),
            last_height: end_of_life(last),
        };
        let live = |key: Key| {
            (3..=9)
                .filter(|h| key.is_live(Height::new(*h)))
                .collect::<Vec<_>>()
        };
        assert_eq!(live(key(7)), [5, 6, 7]);
        assert_eq!(live(key(0)), [5, 6, 7, 8, 9]);
        // Revoked in the block that added it.
        assert_eq!(live(key(4)), [0; 0]);
    }
}
