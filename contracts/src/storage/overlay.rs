//! The writes of a block on top of its parent's state.
//!
//! ```text
//!   get, entry ──► cell? ─no─► StateReader ─► decode ─► cell (clean)
//!   set, remove ─► cell (dirty); the cell that it replaces goes to the journal
//!                    savepoint ── set … remove ── roll back: the journal is undone to there
//!   into_changes: every dirty cell encoded once, in order of key
//! ```
//!
//! A record can be replaced or deleted only through [`Overlay::entry`], which reads it first: a deletion is a change
//! only if the parent's state has the key, so the overlay must know. [`Overlay::insert_new`] avoids that read for keys
//! that the rules have shown to be unused.
//!
//! ```text
//!   entry(records, key)? ─► Entry: get, set, remove
//! ```

use std::{
    collections::{BTreeMap, btree_map},
    marker::PhantomData,
    ops::Bound,
    sync::Arc,
};

use super::{
    entry::{Cell, Entry, InParent, Stored, Undo, downcast},
    key::{Key, KeyBytes},
    records::{Record, Records, taken},
};
use crate::state::{self, Change, Fault, StateReader, Table};

/// A mark in the journal of an [`Overlay`].
#[derive(Clone, Copy, Debug)]
pub struct Savepoint(usize);

/// The state with the writes of a block on top. It writes nothing to the store.
pub struct Overlay<'s> {
    state: &'s dyn StateReader,
    tables: [BTreeMap<KeyBytes, Cell>; Table::ALL.len()],
    journal: Vec<Undo>,
}

impl<'s> Overlay<'s> {
    /// No writes yet on top of `state`.
    pub fn new(state: &'s dyn StateReader) -> Self {
        Self {
            state,
            tables: std::array::from_fn(|_| BTreeMap::new()),
            journal: Vec::new(),
        }
    }

    /// The state underneath: the parent's.
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
        Ok(self.entry(records, key)?.get())
    }

    /// Reads `key`, to write or delete its record.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn entry<K: Key, V: Record>(
        &mut self,
        records: Records<K, V>,
        key: &K,
    ) -> Result<Entry<'_, V>, Fault> {
        let (table, key) = (records.table(), key.bytes());
        let cell = match self.tables[table.index()].entry(key) {
            btree_map::Entry::Occupied(known) => known.into_mut(),
            btree_map::Entry::Vacant(free) => {
                let stored = self.state.get(table, &key)?;
                let value = stored.map(|bytes| records.decode(&bytes)).transpose()?;
                free.insert(Cell {
                    in_parent: if value.is_some() {
                        InParent::Yes
                    } else {
                        InParent::No
                    },
                    value: value.map(|value| Arc::new(value) as Arc<dyn Stored>),
                    dirty: false,
                })
            }
        };
        Ok(Entry {
            state: self.state,
            cell,
            journal: &mut self.journal,
            table,
            key,
            record: PhantomData,
        })
    }

    /// Writes a record at `key` without a read of the store. The rules must have shown that the key has none. If the
    /// block wrote or read a record at the key, that record stays and the call fails. If the block did not use the key,
    /// the parent's state is neither read nor checked.
    ///
    /// # Errors
    /// When the block wrote or read a record at `key`.
    pub fn insert_new<K: Key, V: Record>(
        &mut self,
        records: Records<K, V>,
        key: &K,
        record: V,
    ) -> Result<(), Fault> {
        let (table, key) = (records.table(), key.bytes());
        let mut cell = Cell {
            value: Some(Arc::new(record)),
            in_parent: InParent::Unread,
            dirty: true,
        };
        let previous = match self.tables[table.index()].entry(key) {
            btree_map::Entry::Occupied(known) if known.get().value.is_some() => {
                return Err(taken(table));
            }
            btree_map::Entry::Occupied(mut known) => {
                cell.in_parent = known.get().in_parent;
                Some(known.insert(cell))
            }
            btree_map::Entry::Vacant(free) => {
                free.insert(cell);
                None
            }
        };
        self.journal.push(Undo {
            table,
            key,
            previous,
        });
        Ok(())
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
        let cells = &self.tables[records.table().index()];
        let written = cells
            .range::<[u8], _>((Bound::Unbounded, Bound::Included(key)))
            .rev()
            .find_map(|(key, cell)| cell.value.as_ref().map(|value| (key, value)));
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
    fn stored_floor(&self, table: Table, key: &[u8]) -> Result<Option<state::KeyValue>, Fault> {
        let cells = &self.tables[table.index()];
        let mut below = self.state.floor(table, key)?;
        // One round for each deletion of this block at most.
        while let Some((found, _)) = &below {
            if cells
                .get(&found[..])
                .is_none_or(|cell| cell.value.is_some())
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

    /// Marks this point, so that the block can roll back to it.
    pub fn savepoint(&self) -> Savepoint {
        Savepoint(self.journal.len())
    }

    /// Undoes every write since `savepoint`, newest first.
    pub fn roll_back(&mut self, savepoint: Savepoint) {
        while self.journal.len() > savepoint.0 {
            let Some(undo) = self.journal.pop() else {
                return;
            };
            let cells = &mut self.tables[undo.table.index()];
            match undo.previous {
                Some(cell) => cells.insert(undo.key, cell),
                None => cells.remove(&undo.key),
            };
        }
    }

    /// Clears the journal. All savepoints become invalid.
    pub fn discard_journal(&mut self) {
        self.journal.clear();
    }

    /// All writes, in order of key.
    pub fn into_changes(self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (table, cells) in Table::ALL.into_iter().zip(self.tables) {
            for (key, cell) in cells {
                // A record that the block both created and deleted is not a change.
                let is_deletion = cell.value.is_none();
                if !cell.dirty || (is_deletion && cell.in_parent != InParent::Yes) {
                    continue;
                }
                changes.push(Change {
                    key: [&[table.prefix()], &key[..]].concat(),
                    value: cell.value.map(|value| value.encoded()),
                });
            }
        }
        changes
    }
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
