//! The index on disk.
//!
//! ```text
//!   persons   tag (32) ‖ place (16)  → encrypted: u32_be(encryption key, or 0) ‖ u64_be(height) ‖
//!                                              u32_be(place in its block) ‖ receipt (18)
//!   waiting   receipt (18)           → u64_be(since, Unix ms) ‖ u64_be(height) ‖ u32_be(place)
//!   openers   u32_be(encryption key)       → 1: rows are of what it opens; 0: they were taken away
//!   followed  ∅                      → u64_be(height up to which blocks were looked at)
//!   made_with ∅                      → what tells the index's key from others (32)
//! ```
//!
//! Nothing is synced: what is lost with the machine is lost in order, and looked at again.

use std::path::Path;

use piaolian_base::shutdown::ClosedSignal;
use piaolian_contracts::{organisations::KeyId, state::Fault, types::ReceiptId};
use piaolian_encryption::{IndexKey, PersonTag, RowName};

use crate::local_db::{Change, Durability, LocalDb, LocalDbError, Row};

const PERSONS: &str = "persons";
const WAITING: &str = "waiting";
const OPENERS: &str = "openers";
const FOLLOWED: &str = "followed";
const MADE_WITH: &str = "made_with";

/// Rows of one step of looking through all.
const STEP: usize = 1_000;

/// Most encryption keys that are asked for: more than an organisation ever has.
const OPENERS_MAX: usize = 10_000;

/// What stands beside an encryption key.
const IN_USE: u8 = 1;
const TAKEN_AWAY: u8 = 0;

const KEY_ID_BYTES: usize = 4;
const PLACE_BYTES: usize = 12;

/// Why the index cannot serve. All are this machine's trouble.
#[derive(Debug, thiserror::Error)]
pub enum HoldersError {
    /// The database cannot be opened, read or written.
    #[error("index of holders: {0}")]
    LocalDb(#[from] LocalDbError),
    /// A row is not what was written.
    #[error("index of holders: a row of {0} is broken; without its folder it is made anew")]
    Broken(&'static str),
}

impl From<HoldersError> for Fault {
    fn from(error: HoldersError) -> Self {
        Self(Box::new(error))
    }
}

/// A receipt, and where it was issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which.
    pub receipt: ReceiptId,
    /// In which block.
    pub height: u64,
    /// Its place among those of the block.
    pub index: u32,
}

impl Entry {
    /// Its place on the chain, by which entries are in order.
    #[must_use]
    pub const fn place(&self) -> (u64, u32) {
        (self.height, self.index)
    }

    /// It waits for its details.
    pub(super) fn waiting(&self, since_ms: u64) -> Change {
        let row = [&since_ms.to_be_bytes()[..], &self.place_bytes()].concat();
        Change::Put(WAITING, self.receipt.key().to_vec(), row)
    }

    pub(super) fn no_longer_waiting(&self) -> Change {
        Change::Delete(WAITING, self.receipt.key().to_vec())
    }

    /// It is a person's.
    pub(super) fn rows(
        &self,
        key: &IndexKey,
        identity_number: &str,
        opened_by: Option<KeyId>,
    ) -> Vec<Change> {
        let receipt = self.receipt.key();
        let name = key.row(&key.tag(identity_number), &receipt);
        let opener = opened_by.map_or(0, KeyId::get).to_be_bytes();
        let content = [&opener[..], &self.place_bytes(), &receipt].concat();
        let encrypted = key.encrypt(&name, &content, &mut rand::rng());
        let row = Change::Put(PERSONS, name.as_bytes().to_vec(), encrypted);
        let opener = opened_by.map(|_| Change::Put(OPENERS, opener.to_vec(), vec![IN_USE]));
        opener.into_iter().chain([row]).collect()
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

/// See the module.
pub(super) struct HolderStore(LocalDb);

impl HolderStore {
    pub(super) fn open(folder: &Path) -> Result<Self, HoldersError> {
        let columns = [PERSONS, WAITING, OPENERS, FOLLOWED, MADE_WITH];
        Ok(Self(LocalDb::open(folder, &columns)?))
    }

    pub(super) fn closed(&self) -> ClosedSignal {
        self.0.closed()
    }

    /// Empties an index that was made with another key; says whether it begins now.
    pub(super) fn begin(&self, check: &[u8]) -> Result<bool, HoldersError> {
        if self.0.get(MADE_WITH, [])?.as_deref() == Some(check) {
            return Ok(false);
        }
        for column in [FOLLOWED, PERSONS, WAITING, OPENERS] {
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

    pub(super) fn followed(&self) -> Result<u64, HoldersError> {
        let row = self.0.get(FOLLOWED, [])?;
        let height = row.map(|row| row.as_slice().try_into().map(u64::from_be_bytes));
        let height = height.transpose();
        Ok(height
            .map_err(|_| HoldersError::Broken(FOLLOWED))?
            .unwrap_or(0))
    }

    /// Writes what a block gave.
    pub(super) fn followed_to(&self, height: u64, rows: Vec<Change>) -> Result<(), HoldersError> {
        let followed = Change::Put(FOLLOWED, Vec::new(), height.to_be_bytes().to_vec());
        self.write(rows.into_iter().chain([followed]))
    }

    /// A person's receipts, in no order, at most `limit`.
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
        own.map(|row| Ok(open(key, row)?.0)).collect()
    }

    /// The encryption keys that rows were ever of, each with whether they still are.
    pub(super) fn openers(&self) -> Result<Vec<(KeyId, bool)>, HoldersError> {
        let rows = self.0.rows(OPENERS, &[], OPENERS_MAX)?;
        let parsed = rows.iter().map(|(key, row)| {
            let number = u32::from_be_bytes(key.as_ref().try_into().ok()?);
            Some((KeyId::parse("", number).ok()?, row.as_ref() == [IN_USE]))
        });
        parsed
            .collect::<Option<_>>()
            .ok_or(HoldersError::Broken(OPENERS))
    }

    /// Takes away, of the rows from a place on, those that one of these encryption keys opens; gives
    /// how many, and the place to go on from.
    pub(super) fn take_away(
        &self,
        key: &IndexKey,
        openers: &[KeyId],
        from: &[u8],
    ) -> Result<(usize, Option<Vec<u8>>), HoldersError> {
        let rows = self.0.rows(PERSONS, from, STEP)?;
        let mut changes = Vec::new();
        for row in &rows {
            let opened_by = open(key, row)?.1;
            if opened_by.is_some_and(|opener| openers.contains(&opener)) {
                changes.push(Change::Delete(PERSONS, row.0.to_vec()));
            }
        }
        let taken = changes.len();
        self.write(changes)?;
        // What follows the last key.
        let next = rows.last().filter(|_| rows.len() == STEP);
        Ok((taken, next.map(|(last, _)| [last, &[0][..]].concat())))
    }

    /// Notes that the rows of these encryption keys are gone, also from the disk.
    pub(super) fn taken_away(&self, openers: &[KeyId]) -> Result<(), HoldersError> {
        let gone = openers.iter().map(|opener| {
            let opener = opener.get().to_be_bytes().to_vec();
            Change::Put(OPENERS, opener, vec![TAKEN_AWAY])
        });
        self.write(gone)?;
        Ok(self.0.compact(PERSONS)?)
    }

    /// Looks at all blocks again: these encryption keys are back.
    pub(super) fn look_at_all(&self, openers: &[KeyId]) -> Result<(), HoldersError> {
        let back = openers
            .iter()
            .map(|opener| Change::Delete(OPENERS, opener.get().to_be_bytes().to_vec()));
        self.write(back.chain([Change::Delete(FOLLOWED, Vec::new())]))
    }

    /// Receipts whose details were not here, from a place on, each with since when.
    pub(super) fn waiting(
        &self,
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<(Entry, u64)>, HoldersError> {
        let rows = self.0.rows(WAITING, from, limit)?;
        let parsed = rows.iter().map(|(receipt, row)| {
            let (since_ms, place) = row.split_first_chunk::<8>()?;
            Some((Entry::parse(place, receipt)?, u64::from_be_bytes(*since_ms)))
        });
        parsed
            .collect::<Option<_>>()
            .ok_or(HoldersError::Broken(WAITING))
    }
}

/// What a row says: the receipt, and the encryption key that opens its details.
fn open(key: &IndexKey, (name, encrypted): &Row) -> Result<(Entry, Option<KeyId>), HoldersError> {
    let broken = || HoldersError::Broken(PERSONS);
    let name: [u8; RowName::BYTES] = name.as_ref().try_into().map_err(|_| broken())?;
    let content = key
        .decrypt(&RowName::new(name), encrypted)
        .map_err(|_| broken())?;
    let (opened_by, rest) = content
        .split_first_chunk::<KEY_ID_BYTES>()
        .ok_or_else(broken)?;
    let (place, receipt) = rest.split_at_checked(PLACE_BYTES).ok_or_else(broken)?;
    let opened_by = KeyId::parse("", u32::from_be_bytes(*opened_by)).ok(); // 0: the own store
    let entry = Entry::parse(place, receipt).ok_or_else(broken)?;
    Ok((entry, opened_by))
}
