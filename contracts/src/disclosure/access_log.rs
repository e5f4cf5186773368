//! The record of the last anchor of a node's access log.

use std::{fmt, num::NonZeroU32};

use piaolian_proto::v1 as proto;

use crate::{
    chain::{Hash, Height},
    fields::{as_message, field},
    malformed::Malformed,
    storage::stored_as,
    types::{BlockTime, OrganisationId},
};

/// The number of one of an organisation's access logs, from 1. A node whose log is lost or broken begins
/// the next one, and every member sees that it did.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LogNumber(NonZeroU32);

impl LogNumber {
    /// An organisation's first log.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// The largest possible number.
    pub const LAST: Self = Self(NonZeroU32::MAX);

    /// Takes the value of a message's field.
    ///
    /// # Errors
    /// When it is 0.
    pub fn parse(field: &str, number: u32) -> Result<Self, Malformed> {
        let number = NonZeroU32::new(number);
        number
            .map(Self)
            .ok_or_else(|| Malformed::new(field, "must be at least 1"))
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0.get()
    }

    /// The log before; `None` for the first.
    pub fn previous(self) -> Option<Self> {
        let before = self.get().checked_sub(1)?;
        NonZeroU32::new(before).map(Self)
    }

    /// The log after; `None` after the largest number.
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }
}

field!(LogNumber: u32, |number| number.get(), Self::parse);

impl From<NonZeroU32> for LogNumber {
    fn from(number: NonZeroU32) -> Self {
        Self(number)
    }
}

impl fmt::Display for LogNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The end of an access log when it was last anchored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccessLogAnchor {
    /// The organisation whose node keeps the log.
    pub organisation: OrganisationId,
    /// The log.
    pub log: LogNumber,
    /// The number of its entries, at least 1.
    pub entries: u64,
    /// The hash of the last entry, which chains all entries before it.
    pub head: Hash,
    /// The block that anchored it …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
}

stored_as!(AccessLogAnchor: proto::AccessLogRecord, "access log");

as_message! {
    AccessLogAnchor: proto::AccessLogRecord {
        organisation, log, entries, head, height;
        time: time_ms,
    }
}
