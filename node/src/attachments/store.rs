//! The attachments on disk.
//!
//! ```text
//!   bodies    hash                          → attachment
//!   ages      u64_be(kept, Unix ms) ‖ hash  → ∅
//!   missing   hash                          → u64_be(named, Unix ms) ‖ author (18)
//!   followed  ∅                             → u64_be(height up to which blocks were looked at)
//! ```

use std::path::Path;

use bytes::Bytes;
use piaolian_contracts::{chain::Hash, state::Fault, types::OrganisationId};

use super::follow::Named;
use crate::{
    cabinet::{Cabinet, CabinetError, Change, Durability, Row},
    closing::Closed,
};

const BODIES: &str = "bodies";
const AGES: &str = "ages";
const MISSING: &str = "missing";
const FOLLOWED: &str = "followed";

/// The name of the write of own attachments among the write points.
const WRITE_POINT: &str = "attachments/keep";

/// Rows of one step of pruning or counting.
const STEP: usize = 1_000;

/// Missing attachments are counted up to this.
const COUNTED_MAX: usize = 10_000;

/// Why the attachments cannot serve. All are this machine's trouble.
#[derive(Debug, thiserror::Error)]
pub enum AttachmentsError {
    /// The database cannot be opened, read or written.
    #[error("attachments: {0}")]
    Cabinet(#[from] CabinetError),
    /// A row is not what was written.
    #[error("attachments: a row of {0} is broken")]
    Broken(&'static str),
}

impl From<AttachmentsError> for Fault {
    fn from(error: AttachmentsError) -> Self {
        Self(Box::new(error))
    }
}

/// An attachment that the ledger names and that is not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) hash: Hash,
    /// When the ledger named it, Unix ms.
    pub(super) named_ms: u64,
    /// Who put it on the ledger.
    pub(super) author: OrganisationId,
}

/// See the module.
pub(super) struct AttachmentStore(Cabinet);

impl AttachmentStore {
    pub(super) fn open(folder: &Path) -> Result<Self, AttachmentsError> {
        let columns = [BODIES, AGES, MISSING, FOLLOWED];
        Ok(Self(Cabinet::open(folder, &columns)?))
    }

    pub(super) fn closed(&self) -> Closed {
        self.0.closed()
    }

    pub(super) fn get(&self, hash: &Hash) -> Result<Option<Bytes>, AttachmentsError> {
        Ok(self.0.get(BODIES, hash)?.map(Bytes::from))
    }

    /// Keeps an attachment, on disk before it returns.
    pub(super) fn keep_own(
        &self,
        hash: Hash,
        attachment: &[u8],
        now_ms: u64,
    ) -> Result<(), AttachmentsError> {
        let changes = self.keeping(hash, attachment, now_ms)?;
        Ok(self.0.write(changes, Durability::Synced(WRITE_POINT))?)
    }

    /// Keeps fetched attachments. What is lost with the machine is missing again.
    pub(super) fn keep_fetched(
        &self,
        fetched: &[(Hash, Bytes)],
        now_ms: u64,
    ) -> Result<(), AttachmentsError> {
        let mut changes = Vec::new();
        for (hash, attachment) in fetched {
            changes.extend(self.keeping(*hash, attachment, now_ms)?);
        }
        Ok(self.0.write(changes, Durability::Buffered)?)
    }

    fn keeping(
        &self,
        hash: Hash,
        attachment: &[u8],
        now_ms: u64,
    ) -> Result<Vec<Change>, AttachmentsError> {
        let key = hash.as_bytes().to_vec();
        let mut changes = vec![Change::Delete(MISSING, key.clone())];
        // Kept already, it has its age.
        if !self.0.has(BODIES, hash)? {
            changes.push(Change::Put(AGES, age_key(now_ms, &hash), Vec::new()));
            changes.push(Change::Put(BODIES, key, attachment.to_vec()));
        }
        Ok(changes)
    }

    /// The height up to which blocks were looked at.
    pub(super) fn followed(&self) -> Result<u64, AttachmentsError> {
        let row = self.0.get(FOLLOWED, [])?;
        let height = row.map(|row| row.as_slice().try_into().map(u64::from_be_bytes));
        let height = height.transpose();
        Ok(height
            .map_err(|_| AttachmentsError::Broken(FOLLOWED))?
            .unwrap_or(0))
    }

    /// Notes what a block named and is not here; says whether anything is missing.
    pub(super) fn note(
        &self,
        height: u64,
        named: &Named,
        is_here: impl Fn(&Hash) -> Result<bool, Fault>,
    ) -> Result<bool, Fault> {
        let mut changes = vec![Change::Put(
            FOLLOWED,
            Vec::new(),
            height.to_be_bytes().to_vec(),
        )];
        for (hash, author) in &named.attachments {
            if !is_here(hash)? {
                let mut row = named.time_ms.to_be_bytes().to_vec();
                row.extend_from_slice(author.as_bytes());
                changes.push(Change::Put(MISSING, hash.as_bytes().to_vec(), row));
            }
        }
        let any = changes.len() > 1;
        let written = self.0.write(changes, Durability::Buffered);
        written.map_err(AttachmentsError::from)?;
        Ok(any)
    }

    /// What is missing, in order of hash, from `from` on.
    pub(super) fn missing(
        &self,
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<Missing>, AttachmentsError> {
        let rows = self.0.rows(MISSING, from, limit)?;
        let missing = rows.iter().map(parse_missing);
        missing
            .collect::<Option<_>>()
            .ok_or(AttachmentsError::Broken(MISSING))
    }

    pub(super) fn missing_count(&self) -> Result<usize, AttachmentsError> {
        Ok(self.0.rows(MISSING, &[], COUNTED_MAX)?.len())
    }

    /// Does no longer look for attachments.
    pub(super) fn give_up(&self, hashes: &[Hash]) -> Result<(), AttachmentsError> {
        let changes = hashes
            .iter()
            .map(|hash| Change::Delete(MISSING, hash.as_bytes().to_vec()));
        Ok(self.0.write(changes, Durability::Buffered)?)
    }

    /// Takes away what was kept before a time, Unix ms; says how much.
    pub(super) fn prune(&self, before_ms: u64) -> Result<usize, AttachmentsError> {
        let mut pruned = 0;
        loop {
            let rows = self.0.rows(AGES, &[], STEP)?;
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
            self.0.write(changes, Durability::Buffered)?;
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

fn parse_missing((key, value): &Row) -> Option<Missing> {
    let (named_ms, author) = value.split_first_chunk()?;
    let author = std::str::from_utf8(author).ok()?;
    Some(Missing {
        hash: Hash::try_from(&**key).ok()?,
        named_ms: u64::from_be_bytes(*named_ms),
        author: author.parse().ok()?,
    })
}
