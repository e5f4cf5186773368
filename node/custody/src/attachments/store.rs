//! The attachments on disk.
//!
//! ```text
//!   bodies    hash                          → attachment
//!   ages      u64_be(stored, Unix ms) ‖ hash → ∅
//!   missing   author (18) ‖ u64_be(named, Unix ms) ‖ hash  → u64_be(missing since, Unix ms)
//!   days      u64_be(days since 1970) ‖ author (18)        → u64_be(bytes fetched) ‖ u64_be(left out)
//!   cursor    ∅                             → u64_be(height of the last scanned block) ‖ u64_be(its time, Unix ms)
//! ```

use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use piaolian_base::shutdown::ClosedSignal;
use piaolian_contracts::{chain::Hash, state::Fault};

use super::{
    days::{DAYS, Day},
    missing::MISSING,
};
use crate::local_db::{Change, Durability, LocalDb, LocalDbError};

const BODIES: &str = "bodies";
const AGES: &str = "ages";
const CURSOR: &str = "cursor";

/// The write point of own attachments.
const WRITE_POINT: &str = "attachments/keep";

/// Rows that one step reads.
pub(super) const STEP: usize = 1_000;

/// Reasons why the attachments cannot serve. All are faults of this machine.
#[derive(Debug, thiserror::Error)]
pub enum AttachmentsError {
    /// The database cannot be opened, read or written.
    #[error("attachments: {0}")]
    LocalDb(#[from] LocalDbError),
    /// A stored row is not what was written.
    #[error("attachments: a row of {0} is damaged")]
    Broken(&'static str),
}

impl From<AttachmentsError> for Fault {
    fn from(error: AttachmentsError) -> Self {
        Self(Box::new(error))
    }
}

/// The last block that was scanned; zeros before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) height: u64,
    /// The block's time, Unix ms.
    pub(super) time_ms: u64,
}

impl Cursor {
    pub(super) fn put(&self) -> Change {
        let row = [self.height.to_be_bytes(), self.time_ms.to_be_bytes()].concat();
        Change::Put(CURSOR, Vec::new(), row)
    }
}

/// The database of the attachments.
pub(super) struct AttachmentStore {
    pub(super) db: LocalDb,
    /// See [`StorageLimits::member_bytes_a_day`](super::StorageLimits).
    pub(super) member_bytes_a_day: u64,
    /// Serialises updates of the sums of days.
    counting: Mutex<()>,
}

impl AttachmentStore {
    pub(super) fn open(folder: &Path, member_bytes_a_day: u64) -> Result<Self, AttachmentsError> {
        let columns = [BODIES, AGES, MISSING, DAYS, CURSOR];
        Ok(Self {
            db: LocalDb::open(folder, &columns)?,
            member_bytes_a_day,
            counting: Mutex::new(()),
        })
    }

    pub(super) fn closed(&self) -> ClosedSignal {
        self.db.closed()
    }

    pub(super) fn counting(&self) -> MutexGuard<'_, ()> {
        // The lock guards no data of its own.
        self.counting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn has(&self, hash: &Hash) -> Result<bool, AttachmentsError> {
        Ok(self.db.has(BODIES, hash)?)
    }

    pub(super) fn get(&self, hash: &Hash) -> Result<Option<Bytes>, AttachmentsError> {
        Ok(self.db.get(BODIES, hash)?.map(Bytes::from))
    }

    /// Stores an attachment, on disk before this returns.
    pub(super) fn keep_own(
        &self,
        hash: Hash,
        attachment: &[u8],
        now_ms: u64,
    ) -> Result<(), AttachmentsError> {
        let mut changes = self.new_rows(hash, attachment, now_ms)?;
        if changes.is_empty() {
            // A buffered write of the fetcher may have stored it, and may not be on disk yet.
            let key = hash.as_bytes().to_vec();
            changes.push(Change::Put(BODIES, key, attachment.to_vec()));
        }
        Ok(self.db.write(changes, Durability::Synced(WRITE_POINT))?)
    }

    /// Stores fetched attachments and adds them to the sum of `day`. Attachments lost in a crash are missing again.
    pub(super) fn keep_fetched(
        &self,
        fetched: &[(Hash, Bytes)],
        day: Option<Day>,
        now_ms: u64,
    ) -> Result<(), AttachmentsError> {
        let _counting = self.counting();
        let mut changes = Vec::new();
        let mut bytes = 0;
        for (hash, attachment) in fetched {
            let rows = self.new_rows(*hash, attachment, now_ms)?;
            if !rows.is_empty() {
                bytes += attachment.len() as u64;
            }
            changes.extend(rows);
        }
        if let Some(day) = day {
            let mut sum = self.sum(&day)?;
            sum.bytes = sum.bytes.saturating_add(bytes);
            changes.push(sum.put(&day));
        }
        Ok(self.db.write(changes, Durability::Buffered)?)
    }

    /// Returns the rows of an attachment; none when it is stored already, so that its age does not begin anew.
    fn new_rows(
        &self,
        hash: Hash,
        attachment: &[u8],
        now_ms: u64,
    ) -> Result<Vec<Change>, AttachmentsError> {
        if self.has(&hash)? {
            return Ok(Vec::new());
        }
        let key = hash.as_bytes().to_vec();
        Ok(vec![
            Change::Put(AGES, age_key(now_ms, &hash), Vec::new()),
            Change::Put(BODIES, key, attachment.to_vec()),
        ])
    }

    /// Returns the last block that was scanned.
    pub(super) fn cursor(&self) -> Result<Cursor, AttachmentsError> {
        let row = self.db.get(CURSOR, [])?;
        let cursor = row.map(|row| parse_cursor(&row).ok_or(AttachmentsError::Broken(CURSOR)));
        Ok(cursor.transpose()?.unwrap_or_default())
    }

    /// Removes attachments that were stored before a time, Unix ms. Returns their number.
    pub(super) fn prune(&self, before_ms: u64) -> Result<usize, AttachmentsError> {
        let mut pruned = 0;
        loop {
            let rows = self.db.rows(AGES, &[], STEP)?;
            let mut changes = Vec::new();
            for (key, _) in &rows {
                let (kept_ms, hash) = parse_age(key).ok_or(AttachmentsError::Broken(AGES))?;
                if kept_ms >= before_ms {
                    break;
                }
                changes.push(Change::Delete(AGES, key.to_vec()));
                changes.push(Change::Delete(BODIES, hash.to_vec()));
            }
            let of_step = changes.len() / 2;
            pruned += of_step;
            self.db.write(changes, Durability::Buffered)?;
            if of_step < STEP {
                return Ok(pruned);
            }
        }
    }
}

fn age_key(kept_ms: u64, hash: &Hash) -> Vec<u8> {
    [&kept_ms.to_be_bytes()[..], hash.as_bytes()].concat()
}

fn parse_age(key: &[u8]) -> Option<(u64, &[u8])> {
    let (kept_ms, hash) = key.split_first_chunk()?;
    Some((u64::from_be_bytes(*kept_ms), hash))
}

fn parse_cursor(row: &[u8]) -> Option<Cursor> {
    let (height, time_ms) = row.split_first_chunk()?;
    Some(Cursor {
        height: u64::from_be_bytes(*height),
        time_ms: u64::from_be_bytes(time_ms.try_into().ok()?),
    })
}
