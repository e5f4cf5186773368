//! The state: views of it at the tip, and updates by a block.

use piaolian_contracts::{
    chain::Hash,
    state::{Change, Fault, StateReader, Table},
    state_tree::hashing::{key_hash, value_hash},
};
use rocksdb::{ReadOptions, Snapshot};

use super::{
    ChainView, Store, StoreError, Tip,
    columns::{META, META_TIP, STATE},
    database::Database,
    rows::TreeRows,
    state_tree::{LeafChange, Tree, TreeUpdate},
};

/// The state at one tip, unaffected by later commits.
pub struct StateView<'a> {
    database: &'a Database,
    snapshot: Snapshot<'a>,
    tip: Tip,
}

/// A block's update of the tip's state: computed, not written.
#[derive(Debug)]
pub(crate) struct StateUpdate {
    changes: Vec<Change>,
    tree: TreeUpdate,
    /// The changes of proven keys that have an effect, by index into `changes`, with the previous values.
    before: Vec<(usize, Option<Vec<u8>>)>,
}

impl StateUpdate {
    /// Returns the root of the state after the block.
    pub(crate) fn root(&self) -> Hash {
        self.tree.root()
    }

    /// Returns the changes from which it was prepared.
    pub(crate) fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Counts the keys that the block adds to the proven table with this prefix.
    pub(crate) fn created(&self, prefix: u8) -> u64 {
        let created = self.before.iter().filter(|(place, before)| {
            let Change { key, value, .. } = &self.changes[*place];
            before.is_none() && value.is_some() && key.first() == Some(&prefix)
        });
        created.count() as u64
    }

    pub(super) fn tree(&self) -> &TreeUpdate {
        &self.tree
    }

    pub(super) fn into_tree(self) -> TreeUpdate {
        self.tree
    }

    /// Returns the proven keys that change, each with its previous value.
    pub(super) fn before(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        let key = |place: usize| self.changes[place].key.as_slice();
        self.before
            .iter()
            .map(move |(place, value)| (key(*place), value.as_deref()))
    }
}

impl ChainView {
    /// Takes a view of the state at the tip.
    pub fn state(&self) -> StateView<'_> {
        let database = self.database();
        let snapshot = database.snapshot();
        // The tip is written together with the state, so the snapshot contains its own tip. If the disk cannot read
        // that row, the reads that follow will fail too.
        let tip = Tip::read(|| database.get_in(&snapshot, &META, META_TIP));
        StateView {
            database,
            snapshot,
            tip: tip.unwrap_or_else(|_| self.tip()),
        }
    }
}

impl Store {
    /// Computes the update of the tip's state by `changes`, without writing anything. Any number of updates may be
    /// prepared on one tip; one of them can be committed.
    ///
    /// # Errors
    /// When two changes have the same key, or the store cannot be read.
    pub(crate) fn prepare(&self, changes: Vec<Change>) -> Result<StateUpdate, StoreError> {
        prepare(self.database(), &self.current_version().tree, changes)
    }
}

pub(super) fn prepare(
    database: &Database,
    tree: &Tree,
    changes: Vec<Change>,
) -> Result<StateUpdate, StoreError> {
    let committed = changes
        .iter()
        .enumerate()
        .filter(|(_, change)| change.is_committed());
    let mut leaves: Vec<_> = committed
        .map(|(place, change)| (leaf(change), place))
        .collect();
    leaves.sort_unstable_by_key(|(leaf, _)| leaf.key_hash);
    if let Some(twice) = leaves
        .windows(2)
        .find(|two| two[0].0.key_hash == two[1].0.key_hash)
    {
        return Err(StoreError::DuplicateChange(hex::encode(
            &changes[twice[0].1].key,
        )));
    }
    let (leaves, places): (Vec<LeafChange>, Vec<usize>) = leaves.into_iter().unzip();
    let tree = tree.prepare(&TreeRows(database), &leaves)?;
    let before = values_before(database, &tree, &changes, leaves.iter().zip(places))?;
    Ok(StateUpdate {
        changes,
        tree,
        before,
    })
}

fn leaf(change: &Change) -> LeafChange {
    LeafChange {
        key_hash: key_hash(&change.key),
        value_hash: change.value.as_deref().map(value_hash),
    }
}

/// Reads the values that the update replaces. The tree knows which keys are new; those are not read.
fn values_before<'a>(
    database: &Database,
    tree: &TreeUpdate,
    changes: &[Change],
    leaves: impl IntoIterator<Item = (&'a LeafChange, usize)>,
) -> Result<Vec<(usize, Option<Vec<u8>>)>, StoreError> {
    let mut leaves = leaves.into_iter();
    let before = tree.leaves().iter().map(|delta| {
        let place = leaves.find(|(leaf, _)| leaf.key_hash == delta.key_hash);
        let (_, place) =
            place.expect("every leaf that the tree changes is among the changes, in order");
        if delta.old.is_none() {
            return Ok((place, None));
        }
        let key = &changes[place].key;
        let value = database.get_raw(&STATE, key)?;
        let value = value.ok_or_else(|| StoreError::corrupt(STATE.name(), key))?;
        Ok((place, Some(value.to_vec())))
    });
    before.collect()
}

impl StateView<'_> {
    /// Returns the tip of this state.
    pub fn tip(&self) -> &Tip {
        &self.tip
    }

    fn fault(source: rocksdb::Error) -> Fault {
        StoreError::Read {
            column: STATE.name(),
            source,
        }
        .into()
    }
}

impl StateReader for StateView<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        let key = stored_key(table, key);
        self.snapshot
            .get_cf(self.database.handle(&STATE), key)
            .map_err(Self::fault)
    }

    fn floor(&self, table: Table, key: &[u8]) -> Result<Option<(Vec<u8>, Vec<u8>)>, Fault> {
        let mut bounds = ReadOptions::default();
        bounds.set_iterate_lower_bound([table.prefix()]);
        let column = self.database.handle(&STATE);
        let mut cursor = self.snapshot.raw_iterator_cf_opt(column, bounds);
        cursor.seek_for_prev(stored_key(table, key));
        let found = cursor
            .item()
            .map(|(key, value)| (key[1..].to_vec(), value.to_vec()));
        cursor.status().map_err(Self::fault)?;
        Ok(found)
    }
}

fn stored_key(table: Table, key: &[u8]) -> Vec<u8> {
    let mut stored = Vec::with_capacity(1 + key.len());
    stored.push(table.prefix());
    stored.extend_from_slice(key);
    stored
}
