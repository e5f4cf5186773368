//! One key of an overlay, read once and then written or removed.
//!
//! ```text
//!   overlay.entry(records, key)? ─► Entry ─┬─ get
//!                                          ├─ set(record)
//!                                          └─ remove
//! ```

use std::{any::Any, marker::PhantomData, sync::Arc};

use super::{key::KeyBytes, records::Record};
use crate::state::{Fault, StateReader, Table};

/// A decoded record of any type.
pub(super) trait Stored: Any + Send + Sync {
    fn encoded(&self) -> Vec<u8>;
}

impl<V: Record> Stored for V {
    fn encoded(&self) -> Vec<u8> {
        self.encode()
    }
}

/// Whether the parent's state has a key. A deletion is a change only if it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InParent {
    Yes,
    No,
    /// The key was written as a new one, without a read.
    Unread,
}

/// The overlay's knowledge of one key.
#[derive(Clone)]
pub(super) struct Cell {
    pub(super) value: Option<Arc<dyn Stored>>,
    pub(super) in_parent: InParent,
    /// Whether the block wrote the key.
    pub(super) dirty: bool,
}

/// One write to undo.
pub(super) struct Undo {
    pub(super) table: Table,
    pub(super) key: KeyBytes,
    /// `None` when the overlay did not know the key.
    pub(super) previous: Option<Cell>,
}

/// One key of an [`Overlay`](super::Overlay), whose record was read.
pub struct Entry<'o, V> {
    pub(super) state: &'o dyn StateReader,
    pub(super) cell: &'o mut Cell,
    pub(super) journal: &'o mut Vec<Undo>,
    pub(super) table: Table,
    pub(super) key: KeyBytes,
    pub(super) record: PhantomData<fn() -> V>,
}

impl<V: Record> Entry<'_, V> {
    /// The record, if there is one.
    pub fn get(&self) -> Option<Arc<V>> {
        self.cell.value.as_ref().map(downcast)
    }

    /// Writes the record.
    pub fn set(self, record: V) {
        let in_parent = self.cell.in_parent;
        self.write(Some(Arc::new(record)), in_parent);
    }

    /// Deletes the record. Without a record it does nothing.
    ///
    /// # Errors
    /// When the store cannot be read, which is necessary for a key that this block wrote as new.
    pub fn remove(self) -> Result<(), Fault> {
        let in_parent = match self.cell.in_parent {
            known @ (InParent::Yes | InParent::No) => known,
            InParent::Unread => match self.state.get(self.table, &self.key)? {
                Some(_) => InParent::Yes,
                None => InParent::No,
            },
        };
        self.write(None, in_parent);
        Ok(())
    }

    fn write(self, value: Option<Arc<dyn Stored>>, in_parent: InParent) {
        let cell = Cell {
            value,
            in_parent,
            dirty: true,
        };
        self.journal.push(Undo {
            table: self.table,
            key: self.key,
            previous: Some(std::mem::replace(self.cell, cell)),
        });
    }
}

/// The record as its table declares it.
pub(super) fn downcast<V: Record>(value: &Arc<dyn Stored>) -> Arc<V> {
    let value: Arc<dyn Any + Send + Sync> = value.clone();
    value
        .downcast()
        .expect("a table is declared once, with one record type")
}
