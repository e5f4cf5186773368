//! The writes of a block on top of its parent's state.
//!
//! ```text
//!   get ──► slot? ─no─► StateReader ─► decode ─► slot (clean)
//!   put ──► slot (dirty), what it replaces goes to the journal
//!             savepoint ── put … put ── roll back: the journal is undone to there
//!   into_changes: every dirty slot encoded once, in order of key
//! ```

use std::{
    any::Any,
    collections::{BTreeMap, btree_map::Entry},
    ops::Bound,
    sync::Arc,
};

use super::{
    key::{Key, KeyBytes},
    records::{Record, Records},
};
use crate::state::{self, Change, Fault, StateReader, Table};

/// A decoded record of any type.
trait Stored: Any + Send + Sync {
    fn encoded(&self) -> Vec<u8>;
}

impl<V: Record> Stored for V {
    fn encoded(&self) -> Vec<u8> {
        self.encode()
    }
}

#[derive(Clone, Default)]
struct Slot {
    value: Option<Arc<dyn Stored>>,
    /// Whether the parent's state holds the key.
    stored: bool,
    /// Whether the block wrote it.
    dirty: bool,
}

struct Undo {
    table: Table,
    key: KeyBytes,
    /// `None` when there was no slot.
    previous: Option<Slot>,
}

/// A mark in the journal of an [`Overlay`].
#[derive(Clone, Copy, Debug)]
pub struct Savepoint(usize);

/// The state as a block sees and changes it. Nothing is written to the store.
pub struct Overlay<'s> {
    state: &'s dyn StateReader,
    tables: [BTreeMap<KeyBytes, Slot>; Table::ALL.len()],
    journal: Vec<Undo>,
}

impl<'s> Overlay<'s> {
    /// No writes yet on top of `state`.
    #[must_use]
    pub fn new(state: &'s dyn StateReader) -> Self {
        Self {
            state,
            tables: std::array::from_fn(|_| BTreeMap::new()),
            journal: Vec::new(),
        }
    }

    /// The state underneath: the parent's.
    #[must_use]
    pub const fn parent(&self) -> &'s dyn StateReader {
        self.state
    }

    /// The record at `key`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn get<K: Key, V: Record>(
        &mut self,
        records: Records<K, V>,
        key: &K,
    ) -> Result<Option<Arc<V>>, Fault> {
        let table = records.table();
        let key = key.bytes();
        if let Some(slot) = self.tables[place(table)].get(&key) {
            return Ok(slot.value.as_ref().map(|value| downcast(value)));
        }
        let stored = self.state.get(table, &key)?;
        let value = stored
            .map(|bytes| records.decode(&bytes).map(Arc::new))
            .transpose()?;
        let slot = Slot {
            value: value.clone().map(|value| value as Arc<dyn Stored>),
            stored: value.is_some(),
            dirty: false,
        };
        self.tables[place(table)].insert(key, slot);
        Ok(value)
    }

    /// The record with the greatest key at or below `key`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn floor<K: Key, V: Record>(
        &self,
        records: Records<K, V>,
        key: &[u8],
    ) -> Result<Option<Arc<V>>, Fault> {
        Ok(self.entry_at(records, key)?.map(|(_, record)| record))
    }

    /// The records from the greatest key at or below `from` downwards while they are
    /// `wanted`, at most `limit` of them. All keys of the table have one length.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn descend<K: Key, V: Record>(
        &self,
        records: Records<K, V>,
        from: &[u8],
        limit: usize,
        wanted: impl Fn(&V) -> bool,
    ) -> Result<Vec<Arc<V>>, Fault> {
        let (mut page, mut below) = (Vec::new(), Some(from.to_vec()));
        while let Some(key) = below.filter(|_| page.len() < limit) {
            let found = self.entry_at(records, &key)?;
            let Some((key, record)) = found.filter(|(_, record)| wanted(record)) else {
                break;
            };
            page.push(record);
            below = predecessor(&key);
        }
        Ok(page)
    }

    fn entry_at<K: Key, V: Record>(
        &self,
        records: Records<K, V>,
        key: &[u8],
    ) -> Result<Option<(Vec<u8>, Arc<V>)>, Fault> {
        let slots = &self.tables[place(records.table())];
        let written = slots
            .range::<[u8], _>((Bound::Unbounded, Bound::Included(key)))
            .rev()
            .find_map(|(key, slot)| slot.value.as_ref().map(|value| (key, value)));
        let stored = self.stored_floor(records.table(), key)?;
        match (written, stored) {
            (Some((key, value)), stored) if stored.as_ref().is_none_or(|(k, _)| k[..] <= **key) => {
                Ok(Some((key.to_vec(), downcast(value))))
            }
            (_, Some((key, bytes))) => Ok(Some((key, Arc::new(records.decode(&bytes)?)))),
            (_, None) => Ok(None),
        }
    }

    /// The greatest entry of the parent's state at or below `key` that the block
    /// did not delete.
    fn stored_floor(&self, table: Table, key: &[u8]) -> Result<Option<state::Entry>, Fault> {
        let slots = &self.tables[place(table)];
        let mut below = self.state.floor(table, key)?;
        // One round for each deletion of this block at most.
        while let Some((found, _)) = &below {
            if slots
                .get(&found[..])
                .is_none_or(|slot| slot.value.is_some())
            {
                break;
            }
            let Some(key) = predecessor(found) else {
                return Ok(None);
            };
            below = self.state.floor(table, &key)?;
        }
        Ok(below)
    }

    /// Writes the record at `key`. A key that was not read before counts as new.
    pub fn put<K: Key, V: Record>(&mut self, records: Records<K, V>, key: &K, value: V) {
        self.write(records.table(), key.bytes(), Some(Arc::new(value)));
    }

    /// Deletes the record at `key`, which was read before.
    pub fn delete<K: Key, V: Record>(&mut self, records: Records<K, V>, key: &K) {
        self.write(records.table(), key.bytes(), None);
    }

    fn write(&mut self, table: Table, key: KeyBytes, value: Option<Arc<dyn Stored>>) {
        let slots = &mut self.tables[place(table)];
        let entry = slots.entry(key);
        let stored = matches!(&entry, Entry::Occupied(slot) if slot.get().stored);
        let slot = Slot {
            value,
            stored,
            dirty: true,
        };
        let previous = match entry {
            Entry::Occupied(mut held) => Some(held.insert(slot)),
            Entry::Vacant(free) => {
                free.insert(slot);
                None
            }
        };
        self.journal.push(Undo {
            table,
            key,
            previous,
        });
    }

    /// Marks this point, to roll back to.
    #[must_use]
    pub fn savepoint(&self) -> Savepoint {
        Savepoint(self.journal.len())
    }

    /// Undoes every write since `savepoint`, newest first.
    pub fn roll_back(&mut self, savepoint: Savepoint) {
        while self.journal.len() > savepoint.0 {
            let Some(undo) = self.journal.pop() else {
                return;
            };
            let slots = &mut self.tables[place(undo.table)];
            match undo.previous {
                Some(slot) => slots.insert(undo.key, slot),
                None => slots.remove(&undo.key),
            };
        }
    }

    /// Forgets how to roll back; all savepoints are void.
    pub fn settle(&mut self) {
        self.journal.clear();
    }

    /// All writes, in order of key.
    #[must_use]
    pub fn into_changes(self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (table, slots) in Table::ALL.into_iter().zip(self.tables) {
            for (key, slot) in slots {
                // What was made and deleted within the block never was.
                if !slot.dirty || (slot.value.is_none() && !slot.stored) {
                    continue;
                }
                changes.push(Change {
                    key: [&[table.prefix()], &key[..]].concat(),
                    value: slot.value.map(|value| value.encoded()),
                });
            }
        }
        changes
    }
}

/// The place of a table in [`Table::ALL`].
const fn place(table: Table) -> usize {
    match table {
        Table::Parameters => 0,
        Table::Organisations => 1,
        Table::ValidatorSet => 2,
        Table::Ranges => 3,
        Table::Receipts => 4,
        Table::Issuances => 5,
        Table::Segments => 6,
        Table::Policies => 7,
        Table::Claims => 8,
        Table::Accumulators => 9,
        Table::Grants => 10,
        Table::Notices => 11,
        Table::BankEntries => 12,
        Table::Statements => 13,
        Table::ReconciliationDays => 14,
        Table::Allocations => 15,
        Table::Alerts => 16,
        Table::Totals => 17,
        Table::Proposals => 18,
        Table::Governors => 19,
        Table::Upgrades => 20,
        Table::Mandates => 21,
        Table::PaymentSerials => 22,
        Table::Watches => 23,
        Table::RegionDays => 24,
        Table::AccessLogs => 25,
        Table::KeyOwners => 26,
        Table::BusinessNumbers => 27,
        Table::IssuerRanges => 28,
        Table::ClientIds => 29,
        Table::SegmentEntries => 30,
        Table::FinanceBureaus => 31,
        Table::ReceiptLists => 32,
        Table::PaperForms => 33,
        Table::PaymentCodes => 34,
        Table::Mismatches => 35,
        Table::ClaimLists => 36,
        Table::OpenAlerts => 37,
        Table::NoticeLists => 38,
        Table::OpenProposals => 39,
    }
}

fn downcast<V: Record>(value: &Arc<dyn Stored>) -> Arc<V> {
    let value: Arc<dyn Any + Send + Sync> = value.clone();
    value
        .downcast()
        .expect("a table is declared once, with one record type")
}

/// The greatest key of the same length below `key`, or `None` when all are zero.
/// Tables that are walked have keys of one length.
pub(crate) fn predecessor(key: &[u8]) -> Option<Vec<u8>> {
    let mut below = key.to_vec();
    for byte in below.iter_mut().rev() {
        if let Some(less) = byte.checked_sub(1) {
            *byte = less;
            return Some(below);
        }
        *byte = u8::MAX;
    }
    None
}

#[cfg(test)]
mod tests;
