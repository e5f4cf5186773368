//! The time of a block.

use std::fmt;

use super::{BeijingDate, BeijingTime};
use crate::fields::field;

/// A block's time: Unix time in milliseconds, UTC. Contracts know no other time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct BlockTime(u64);

impl BlockTime {
    /// A time from Unix milliseconds.
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms)
    }

    /// Unix milliseconds.
    pub const fn as_ms(self) -> u64 {
        self.0
    }

    /// Returns the time `ms` later. It saturates instead of wrapping.
    #[must_use]
    pub const fn after_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Returns the date and the time of day in Beijing, such as `2026-11-30 09:41:00`, as messages show a time.
    pub fn in_beijing(self) -> String {
        format!("{} {}", BeijingDate::at(self), BeijingTime::at(self))
    }
}

field!(BlockTime: u64, |time| time.as_ms(), |_, ms| Ok(Self::from_ms(ms)));

impl fmt::Display for BlockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
