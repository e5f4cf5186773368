//! Money: integer fen, 1/100 yuan.

use std::fmt;

use crate::{
    fields::field,
    malformed::{Malformed, required},
};

/// An amount in fen (1/100 yuan). Arithmetic is checked; negative amounts stand
/// on reversal receipts alone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Fen(i64);

impl Fen {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount of `fen`.
    pub const fn new(fen: i64) -> Self {
        Self(fen)
    }

    /// The number of fen.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Whether this is more than 0.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// The sum, or `None` when it does not fit.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// The difference, or `None` when it does not fit.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(difference) => Some(Self(difference)),
            None => None,
        }
    }

    /// The opposite amount, or `None` for the one amount that has none.
    pub const fn checked_neg(self) -> Option<Self> {
        match self.0.checked_neg() {
            Some(negated) => Some(Self(negated)),
            None => None,
        }
    }

    /// The sum of all, or `None` when it does not fit.
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// Takes the value of a message's field that is at least 0.
    ///
    /// # Errors
    /// When it is negative.
    pub fn parse_unsigned(field: &str, fen: i64) -> Result<Self, Malformed> {
        if fen < 0 {
            return Err(Malformed::new(field, "must be at least 0"));
        }
        Ok(Self(fen))
    }
}

field!(Fen: i64, |fen| fen.get(), |_, fen| Ok(Self::new(fen)));
field!(Fen: Option<i64>, |fen| Some(fen.get()), |field, fen| required(field, fen).map(Self::new));

/// Yuan with two decimals: `-105263.14`.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", fen / 100, fen % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_yuan() {
        for (fen, yuan) in [
            (0, "0.00"),
            (5, "0.05"),
            (1_526_314, "15263.14"),
            (-99, "-0.99"),
            (i64::MIN, "-92233720368547758.08"),
        ] {
            assert_eq!(Fen::new(fen).to_string(), yuan);
        }
    }

    #[test]
    fn arithmetic_stops_at_the_ends() {
        let most = Fen::new(i64::MAX);
        assert_eq!(most.checked_add(Fen::new(1)), None);
        assert_eq!(Fen::new(i64::MIN).checked_neg(), None);
        assert_eq!(Fen::checked_sum([most, Fen::new(1), Fen::new(-1)]), None);
        assert_eq!(
            Fen::checked_sum([most, Fen::new(-1), Fen::new(1)]),
            Some(most)
        );
    }
}
