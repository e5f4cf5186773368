//! The description of an event's action.

use crate::v1::{Event, TransactionBody, transaction_body::Action};

impl Event {
    /// Returns the action that was asked for; a batch has one item.
    pub fn requested(&self) -> Option<&Action> {
        self.request.as_ref()?.action.as_ref()
    }
}

impl From<Action> for TransactionBody {
    /// Makes a body that has nothing but an action.
    fn from(action: Action) -> Self {
        Self {
            action: Some(action),
            ..Self::default()
        }
    }
}
