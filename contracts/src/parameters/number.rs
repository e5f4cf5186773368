//! Parameters that are numbers.

use super::errors::ParameterError;

/// A governed number: its name, its hard bounds, and its field in the message `M`.
#[derive(Debug)]
pub struct NumberParameter<M> {
    /// The field's name; of a field of a nested message, with that message's field before it: `alerts.reversals_min`.
    pub name: &'static str,
    /// The meaning, in one English sentence.
    pub doc: &'static str,
    /// The lowest value, given the other fields of the same message.
    pub min: fn(&M) -> u64,
    /// The highest value.
    pub max: u64,
    /// Reads the field.
    pub get: fn(&M) -> u64,
    /// Writes the field: the value, or the highest that the field's type can hold.
    pub set: fn(&mut M, u64),
}

impl<M> NumberParameter<M> {
    /// Requires the field of a message to be within its bounds.
    ///
    /// # Errors
    /// When it lies outside.
    pub(super) fn check(&self, message: &M) -> Result<(), ParameterError> {
        let (value, min) = ((self.get)(message), (self.min)(message));
        ParameterError::check(self.name, value, min, self.max)
    }
}
