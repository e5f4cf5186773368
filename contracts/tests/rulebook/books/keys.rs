//! Keys of members: registered once, used from the next block until they end.

use std::collections::BTreeMap;

use piaolian_contracts::organisations::{KEYS_MAX, KeyPurpose, RECOVERY_KEYS};
use piaolian_proto::v1::{self as proto, transaction_body::Action};

use super::Answer;

/// The keys of each organisation, ended ones included, in the order of their numbers.
#[derive(Debug, Default)]
pub struct Keys(BTreeMap<String, Vec<Key>>);

/// A key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub purpose: i32,
    pub public_key: Vec<u8>,
    /// It acts from this height …
    pub first: u64,
    /// … to this one.
    pub last: u64,
    /// The block that ended it, other than by its own time.
    ended: Option<u64>,
}

impl Key {
    fn end(&mut self, height: u64) {
        if height < self.last {
            (self.last, self.ended) = (height, Some(height));
        }
    }

    pub fn is_of(&self, purpose: KeyPurpose) -> bool {
        self.purpose == i32::from(purpose.number())
    }
}

impl Keys {
    pub fn of(&self, organisation: &str) -> &[Key] {
        &self.0[organisation]
    }

    fn own(&self, answer: &Answer<'_>, id: u32) -> &Key {
        &self.0[answer.actor][id as usize - 1]
    }

    /// Whoever acts has a live key, and changes no keys by one that this very block ended.
    pub fn check_used(&self, action: &Action, answer: &Answer<'_>) {
        let key = self.own(answer, answer.key);
        assert!(
            (key.first..=key.last).contains(&answer.height),
            "by a key that is not live: {action:?}"
        );
        let changes_keys = matches!(action, Action::AddKey(_) | Action::RevokeKey(_));
        assert!(
            !changes_keys || key.ended != Some(answer.height),
            "keys changed by an ended one: {action:?}"
        );
    }

    pub fn admit(&mut self, admit: &proto::AdmitOrganisation, height: u64) {
        let known = self.0.insert(admit.organisation.clone(), Vec::new());
        assert!(known.is_none(), "admitted twice: {admit:?}");
        for key in &admit.keys {
            self.register(&admit.organisation, key, height);
        }
    }

    pub fn add(&mut self, add: &proto::AddKey, answer: &Answer<'_>) {
        let count = self.0[answer.actor].len();
        assert!(count < KEYS_MAX - RECOVERY_KEYS, "the governors' numbers");
        self.register(answer.actor, add.key.as_ref().unwrap(), answer.height);
    }

    /// A public key is somebody's once.
    fn register(&mut self, organisation: &str, new: &proto::NewKey, height: u64) {
        let mut all = self.0.values().flatten();
        assert!(
            all.all(|key| key.public_key != new.public_key),
            "registered twice: {new:?}"
        );
        self.enter(organisation, new, height);
    }

    fn enter(&mut self, organisation: &str, new: &proto::NewKey, height: u64) {
        let has_end = new.last_height > 0;
        self.0.get_mut(organisation).unwrap().push(Key {
            purpose: new.purpose,
            public_key: new.public_key.to_vec(),
            first: height + 1,
            last: if has_end { new.last_height } else { u64::MAX },
            ended: None,
        });
    }

    /// An admin key is always left.
    pub fn revoke(&mut self, revoke: &proto::RevokeKey, answer: &Answer<'_>) {
        let keys = self.0.get_mut(answer.actor).unwrap();
        let key = &mut keys[revoke.key_id as usize - 1];
        assert!(answer.height < key.last, "ended before: {revoke:?}");
        key.end(answer.height);
        let mut left = keys.iter().filter(|key| key.is_of(KeyPurpose::Admin));
        assert!(left.any(|key| answer.height < key.last), "{revoke:?}");
    }

    /// To an endless key that was registered after the old one, whenever that was last.
    pub fn check_rotation(&self, rotate: &proto::RotateValidatorKey, answer: &Answer<'_>) {
        let old = &self.own(answer, rotate.old_key_id).public_key;
        let keys = self.0[answer.actor].iter();
        let is_newer = |(id, key): (u32, &Key)| key.public_key != *old || id < rotate.new_key_id;
        assert!((1..).zip(keys).all(is_newer), "to an older key: {rotate:?}");
        let new = self.own(answer, rotate.new_key_id);
        assert!(new.is_of(KeyPurpose::Validate) && new.last == u64::MAX);
    }

    /// Ends the listed keys and every admin key, and registers the new ones, anew if they were
    /// registered before.
    pub fn recover(&mut self, recover: &proto::RecoverKeys, height: u64) {
        let keys = self.0.get_mut(&recover.organisation).unwrap();
        for id in &recover.revoked_key_ids {
            keys[*id as usize - 1].end(height);
        }
        let brought = |key: &Key| {
            let mut new = recover.keys.iter();
            new.any(|new| new.public_key == key.public_key)
        };
        for key in keys {
            if key.is_of(KeyPurpose::Admin) || brought(key) {
                key.end(height);
            }
        }
        for new in &recover.keys {
            self.enter(&recover.organisation, new, height);
        }
    }

    pub fn remove(&mut self, organisation: &str, height: u64) {
        for key in self.0.get_mut(organisation).unwrap() {
            key.end(height);
        }
    }
}
