//! Requests of members, with defaults for everything that a test does not name.

mod governing;
mod issuing;
mod members;
mod payers;

use piaolian_contracts::organisations::KeyPurpose;
use piaolian_proto::v1::transaction_body::Action;

use super::World;

pub use self::{governing::*, issuing::*, members::*, payers::*};

/// The operator when a test names none.
pub const OPERATOR: &str = "li.wei";

/// A request of a member.
pub trait Request {
    fn actor(&self) -> &str;
    fn action(&self, world: &World) -> Action;

    fn signed_with(&self) -> KeyPurpose {
        KeyPurpose::Sign
    }

    fn operator(&self) -> &str {
        OPERATOR
    }

    /// The names that the story gives to the first receipts of the outcome.
    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Request for Box<dyn Request> {
    fn actor(&self) -> &str {
        (**self).actor()
    }

    fn action(&self, world: &World) -> Action {
        (**self).action(world)
    }

    fn signed_with(&self) -> KeyPurpose {
        (**self).signed_with()
    }

    fn operator(&self) -> &str {
        (**self).operator()
    }

    fn names(&self) -> Vec<String> {
        (**self).names()
    }
}

/// A request signed with a key of another purpose.
pub struct SignedWith(pub Box<dyn Request>, pub KeyPurpose);

impl Request for SignedWith {
    fn actor(&self) -> &str {
        self.0.actor()
    }

    fn action(&self, world: &World) -> Action {
        self.0.action(world)
    }

    fn signed_with(&self) -> KeyPurpose {
        self.1
    }
}

/// Any action.
pub struct ActionRequest {
    actor: String,
    key: KeyPurpose,
    action: Box<dyn Fn(&World) -> Action>,
}

impl ActionRequest {
    fn new(actor: &str, key: KeyPurpose, action: impl Fn(&World) -> Action + 'static) -> Self {
        Self {
            actor: actor.to_owned(),
            key,
            action: Box::new(action),
        }
    }

    pub fn by(mut self, actor: &str) -> Self {
        actor.clone_into(&mut self.actor);
        self
    }

    pub fn signed_with(mut self, key: KeyPurpose) -> Self {
        self.key = key;
        self
    }
}

impl Request for ActionRequest {
    fn actor(&self) -> &str {
        &self.actor
    }

    fn action(&self, world: &World) -> Action {
        (self.action)(world)
    }

    fn signed_with(&self) -> KeyPurpose {
        self.key
    }
}

/// An action with a sign key.
pub fn business(actor: &str, action: impl Fn(&World) -> Action + 'static) -> ActionRequest {
    ActionRequest::new(actor, KeyPurpose::Sign, action)
}

/// An action with an admin key.
pub fn administer(actor: &str, action: impl Fn(&World) -> Action + 'static) -> ActionRequest {
    ActionRequest::new(actor, KeyPurpose::Admin, action)
}
