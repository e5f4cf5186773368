//! The length of new payment codes.

use super::{errors::ParameterError, record::Part};
use crate::malformed::Malformed;

/// The number of digits of a new payment code (docs/DOMAIN.md §5).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PaymentCodeDigits {
    /// Area (6), year (2), serial (8).
    Sixteen,
    /// Area (6), year (2), `30`, serial (10).
    #[default]
    Twenty,
}

impl PaymentCodeDigits {
    /// The number of digits.
    pub const fn get(self) -> u32 {
        match self {
            Self::Sixteen => 16,
            Self::Twenty => 20,
        }
    }

    /// Takes the value of a message's field.
    ///
    /// # Errors
    /// When it is neither 16 nor 20.
    pub fn parse(field: &str, digits: u32) -> Result<Self, Malformed> {
        [Self::Sixteen, Self::Twenty]
            .into_iter()
            .find(|form| form.get() == digits)
            .ok_or_else(|| Malformed::new(field, "must be 16 or 20"))
    }
}

impl Part for PaymentCodeDigits {
    type Message = u32;
    type Proposed = Self;

    fn parse(field: &str, digits: &u32) -> Result<Self, Malformed> {
        Self::parse(field, *digits)
    }

    fn within_bounds(proposed: &Self) -> Result<Self, ParameterError> {
        Ok(*proposed)
    }

    fn message(&self) -> u32 {
        self.get()
    }
}
