//! The attachments on disk.
//!
//! ```text
//!   bodies    hash                          → attachment
//!   ages      u64_be(kept, Unix ms) ‖ hash  → ∅
//!   missing   author (18) ‖ u64_be(named, Unix ms) ‖ hash  → u64_be(missed since, Unix ms)
//!   days      u64_be(days since 1970) ‖ author (18)        → u64_be(bytes fetched) ‖ u64_be(left out)
//!   followed  ∅                             → u64_be(height of the last block looked at) ‖ u64_be(its time, Unix ms)
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
const FOLLOWED: &str = "followed";

/// The name of the write of own attachments among the write points.
const WRITE_POINT: &str = "attachments/keep";

/// Rows of one step of pruning or leaving out.
pub(super) const STEP: usize = 1_000;

/// Why the attachments cannot serve. All are this machine's trouble.
#[derive(Debug, thiserror::Error)]
pub enum AttachmentsError {
    /// The database cannot be opened, read or written.
    #[error("attachments: {0}")]
    LocalDb(#[from] LocalDbError),
    /// A row is not what was written.
    #[error("attachments: a row of {0} is broken")]
    Broken(&'static str),
}

impl From<AttachmentsError> for Fault {
    fn from(error: AttachmentsError) -> Self {
        Self(Box::new(error))
    }
}

/// The last block that was looked at; before the first, zeros.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Followed {
    pub(super) height: u64,
    /// The block's time, Unix ms.
    pub(super) time_ms: u64,
}

impl Followed {
    pub(super) fn put(&self) -> Change {
        let row = [self.height.to_be_bytes(), self.time_ms.to_be_bytes()].concat();
        Change::Put(FOLLOWED, Vec::new(), row)
    }
}

/// See the module.
pub(super) struct AttachmentStore {
    pub(super) db: LocalDb,
    /// Bytes; see [`Keeping`](super::Keeping).
    pub(super) member_bytes_a_day: u64,
    /// Held while the sum of a day is read and written.
    counting: Mutex<()>,
}

impl AttachmentStore {
    pub(super) fn open(folder: &Path, member_bytes_a_day: u64) -> Result<Self, AttachmentsError> {
        let columns = [BODIES, AGES, MISSING, DAYS, FOLLOWED];
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
        // It guards no data of its own.
        self.counting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn has(&self, hash: &Hash) -> Result<bool, AttachmentsError> {
        Ok(self.db.has(BODIES, hash)?)
    }

    pub(super) fn get(&self, hash: &Hash) -> Result<Option<Bytes>, AttachmentsError> {
        Ok(self.db.get(BODIES, hash)?.map(Bytes::from))
    }

    /// Keeps an attachment, on disk before it returns.
    pub(super) fn keep_own(
        &self,
        hash: Hash,
        attachment: &[u8],
        now_ms: u64,
    ) -> Result<(), AttachmentsError> {
        let mut changes = self.keeping(hash, attachment, now_ms)?;
        if changes.is_empty() {
            // It may have been fetched, and not be on disk yet.
            let key = hash.as_bytes().to_vec();
            changes.push(Change::Put(BODIES, key, attachment.to_vec()));
        }
        Ok(self.db.write(changes, Durability::Synced(WRITE_POINT))?)
    }

    /// Keeps fetched attachments, in the sum of a day where one is named. What is lost with
    /// the machine is missing again.
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
            let keeping = self.keeping(*hash, attachment, now_ms)?;
            if !keeping.is_empty() {
                bytes += attachment.len() as u64;
            }
            changes.extend(keeping);
        }
        if let Some(day) = day {
            let mut sum = self.sum(&day)?;
            sum.bytes = sum.bytes.saturating_add(bytes);
            changes.push(sum.put(&day));
        }
        Ok(self.db.write(changes, Durability::Buffered)?)
    }

    /// Nothing where it is kept already: it has its age.
    fn keeping(
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

    pub(super) fn followed(&self) -> Result<Followed, AttachmentsError> {
        let row = self.db.get(FOLLOWED, [])?;
        let followed = row.map(|row| parse_followed(&row));
        let followed = followed.map(|it| it.ok_or(AttachmentsError::Broken(FOLLOWED)));
        Ok(followed.transpose()?.unwrap_or_default())
    }

    /// Takes away what was kept before a time, Unix ms; says how much.
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

fn parse_followed(row: &[u8]) -> Option<Followed> {
    let (height, time_ms) = row.split_first_chunk()?;
    Some(Followed {
        height: u64::from_be_bytes(*height),
        time_ms: u64::from_be_bytes(time_ms.try_into().ok()?),
    })
}
