//! The index on disk.
//!
//! ```text
//!   persons   tag (32) ‖ place (16)   → encrypted: u32_be(encryption key, or 0) ‖ u64_be(height) ‖
//!                                                  u32_be(place in its block) ‖ receipt (18)
//!   pending   receipt (18)            → u64_be(since, Unix ms) ‖ u64_be(height) ‖ u32_be(place)
//!   keys      u32_be(encryption key)  → 1: rows need it; 0: its rows were removed
//!   cursor    ∅                       → u64_be(height of the last block that was scanned)
//!   made_with ∅                       → check value of the index's key (32)
//! ```
//!
//! No write is synced. A crash loses the newest writes, the cursor among them, and their blocks are scanned again.

use std::path::Path;

use piaolian_base::shutdown::ClosedSignal;
use piaolian_contracts::{organisations::KeyId, state::Fault, types::ReceiptId};
use piaolian_encryption::{IndexKey, PersonTag, RowName};

use crate::local_db::{Change, Durability, LocalDb, LocalDbError, Row};

const PERSONS: &str = "persons";
const PENDING: &str = "pending";
const KEYS: &str = "keys";
const CURSOR: &str = "cursor";
const MADE_WITH: &str = "made_with";

/// Rows that one step reads.
const STEP: usize = 1_000;

/// Bound on the encryption keys that are read: more than an organisation ever has.
const KEYS_MAX: usize = 10_000;

/// State of an encryption key: rows need it, or its rows were removed.
const IN_USE: u8 = 1;
const REMOVED: u8 = 0;

const KEY_ID_BYTES: usize = 4;
const PLACE_BYTES: usize = 12;

/// Reasons why the index cannot serve. All are faults of this machine.
#[derive(Debug, thiserror::Error)]
pub enum HoldersError {
    /// The database cannot be opened, read or written.
    #[error("holder index: {0}")]
    LocalDb(#[from] LocalDbError),
    /// A stored row is not what was written.
    #[error("holder index: a row of {0} is damaged; remove the folder to rebuild the index")]
    Broken(&'static str),
}

impl From<HoldersError> for Fault {
    fn from(error: HoldersError) -> Self {
        Self(Box::new(error))
    }
}

/// A receipt and the place of its issuance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The receipt's number.
    pub receipt: ReceiptId,
    /// The height of the block that issued it.
    pub height: u64,
    /// Its place among the receipts of the block, from 0.
    pub index: u32,
}

impl Entry {
    /// Returns the place on the chain, by which entries are ordered.
    pub const fn place(&self) -> (u64, u32) {
        (self.height, self.index)
    }

    /// Returns the row of a receipt whose details are not here yet.
    pub(super) fn pending(&self, since_ms: u64) -> Change {
        let row = [&since_ms.to_be_bytes()[..], &self.place_bytes()].concat();
        Change::Put(PENDING, self.receipt.key().to_vec(), row)
    }

    pub(super) fn no_longer_pending(&self) -> Change {
        Change::Delete(PENDING, self.receipt.key().to_vec())
    }

    /// Returns the rows that assign the receipt to a person.
    pub(super) fn rows(
        &self,
        key: &IndexKey,
        identity_number: &str,
        decrypted_with: Option<KeyId>,
    ) -> Vec<Change> {
        let receipt = self.receipt.key();
        let name = key.row(&key.tag(identity_number), &receipt);
        let number = decrypted_with.map_or(0, KeyId::get).to_be_bytes();
        let content = [&number[..], &self.place_bytes(), &receipt].concat();
        let encrypted = key.encrypt(&name, &content, &mut rand::rng());
        let row = Change::Put(PERSONS, name.as_bytes().to_vec(), encrypted);
        let in_use = decrypted_with.map(|_| Change::Put(KEYS, number.to_vec(), vec![IN_USE]));
        in_use.into_iter().chain([row]).collect()
    }

    fn place_bytes(&self) -> [u8; PLACE_BYTES] {
        let mut bytes = [0; PLACE_BYTES];
        bytes[..8].copy_from_slice(&self.height.to_be_bytes());
        bytes[8..].copy_from_slice(&self.index.to_be_bytes());
        bytes
    }

    fn parse(place: &[u8], receipt: &[u8]) -> Option<Self> {
        let (height, index) = place.split_first_chunk::<8>()?;
        Some(Self {
            receipt: ReceiptId::from_key(receipt).ok()?,
            height: u64::from_be_bytes(*height),
            index: u32::from_be_bytes(index.try_into().ok()?),
        })
    }
}

/// The database of the index.
pub(super) struct HolderStore(LocalDb);

impl HolderStore {
    pub(super) fn open(folder: &Path) -> Result<Self, HoldersError> {
        let columns = [PERSONS, PENDING, KEYS, CURSOR, MADE_WITH];
        Ok(Self(LocalDb::open(folder, &columns)?))
    }

    pub(super) fn closed(&self) -> ClosedSignal {
        self.0.closed()
    }

    /// Empties an index that was built with another key. Returns whether the index begins anew.
    pub(super) fn begin(&self, check: &[u8]) -> Result<bool, HoldersError> {
        if self.0.get(MADE_WITH, [])?.as_deref() == Some(check) {
            return Ok(false);
        }
        for column in [CURSOR, PERSONS, PENDING, KEYS] {
            self.empty(column)?;
        }
        self.write([Change::Put(MADE_WITH, Vec::new(), check.to_vec())])?;
        Ok(true)
    }

    fn empty(&self, column: &'static str) -> Result<(), HoldersError> {
        loop {
            let rows = self.0.rows(column, &[], STEP)?;
            if rows.is_empty() {
                return Ok(());
            }
            let rows = rows.into_iter();
            self.write(rows.map(|(key, _)| Change::Delete(column, key.into_vec())))?;
        }
    }

    pub(super) fn write(
        &self,
        changes: impl IntoIterator<Item = Change>,
    ) -> Result<(), HoldersError> {
        Ok(self.0.write(changes, Durability::Buffered)?)
    }

    /// Returns the height of the last block that was scanned; 0 before the first.
    pub(super) fn cursor(&self) -> Result<u64, HoldersError> {
        let row = self.0.get(CURSOR, [])?;
        let height = row.map(|row| row.as_slice().try_into().map(u64::from_be_bytes));
        let height = height.transpose();
        Ok(height
            .map_err(|_| HoldersError::Broken(CURSOR))?
            .unwrap_or(0))
    }

    /// Writes the rows of a block together with the cursor.
    pub(super) fn advance(&self, height: u64, rows: Vec<Change>) -> Result<(), HoldersError> {
        let cursor = Change::Put(CURSOR, Vec::new(), height.to_be_bytes().to_vec());
        self.write(rows.into_iter().chain([cursor]))
    }

    /// Returns a person's receipts, in no order, at most `limit`.
    pub(super) fn entries_of(
        &self,
        person: &PersonTag,
        key: &IndexKey,
        limit: usize,
    ) -> Result<Vec<Entry>, HoldersError> {
        let rows = self.0.rows(PERSONS, person.as_bytes(), limit)?;
        let own = rows
            .iter()
            .take_while(|(name, _)| name.starts_with(person.as_bytes()));
        own.map(|row| Ok(read_row(key, row)?.0)).collect()
    }

    /// Returns the encryption keys that rows have ever needed, each with whether rows still do.
    pub(super) fn decrypting_keys(&self) -> Result<Vec<(KeyId, bool)>, HoldersError> {
        let rows = self.0.rows(KEYS, &[], KEYS_MAX)?;
        let parsed = rows.iter().map(|(key, row)| {
            let number = u32::from_be_bytes(key.as_ref().try_into().ok()?);
            Some((KeyId::parse("", number).ok()?, row.as_ref() == [IN_USE]))
        });
        parsed
            .collect::<Option<_>>()
            .ok_or(HoldersError::Broken(KEYS))
    }

    /// Removes, among the rows of one step from a place on, those that need one of these encryption keys. Returns their
    /// number, and the place to go on from.
    pub(super) fn remove_rows(
        &self,
        key: &IndexKey,
        removed: &[KeyId],
        from: &[u8],
    ) -> Result<(usize, Option<Vec<u8>>), HoldersError> {
        let rows = self.0.rows(PERSONS, from, STEP)?;
        let mut changes = Vec::new();
        for row in &rows {
            let decrypted_with = read_row(key, row)?.1;
            if decrypted_with.is_some_and(|key| removed.contains(&key)) {
                changes.push(Change::Delete(PERSONS, row.0.to_vec()));
            }
        }
        let count = changes.len();
        self.write(changes)?;
        // The first key after the last one.
        let next = rows.last().filter(|_| rows.len() == STEP);
        Ok((count, next.map(|(last, _)| [last, &[0][..]].concat())))
    }

    /// Records that no row needs these encryption keys any more, and rewrites the rows, so that the disk holds none of
    /// the removed ones.
    pub(super) fn mark_removed(&self, keys: &[KeyId]) -> Result<(), HoldersError> {
        let removed = keys.iter().map(|key| {
            let number = key.get().to_be_bytes().to_vec();
            Change::Put(KEYS, number, vec![REMOVED])
        });
        self.write(removed)?;
        Ok(self.0.compact(PERSONS)?)
    }

    /// Resets the cursor, so that all blocks are scanned again: these encryption keys are back.
    pub(super) fn rescan(&self, keys: &[KeyId]) -> Result<(), HoldersError> {
        let back = keys
            .iter()
            .map(|key| Change::Delete(KEYS, key.get().to_be_bytes().to_vec()));
        self.write(back.chain([Change::Delete(CURSOR, Vec::new())]))
    }

    /// Returns receipts whose details are not here yet, from a place on, each with the time since when, Unix ms.
    pub(super) fn pending(
        &self,
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<(Entry, u64)>, HoldersError> {
        let rows = self.0.rows(PENDING, from, limit)?;
        let parsed = rows.iter().map(|(receipt, row)| {
            let (since_ms, place) = row.split_first_chunk::<8>()?;
            Some((Entry::parse(place, receipt)?, u64::from_be_bytes(*since_ms)))
        });
        parsed
            .collect::<Option<_>>()
            .ok_or(HoldersError::Broken(PENDING))
    }
}

/// Decrypts a row: the receipt, and the encryption key that its details need.
fn read_row(
    key: &IndexKey,
    (name, encrypted): &Row,
) -> Result<(Entry, Option<KeyId>), HoldersError> {
    let broken = || HoldersError::Broken(PERSONS);
    let name: [u8; RowName::BYTES] = name.as_ref().try_into().map_err(|_| broken())?;
    let content = key
        .decrypt(&RowName::new(name), encrypted)
        .map_err(|_| broken())?;
    let (decrypted_with, rest) = content
        .split_first_chunk::<KEY_ID_BYTES>()
        .ok_or_else(broken)?;
    let (place, receipt) = rest.split_at_checked(PLACE_BYTES).ok_or_else(broken)?;
    let decrypted_with = KeyId::parse("", u32::from_be_bytes(*decrypted_with)).ok(); // 0: the issuer's own store
    let entry = Entry::parse(place, receipt).ok_or_else(broken)?;
    Ok((entry, decrypted_with))
}
