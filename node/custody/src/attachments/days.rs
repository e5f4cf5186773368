//! Bytes fetched of each author's attachments, by the day on which the ledger named them.
//!
//! ```text
//!   named ──► its author's sum of that day below the bound? ──► missing ──► fetched, counted
//!                                    no: left out ◄── the sum reaches it ◄────┘
//! ```
//!
//! Days are of block time, not of this machine's clock. A node that returns after months therefore fetches at full
//! speed, since each past day has its own sum. A flood costs at most the bound of one day.

use piaolian_contracts::types::{BeijingDate, BlockTime, OrganisationId};

use super::{
    limits::DAY_MS,
    missing::Missing,
    store::{AttachmentStore, AttachmentsError, STEP},
};
use crate::local_db::{Change, Durability};

pub(super) const DAYS: &str = "days";

/// A day of one author.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Day {
    /// Days since 1970-01-01 UTC.
    number: u64,
    pub(super) author: OrganisationId,
}

/// The attachments that an author named on a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    /// Bytes that were fetched.
    pub(super) bytes: u64,
    /// Attachments that were left out.
    pub(super) left_out: u64,
}

/// Attachments over the bound of their day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LeftOut {
    pub(super) day: Day,
    pub(super) count: u64,
    /// Whether these are the first that were left out of that day.
    pub(super) first: bool,
}

impl Day {
    pub(super) fn of(author: OrganisationId, named_ms: u64) -> Self {
        Self {
            number: named_ms / DAY_MS,
            author,
        }
    }

    pub(super) fn begins_ms(&self) -> u64 {
        self.number * DAY_MS
    }

    pub(super) fn ends_ms(&self) -> u64 {
        self.begins_ms().saturating_add(DAY_MS)
    }

    /// Returns the Beijing date at the beginning of this UTC day, decimal `yyyymmdd`, for log lines. In Beijing it is
    /// then eight in the morning.
    pub(super) fn date(&self) -> u32 {
        BeijingDate::at(BlockTime::from_ms(self.begins_ms())).get()
    }

    fn key(&self) -> Vec<u8> {
        [&self.number.to_be_bytes()[..], self.author.as_bytes()].concat()
    }
}

impl Sum {
    pub(super) fn put(&self, day: &Day) -> Change {
        let value = [self.bytes.to_be_bytes(), self.left_out.to_be_bytes()].concat();
        Change::Put(DAYS, day.key(), value)
    }
}

impl AttachmentStore {
    /// Tells whether the sum of a day has reached the bound. The fetcher then fetches nothing more of that day.
    pub(super) fn is_over(&self, day: &Day) -> Result<bool, AttachmentsError> {
        Ok(self.sum(day)?.bytes >= self.member_bytes_a_day)
    }

    pub(super) fn sum(&self, day: &Day) -> Result<Sum, AttachmentsError> {
        let row = self.db.get(DAYS, day.key())?;
        let sum = row.map(|row| parse_sum(&row).ok_or(AttachmentsError::Broken(DAYS)));
        Ok(sum.transpose()?.unwrap_or_default())
    }

    /// Gives up all missing attachments of a day. `None` when there are none.
    pub(super) fn leave_out(&self, day: &Day) -> Result<Option<LeftOut>, AttachmentsError> {
        let _counting = self.counting();
        let before = self.sum(day)?;
        let mut sum = before;
        loop {
            let rows = self.missing_on(day, day.begins_ms(), STEP)?;
            let mut changes: Vec<Change> = rows.iter().map(Missing::delete).collect();
            sum.left_out += rows.len() as u64;
            changes.push(sum.put(day));
            self.db.write(changes, Durability::Buffered)?;
            if rows.len() < STEP {
                break;
            }
        }
        let count = sum.left_out - before.left_out;
        Ok((count > 0).then_some(LeftOut {
            day: *day,
            count,
            first: before.left_out == 0,
        }))
    }

    /// Removes the sums that cannot change any more: those of days before the last scanned block without missing
    /// attachments.
    pub(super) fn forget_days(&self) -> Result<(), AttachmentsError> {
        let scanned_ms = self.cursor()?.time_ms;
        let mut from = Vec::new();
        loop {
            let _counting = self.counting();
            let rows = self.db.rows(DAYS, &from, STEP)?;
            let days = rows.iter().map(|(key, _)| parse_day(key));
            let days: Option<Vec<Day>> = days.collect();
            let days = days.ok_or(AttachmentsError::Broken(DAYS))?;
            let past = days.iter().take_while(|day| day.ends_ms() <= scanned_ms);
            let past: Vec<&Day> = past.collect();
            let mut changes = Vec::new();
            for day in &past {
                if self.missing_on(day, day.begins_ms(), 1)?.is_empty() {
                    changes.push(Change::Delete(DAYS, day.key()));
                }
            }
            self.db.write(changes, Durability::Buffered)?;
            match past.last().filter(|_| past.len() == STEP) {
                // The first key after the last one.
                Some(last) => from = [&last.key()[..], &[0]].concat(),
                None => return Ok(()),
            }
        }
    }
}

fn parse_day(key: &[u8]) -> Option<Day> {
    let (number, author) = key.split_first_chunk()?;
    Some(Day {
        number: u64::from_be_bytes(*number),
        author: OrganisationId::try_from(author).ok()?,
    })
}

fn parse_sum(row: &[u8]) -> Option<Sum> {
    let (bytes, left_out) = row.split_first_chunk()?;
    Some(Sum {
        bytes: u64::from_be_bytes(*bytes),
        left_out: u64::from_be_bytes(left_out.try_into().ok()?),
    })
}
